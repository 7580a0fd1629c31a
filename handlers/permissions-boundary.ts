import { InvalidInput, NoSuchEntity } from "./errors.ts";
import { findPolicy, refuseReserved } from "./iam/managed-policies.ts";
import type { Context } from "./operation.ts";
import type { ContextKeys } from "../policy/evaluate.ts";

/**
 * The ARN of the managed policy that is to be a permissions boundary of a user or role. Throws InvalidInput for what is
 * no ARN, or is IAM's but no policy's, NoSuchEntity where there is no such policy, PolicyNotAttachable for those that AWS
 * reserves (evidence: boundary-refusals, boundary-arn-of-no-policy).
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
 * To be spread into a user or role that is shown. The type reads `Policy`, unlike the model's enumeration
 * (evidence: boundary-type).
 */
export const shownBoundary = (boundary: string | undefined) =>
  boundary === undefined
    ? {}
    : { PermissionsBoundary: { PermissionsBoundaryType: "Policy" as never, PermissionsBoundaryArn: boundary } };

/**
 * `iam:PermissionsBoundary`: the boundary that a user or role has, or is to get, at the operations that the service
 * authorization reference lists for the key.
 */
export const boundaryKeys = (boundary: string | undefined): ContextKeys =>
  boundary === undefined ? {} : { "iam:PermissionsBoundary": boundary };
