import { InvalidInput, NoSuchEntity } from "./errors.ts";
import { findPolicy, refuseReserved } from "./iam/managed-policies.ts";
import type { Context } from "./operation.ts";
import type { ContextKeys } from "../policy/evaluate.ts";

/**
 * The ARN of the managed policy that is to be a user's or role's permissions boundary. Throws InvalidInput if it is not
 * an ARN, or an ARN of IAM but not a policy's; NoSuchEntity if there is no such policy; PolicyNotAttachable for
 * policies that AWS reserves (evidence: boundary-refusals, boundary-arn-of-no-policy).
 */
export function existingBoundary(arn: string, ownerType: "User" | "Role", context: Context): string {
  if (!/^arn(:[^:]*){4}:./.test(arn) || /^arn:[^:]*:iam:[^:]*:[^:]*:(?!policy\/.)/.test(arn)) {
    throw InvalidInput(`ARN ${arn} is not valid.`);
  }
  if (!findPolicy(arn, context)) throw NoSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  refuseReserved(arn, ownerType);
  return arn;
}

/**
 * To be spread into the user or role that is shown. The type is `Policy`, unlike in the model's enumeration
 * (evidence: boundary-type).
 */
export const shownBoundary = (boundary: string | undefined) =>
  boundary === undefined
    ? {}
    : { PermissionsBoundary: { PermissionsBoundaryType: "Policy" as never, PermissionsBoundaryArn: boundary } };

/**
 * `iam:PermissionsBoundary`: the boundary that a user or role has, or will get, for the operations that the service
 * authorization reference lists with this key.
 */
export const boundaryKeys = (boundary: string | undefined): ContextKeys =>
  boundary === undefined ? {} : { "iam:PermissionsBoundary": boundary };
