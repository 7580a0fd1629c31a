import type { Role } from "../../data/entities/roles.ts";
import { assumedRoleArn } from "../arns.ts";
import type { Context } from "../operation.ts";
import { issueSession, type Grant } from "../sessions.ts";

/** What the request decides about a role's session. */
export type RoleGrant = Omit<Grant, "account" | "kind" | "principalId"> & { readonly sessionName: string };

/**
 * Issues credentials of a role for `seconds`, however it was assumed; a token shorter than `minimumTokenSize` bytes is
 * padded to that size. Returns the members that AssumeRole and the federated operations share. Throws
 * PackedPolicyTooLarge.
 */
export function issueRoleSession(
  { id, name, account }: Role,
  grant: RoleGrant,
  seconds: number,
  context: Context,
  minimumTokenSize: number | undefined,
) {
  const { sessionName } = grant;
  const whole: Grant = { ...grant, account, kind: "assumed-role", principalId: id };
  return {
    ...issueSession(whole, seconds, context, minimumTokenSize),
    AssumedRoleUser: { AssumedRoleId: `${id}:${sessionName}`, Arn: assumedRoleArn(account, name, sessionName) },
  };
}
