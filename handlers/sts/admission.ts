import type { CredentialKind } from "../caller.ts";
import { AccessDenied } from "../errors.ts";
import type { Context, OperationName } from "../operation.ts";

/**
 * Which operations of STS each kind of temporary credentials may call, whatever the policies say
 * (evidence: sts-session-callers).
 */
const MAY_CALL: Readonly<Record<CredentialKind, (operation: OperationName) => boolean>> = {
  "long-term": () => true,
  "assumed-role": (operation) => !["GetSessionToken", "GetFederationToken"].includes(operation),
  "session-token": among(
    "AssumeRole",
    "GetCallerIdentity",
    "GetScopedCredentials",
    "GetWebIdentityToken",
    "GetDelegatedAccessToken",
  ),
  federation: among("GetCallerIdentity", "GetScopedCredentials", "GetDelegatedAccessToken"),
  // Not documented; a task's policy denies everything else, and what needs no permission would lead out of the task.
  "assumed-root": among("GetCallerIdentity", "GetScopedCredentials"),
  delegated: (operation) => !["GetSessionToken", "GetFederationToken"].includes(operation),
  // As with other sessions: CloudShell, which has the console's credentials, is refused these two in the same words.
  console: (operation) => !["GetSessionToken", "GetFederationToken"].includes(operation),
  none: () => true,
};

function among(...operations: OperationName[]): (operation: OperationName) => boolean {
  return (operation) => operations.includes(operation);
}

/** Where each kind of credentials is from, as the trail tells it. */
const KINDS: Readonly<Record<CredentialKind, string>> = {
  "long-term": "an access key of a user or root",
  "assumed-role": "a role's, from AssumeRole and its like",
  "session-token": "from GetSessionToken",
  federation: "from GetFederationToken",
  "assumed-root": "from AssumeRoot",
  delegated: "from GetDelegatedAccessToken",
  console: "from a sign-in to the console",
  none: "none",
};

/**
 * For `admit`: refuses callers whose kind of credentials may never call `operation`. The text was recorded for
 * GetSessionToken and GetFederationToken only; the others are assumed to read alike.
 */
export const admits =
  (operation: OperationName) =>
  (_input: object, { caller }: Context): void => {
    if (!MAY_CALL[caller.credential](operation)) {
      throw AccessDenied(
        `Cannot call ${operation} with session credentials`,
        `The caller's credentials are ${KINDS[caller.credential]}, which never may, whatever policies say.`,
      );
    }
    if (operation === "AssumeRole" && caller.principal.type === "root") {
      throw AccessDenied("Roles may not be assumed by root accounts.");
    }
  };
