import type { SignedInView } from "./page.ts";
import { hashIfPassword } from "./sign-in.ts";

/**
 * Changes the password of the user who has signed in, by the rules of ChangePassword, with whose refusals it rejects. This
 * session goes on, all others of the user end.
 */
export async function changeOwnPassword(
  passwords: { readonly OldPassword: string; readonly NewPassword: string },
  view: SignedInView,
): Promise<void> {
  await view.call("ChangePassword", passwords);
  const { emulation, memory, visitorId, caller, now } = view;
  // An administrator may have set another one by now, which must end this session too.
  const passwordHash = await hashIfPassword(passwords.NewPassword, caller.session!, emulation);
  const signedIn = memory.signedIn.get(visitorId, now);
  if (signedIn && passwordHash !== undefined) memory.signedIn.set(visitorId, { ...signedIn, passwordHash });
}
