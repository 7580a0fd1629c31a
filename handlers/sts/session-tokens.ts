import { operation, type Context } from "../operation.ts";
import { issueSession, type Grant } from "../sessions.ts";
import { admits } from "./admission.ts";

const DEFAULT_SECONDS = 43_200;
const ROOT_MAXIMUM_SECONDS = 3600;

/**
 * How long the session of a user or root lasts; root's is silently cut to an hour (evidence: sts-session-durations).
 */
export function ownSessionSeconds(requested = DEFAULT_SECONDS, { caller }: Context): number {
  return caller.principal.type === "root" ? Math.min(requested, ROOT_MAXIMUM_SECONDS) : requested;
}

/** The owner of such a session, with which it ends: the unique id of the user, or the account number for root. */
export function ownerOfSession({ caller: { principal, account } }: Context): string {
  return principal.type === "user" ? principal.id : account;
}

export const GetSessionToken = operation("GetSessionToken", {
  admit: admits("GetSessionToken"),
  mfa: true,
  // "You cannot use policies to control authentication operations" (API reference), not even with a deny.
  permissions: () => [],
  handle(input, context) {
    const grant: Grant = {
      account: context.account,
      kind: "session-token",
      principalId: ownerOfSession(context),
      ...(context.mfaAt !== undefined && { mfaAt: context.mfaAt }),
    };
    const seconds = ownSessionSeconds(input.DurationSeconds, context);
    return issueSession(grant, seconds, context, input.MinimumSessionTokenSize);
  },
});
