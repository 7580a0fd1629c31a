import type { CredentialKind } from "../caller.ts";
import { AccessDenied } from "../errors.ts";
import type { Context, OperationName } from "../operation.ts";

/**
 * The operations of STS that each kind of temporary credentials may call, whatever the policies say
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
  // Not documented. A task's policy denies everything else, and an operation that needs no permission would lead out of
  // the task.
  "assumed-root": among("GetCallerIdentity", "GetScopedCredentials"),
  delegated: (operation) => !["GetSessionToken", "GetFederationToken"].includes(operation),
  // As for other sessions: CloudShell, which has the console's credentials, is refused these two with the same text.
  console: (operation) => !["GetSessionToken", "GetFederationToken"].includes(operation),
  none: () => true,
};

function among(...operations: OperationName[]): (operation: OperationName) => boolean {
  return (operation) => operations.includes(operation);
}

/** The origin of each kind of credentials, for the trail. */
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
 * For `admit`: refuses callers whose kind of credentials may never call `operation`. The text was recorded only for
 * GetSessionToken and GetFederationToken; the others are assumed to have the same.
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
