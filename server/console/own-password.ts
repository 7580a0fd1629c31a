import type { SignedInView } from "./page.ts";
import { hashIfPassword } from "./sign-in.ts";

/**
 * Changes the password of the signed-in user by the rules of ChangePassword, and rejects with its refusals. This
 * session goes on; all other sessions of the user end.
 */
export async function changeOwnPassword(
  passwords: { readonly OldPassword: string; readonly NewPassword: string },
  view: SignedInView,
): Promise<void> {
  await view.call("ChangePassword", passwords);
  const { emulation, memory, visitorId, caller, now } = view;
  // If an administrator has set another password meanwhile, this session must end too.
  const passwordHash = await hashIfPassword(passwords.NewPassword, caller.session!, emulation);
  if (passwordHash === undefined) return;
  await memory.signedIn.replace(visitorId, now, (signedIn) => ({ ...signedIn, passwordHash }));
}
