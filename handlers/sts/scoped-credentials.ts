import { AccessDenied, InsufficientSessionLifetime, InvalidSubjectCredentials, ValidationError } from "../errors.ts";
import { operation } from "../operation.ts";
import { issueSession } from "../sessions.ts";
import { admits } from "./admission.ts";
import { sessionPolicies } from "./session-policies.ts";

// Nothing of this operation has been recorded: it follows its API reference, and the texts are our own. The service
// authorization reference has no action for it, so it needs no permission.

/** How often a session can be limited. */
const MAXIMUM_SCOPES = 3;

/** Credentials for the same identity and session name, with fewer permissions or a shorter time. */
export const GetScopedCredentials = operation("GetScopedCredentials", {
  admit: admits("GetScopedCredentials"),
  permissions: () => [],
  handle(input, context) {
    if (input.Policy === undefined && input.DurationSeconds === undefined) {
      throw ValidationError("Request must contain at least one of Policy or DurationSeconds");
    }
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
