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

/**
 * For `admit`: refuses callers whose kind of credentials may never call `operation`. The text was recorded for
 * GetSessionToken and GetFederationToken only; the others are assumed to read alike.
 */
export const admits =
  (operation: OperationName) =>
  (_input: object, { caller }: Context): void => {
    if (!MAY_CALL[caller.credential](operation)) {
      throw AccessDenied(`Cannot call ${operation} with session credentials`);
    }
    if (operation === "AssumeRole" && caller.principal.type === "root") {
      throw AccessDenied("Roles may not be assumed by root accounts.");
    }
  };
