import { AccessDenied, InsufficientSessionLifetime, InvalidSubjectCredentials, ValidationError } from "../errors.ts";
import { operation, type Input } from "../operation.ts";
import { issueSession } from "../sessions.ts";
import { admits } from "./callers.ts";
import { sessionPolicies } from "./session-policies.ts";

// Nothing of this operation has been recorded: it does what its API reference says, and the texts are our own. No action
// of the service authorization reference stands for it, so it needs no permission.

/** How often a session can be cut down, and the limits of members that the published constraints do not have. */
const MAXIMUM_SCOPES = 3;
const MAXIMUM_SECONDS = 129_600;
const MAXIMUM_DESCRIPTION = 256;

/** Credentials of the same identity and session name that may do less, or for a shorter time. */
export const GetScopedCredentials = operation("GetScopedCredentials", {
  admit: admits("GetScopedCredentials"),
  permissions: () => [],
  handle(input, context) {
    checkInput(input);
    const { caller, now } = context;
    const { session } = caller;
    if (!session) {
      throw InvalidSubjectCredentials("GetScopedCredentials can only be called with temporary security credentials.");
    }
    const { policy } = sessionPolicies({ Policy: input.Policy }, session.account, context);
    const scopes = [...(session.scopes ?? []), ...(policy === undefined ? [] : [policy])];
    if (scopes.length > MAXIMUM_SCOPES) {
      throw AccessDenied(`A session cannot have more than ${MAXIMUM_SCOPES} scope down policies.`);
    }
    const remaining = (session.expiresAt - Math.floor(now / 1000) * 1000) / 1000;
    const seconds = input.DurationSeconds ?? remaining;
    if (seconds > remaining) {
      throw InsufficientSessionLifetime(
        `The requested DurationSeconds exceeds the remaining lifetime of the calling session, which is ${remaining} seconds.`,
      );
    }
    const grant = { ...session, ...(scopes.length > 0 && { scopes }) };
    return {
      ...issueSession(grant, seconds, context, input.MinimumSessionTokenSize),
      SessionInfo: { ScopedSessionId: caller.userId, Arn: caller.arn },
      ScopedPoliciesCount: scopes.length,
      SourceIdentity: session.sourceIdentity,
    };
  },
});

function checkInput(input: Input<"GetScopedCredentials">): void {
  const { Policy, DurationSeconds: seconds, ScopedSessionDescription: description = "" } = input;
  if (Policy === undefined && seconds === undefined) {
    throw ValidationError("Request must contain at least one of Policy or DurationSeconds");
  }
  const outOfRange = (value: string, member: string, rule: string) =>
    ValidationError(
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have ${rule}`,
    );
  if (seconds !== undefined && seconds < 1) {
    throw outOfRange(String(seconds), "durationSeconds", "value greater than or equal to 1");
  }
  if (seconds !== undefined && seconds > MAXIMUM_SECONDS) {
    throw outOfRange(String(seconds), "durationSeconds", `value less than or equal to ${MAXIMUM_SECONDS}`);
  }
  if (description.length > MAXIMUM_DESCRIPTION) {
    const rule = `length less than or equal to ${MAXIMUM_DESCRIPTION}`;
    throw outOfRange(description, "scopedSessionDescription", rule);
  }
}
