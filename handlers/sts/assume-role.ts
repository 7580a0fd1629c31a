import { fold } from "../../data/entities/accounts.ts";
import { roles, type Role } from "../../data/entities/roles.ts";
import { roleArn } from "../arns.ts";
import { accountIn } from "../../policy/arn.ts";
import type { Caller } from "../caller.ts";
import { AccessDenied, InvalidContextAssertion, ValidationError } from "../errors.ts";
import { operation, type Context, type Input, type Permission } from "../operation.ts";
import { packedPolicySize } from "../sessions.ts";
import { requestTagKeys } from "../tags.ts";
import { admits } from "./admission.ts";
import { issueRoleSession, type RoleGrant } from "./role-sessions.ts";
import { sessionPolicies } from "./session-policies.ts";
import { inheritedTags, sessionTags } from "./session-tags.ts";

const DEFAULT_SECONDS = 3600;
const CHAINING_MAXIMUM_SECONDS = 3600;

export const AssumeRole = operation("AssumeRole", {
  admit: admits("AssumeRole"),
  mfa: true,
  permissions(input, context) {
    const { caller } = context;
    const arn = input.RoleArn!;
    const role = roleWithArn(arn, context);
    const tagged = (input.Tags ?? []).length > 0 || inheritedTags(caller.session).length > 0;
    const actions = [
      "sts:AssumeRole",
      ...(tagged ? ["sts:TagSession"] : []),
      ...(sourceIdentity(input, caller) === undefined ? [] : ["sts:SetSourceIdentity"]),
    ];
    const keys = conditionKeys(input, caller);
    return actions.map((action): Permission => ({
      action,
      resource: { arn, ...(role && { tags: role.tags }) },
      keys,
      trust: role ? { document: role.trustPolicy, bindings: role.trustBindings } : null,
      // One text for whatever is missing on either side, even the role itself (evidence: sts-assume-role-denied).
      denied: `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn}`,
    }));
  },
  handle(input, context) {
    const { caller } = context;
    // Authorization has passed, so the role exists.
    const role = roleWithArn(input.RoleArn!, context)!;
    const seconds = roleSessionSeconds(input.DurationSeconds, role, caller);
    if (input.ProvidedContexts !== undefined) {
      // Assertions come from IAM Identity Center, which does not exist here. AWS's text is not known.
      throw InvalidContextAssertion("The context assertion that was provided is invalid.");
    }
    const SourceIdentity = sourceIdentity(input, caller);
    const grant: RoleGrant = {
      sessionName: input.RoleSessionName!,
      ...sessionPolicies(input, role.account, context),
      ...sessionTags(input, inheritedTags(caller.session)),
      ...(SourceIdentity !== undefined && { sourceIdentity: SourceIdentity }),
      ...(caller.principal.type === "role" && { chained: true as const }),
      ...(caller.principal.type === "service" && { federatedKeys: caller.principal.sessionKeys }),
    };
    const issued = issueRoleSession(role, grant, seconds, context, input.MinimumSessionTokenSize);
    return {
      ...issued,
      PackedPolicySize: packedPolicySize(grant, issued),
      SourceIdentity,
    };
  },
});

/** The role with exactly this ARN, in any account: path and case count here, unlike for a role's name. */
export function roleWithArn(arn: string, { tx }: Pick<Context, "tx">): Role | undefined {
  const role = tx.get(roles, accountIn(arn) ?? "", fold(arn.slice(arn.lastIndexOf("/") + 1)));
  return role && roleArn(role.account, role.name, role.path) === arn ? role : undefined;
}

/**
 * The condition keys that the caller's policies and the trust policy may test (service authorization reference,
 * "Actions of STS").
 */
function conditionKeys(input: Input<"AssumeRole">, caller: Caller): NonNullable<Permission["keys"]> {
  const identity = sourceIdentity(input, caller);
  return {
    "sts:RoleSessionName": input.RoleSessionName!,
    ...(input.ExternalId !== undefined && { "sts:ExternalId": input.ExternalId }),
    ...(identity !== undefined && { "sts:SourceIdentity": identity }),
    ...(input.TransitiveTagKeys !== undefined && { "sts:TransitiveTagKeys": input.TransitiveTagKeys }),
    ...requestTagKeys(input.Tags),
  };
}

/**
 * The role's own maximum is checked before that of chaining (evidence: sts-duration-role-maximum). It does not apply to
 * services: sessions of EC2 and ECS last six hours (IAM User Guide, "Update the maximum session duration for a role").
 */
export function roleSessionSeconds(requested = DEFAULT_SECONDS, role: Role, { principal }: Caller): number {
  if (requested > role.maxSessionSeconds && principal.type !== "service") {
    throw ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  if (principal.type === "role" && requested > CHAINING_MAXIMUM_SECONDS) {
    throw ValidationError(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  return requested;
}

/**
 * Once set, it stays for the whole chain of roles, each of which must allow it, and cannot be changed (IAM User Guide,
 * "Monitor and control actions taken with assumed roles"). AWS's answer to an attempt is not known.
 */
function sourceIdentity({ SourceIdentity: asked }: Input<"AssumeRole">, { session }: Caller): string | undefined {
  const set = session?.sourceIdentity;
  if (set !== undefined && asked !== undefined && asked !== set) {
    throw AccessDenied("The source identity of the calling session cannot be changed.");
  }
  return set ?? asked;
}
