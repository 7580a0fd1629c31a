import { accounts } from "../../data/entities/accounts.ts";
import { roleArn } from "../../handlers/arns.ts";
import type { Caller, Session } from "../../handlers/caller.ts";
import { roleWithArn } from "../../handlers/sts/assume-role.ts";
import { sessionCaller } from "../../handlers/callers.ts";
import { sessionSealer } from "../perform.ts";
import { userIdentity } from "../trail.ts";
import { recordSignInEvent } from "./login-events.ts";
import { Refused, type SignedInView, type View } from "./page.ts";
import type { SignedIn } from "../web/signed-in.ts";
import { callAs } from "./view.ts";

const SHORTEST_SECONDS = 900;
const CHAINING_MAXIMUM_SECONDS = 3600;

/** The session of the role that a visitor has switched to; undefined if they have not switched. */
export function switchedRole({ memory, visitorId, now }: View): Session | undefined {
  const role = memory.signedIn.get(visitorId, now)?.role;
  return role && role.expiresAt > now ? role : undefined;
}

const signedOut = () => new Refused(403, "You have signed out in the meantime.");

/** The signed-in principal, whatever role they have switched to: switching always starts from there. */
export function signedInAs({
  memory,
  visitorId,
  now,
  emulation,
}: SignedInView): SignedIn & { readonly caller: Caller } {
  const entry = memory.signedIn.get(visitorId, now);
  if (!entry) throw signedOut();
  return { ...entry, caller: emulation.store.read((tx) => sessionCaller(entry.session, tx)) };
}

/**
 * Switches to a role by AssumeRole, called as the signed-in principal with the MFA that they used. It lasts as long as
 * the role allows, or until the console's session ends (IAM User Guide, "Switch from a user to an IAM role (console)").
 * Rejects with the refusals of AssumeRole.
 */
export async function switchRole(accountOrAlias: string, roleName: string, view: SignedInView): Promise<void> {
  const { emulation, memory, visitorId, now } = view;
  const { caller, expiresAt } = signedInAs(view);
  const arn = roleArn(accountOf(accountOrAlias, view), roleName);
  const longest = emulation.store.read((tx) => roleWithArn(arn, { tx })?.maxSessionSeconds);
  const remaining = Math.floor((expiresAt - now) / 1000);
  const seconds = Math.min(
    longest ?? SHORTEST_SECONDS,
    remaining,
    ...(caller.principal.type === "role" ? [CHAINING_MAXIMUM_SECONDS] : []),
  );
  const { Credentials } = await callAs(caller, view)("AssumeRole", {
    RoleArn: arn,
    RoleSessionName: sessionNameOf(caller),
    DurationSeconds: Math.max(seconds, SHORTEST_SECONDS),
  });
  const role = sessionSealer(emulation).open(Credentials!.SessionToken!) as Session;
  // A session that has ended meanwhile, by a sign-out, must not begin again.
  const switched = await memory.signedIn.replace(visitorId, now, (signedIn) => ({ ...signedIn, role }));
  if (!switched) throw signedOut();
  recordSwitch("SwitchRole", caller, role, view);
}

/** Returns to the signed-in principal. */
export async function switchBack(view: SignedInView): Promise<void> {
  const { memory, visitorId, now } = view;
  const { caller, role } = signedInAs(view);
  if (!role) throw new Refused(400, "You have not switched to a role.");
  await memory.signedIn.replace(visitorId, now, ({ role: _role, ...signedIn }) => signedIn);
  recordSwitch("ExitRole", caller, role, view);
}

function recordSwitch(eventName: "SwitchRole" | "ExitRole", caller: Caller, role: Session, view: SignedInView): void {
  const identity = view.emulation.store.read((tx) => userIdentity(sessionCaller(role, tx)));
  recordSignInEvent(eventName, identity, view, {
    data: { SwitchFrom: caller.arn, RedirectTo: `${view.origin}/console` },
  });
}

/** The account's number, which may be written with hyphens, or given by its alias. */
function accountOf(accountOrAlias: string, { emulation }: View): string {
  const text = accountOrAlias.trim();
  const number = text.replace(/^(\d{4})-(\d{4})-(\d{4})$/, "$1$2$3");
  if (/^\d{12}$/.test(number)) return number;
  const known = emulation.store.read((tx) => tx.find(accounts, "alias", text));
  if (!known) throw new Refused(400, "There is no account of that ID or alias.");
  return known.id;
}

/** As in AWS's console, the session has the user's name. */
function sessionNameOf({ principal }: Caller): string {
  switch (principal.type) {
    case "user":
    case "federated-user":
      return principal.name;
    case "role":
      return principal.sessionName;
    default:
      return principal.type;
  }
}
