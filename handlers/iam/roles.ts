import { fold } from "../../data/entities/accounts.ts";
import { attachments, inlinePolicies } from "../../data/entities/policies.ts";
import { lastUses } from "../../data/entities/reports.ts";
import { instanceProfiles, roles, type Role } from "../../data/entities/roles.ts";
import { uniqueId } from "../../data/ids.ts";
import { roleArn } from "../arns.ts";
import { boundaryKeys, existingBoundary, shownBoundary } from "../permissions-boundary.ts";
import { encodedDocument } from "../documents.ts";
import { DeleteConflict, EntityAlreadyExists, InvalidInput, NoSuchEntity, UnmodifiableEntity } from "../errors.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { page } from "../paging.ts";
import { withPath } from "../paths.ts";
import { policySize } from "../../policy/document.ts";
import { parsePolicy } from "../policy-documents.ts";
import { createPermissions, newTags, requestTagKeys, sortedTags } from "../tags.ts";
import { listTagsOfResource, tagResource, untagResource, type TaggedKind } from "../tag-operations.ts";
import { bindTrust, shownTrustPolicy } from "./trust-policies.ts";
import { checkQuota } from "../quotas.ts";

/** The role with this name, in any case of letters. */
export const findRole = (name: string, { tx, account }: Context): Role | undefined =>
  tx.get(roles, account, fold(name));

/** The role with this name, in any case of letters; NoSuchEntity if there is none. */
export function existingRole(name: string, context: Context): Role {
  const role = findRole(name, context);
  if (!role) throw NoSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** The path of roles that belong to a service (evidence: slr-shape). */
export const SERVICE_LINKED_PATH = "/aws-service-role/";

export const isServiceLinked = (role: Role): boolean => role.path.startsWith(SERVICE_LINKED_PATH);

/**
 * The role with this name, if its account may change it: only AWS may change service-linked roles
 * (evidence: slr-protected).
 */
export function modifiableRole(name: string, context: Context): Role {
  const role = existingRole(name, context);
  if (isServiceLinked(role)) {
    throw UnmodifiableEntity(
      `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    );
  }
  return role;
}

/**
 * The resource of a permission: the role's stored ARN, with its tags. A role that does not exist is refused, or
 * reported missing, under its ARN without a path.
 */
export function roleResource(name: string, context: Context): Resource {
  const role = findRole(name, context);
  return role ? { arn: arnOf(role), tags: role.tags } : { arn: roleArn(context.account, name) };
}

/** `iam:PermissionsBoundary`: the role's boundary. */
export const roleBoundaryKeys = (name: string, context: Context) => boundaryKeys(findRole(name, context)?.boundary);

const arnOf = (role: Role): string => roleArn(role.account, role.name, role.path);

// The members that each operation shows of a role (evidence: list-role-members).
export const toRole = (role: Role, { tx }: Context) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: arnOf(role),
  CreateDate: new Date(role.createdAt),
  AssumeRolePolicyDocument: encodedDocument(shownTrustPolicy(role, tx)),
});

const toListedRole = (role: Role, context: Context) => ({
  ...toRole(role, context),
  ...(role.description !== undefined && { Description: role.description }),
  MaxSessionDuration: role.maxSessionSeconds,
});

/** AWS reports the last use of a role for 400 days (evidence: role-last-used). */
const LAST_USE_SHOWN_MS = 400 * 86_400_000;

export function shownLastUse(role: Role, { tx, now }: Context) {
  const use = tx.get(lastUses, role.id);
  const shown = use && now - use.at <= LAST_USE_SHOWN_MS;
  return { RoleLastUsed: shown ? { LastUsedDate: new Date(use.at), Region: use.region } : {} };
}

/** Throws MalformedPolicyDocument or, if it exceeds the quota, LimitExceeded. */
export function checkTrustPolicy(document: string, { settings }: Context): void {
  parsePolicy(document, "trust");
  checkQuota("ACLSizePerRole", policySize(document), settings.quotas);
}

/** Throws LimitExceeded if the account has no room for another role. */
export function checkRoleQuota({ tx, account, settings }: Context): void {
  checkQuota("RolesPerAccount", tx.count(roles, account) + 1, settings.quotas);
}

export const CreateRole = operation("CreateRole", {
  permissions(input, { account }) {
    const resource = { arn: roleArn(account, input.RoleName!, input.Path) };
    const keys = { ...requestTagKeys(input.Tags), ...boundaryKeys(input.PermissionsBoundary) };
    return createPermissions({ action: "iam:CreateRole", resource, keys }, "iam:TagRole", input.Tags);
  },
  handle(input, context) {
    const { tx, account, now, random } = context;
    const tags = newTags(input.Tags, "insensitive", context);
    const trustPolicy = input.AssumeRolePolicyDocument!;
    checkTrustPolicy(trustPolicy, context);
    if (input.Path?.startsWith(SERVICE_LINKED_PATH)) {
      // AWS's text is not known. A role there would be exempt from the organization's policies.
      throw InvalidInput(`The path ${SERVICE_LINKED_PATH} is reserved for service-linked roles.`);
    }
    const name = input.RoleName!;
    if (findRole(name, context)) throw EntityAlreadyExists(`Role with name ${name} already exists.`);
    checkRoleQuota(context);
    const role: Role = {
      account,
      name,
      path: input.Path ?? "/",
      id: uniqueId("AROA", account, random),
      createdAt: now,
      ...(input.Description !== undefined && { description: input.Description }),
      maxSessionSeconds: input.MaxSessionDuration ?? 3600,
      trustPolicy,
      trustBindings: bindTrust(trustPolicy, tx),
      tags,
      ...(input.PermissionsBoundary !== undefined && {
        boundary: existingBoundary(input.PermissionsBoundary, "Role", context),
      }),
    };
    tx.put(roles, role);
    return {
      Role: {
        ...toRole(role, context),
        // As it was sent: AWS shows the ARNs of principals only in later reads (evidence: create-role-trust-as-sent).
        AssumeRolePolicyDocument: encodedDocument(trustPolicy),
        ...shownBoundary(role.boundary),
        ...(tags.length > 0 && { Tags: [...tags] }),
      },
    };
  },
});

export const GetRole = operation("GetRole", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  keys: (input, context) => roleBoundaryKeys(input.RoleName!, context),
  handle(input, context) {
    const role = existingRole(input.RoleName!, context);
    return {
      Role: {
        ...toListedRole(role, context),
        ...shownBoundary(role.boundary),
        ...(role.tags.length > 0 && { Tags: sortedTags(role.tags) }),
        ...shownLastUse(role, context),
        ...(role.source && {
          SourceRoleTemplate: {
            TemplateArn: role.source.templateArn,
            TemplateMinorVersion: role.source.minorVersion,
          },
        }),
      },
    };
  },
});

export const ListRoles = operation("ListRoles", {
  resource: (input, { account }) => ({ arn: roleArn(account, "", input.PathPrefix) }),
  handle(input, context) {
    const { tx, account } = context;
    const prefix = input.PathPrefix ?? "/";
    const { items, paging } = page(
      input,
      context,
      ["ListRoles", prefix],
      (after) => withPath(tx.list(roles, [account], after && [account, ...after]), prefix),
      (role) => [fold(role.name)],
    );
    return { Roles: items.map((role) => toListedRole(role, context)), ...paging };
  },
});

/**
 * A member that is left out stays as it is, although the API reference says otherwise of the duration
 * (evidence: role-update).
 */
export const UpdateRole = operation("UpdateRole", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  keys: (input, context) => roleBoundaryKeys(input.RoleName!, context),
  handle(input, context) {
    const role = existingRole(input.RoleName!, context);
    if (isServiceLinked(role) && input.MaxSessionDuration !== undefined) {
      throw UnmodifiableEntity(`${role.name} is an AWS service linked role, max session duration cannot be changed.`);
    }
    context.tx.put(roles, {
      ...role,
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.MaxSessionDuration !== undefined && { maxSessionSeconds: input.MaxSessionDuration }),
    });
  },
});

export const UpdateRoleDescription = operation("UpdateRoleDescription", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  keys: (input, context) => roleBoundaryKeys(input.RoleName!, context),
  handle(input, context) {
    const description = input.Description!;
    const role: Role = { ...existingRole(input.RoleName!, context), description };
    context.tx.put(roles, role);
    return { Role: { ...toRole(role, context), Description: description } };
  },
});

export const UpdateAssumeRolePolicy = operation("UpdateAssumeRolePolicy", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  keys: (input, context) => roleBoundaryKeys(input.RoleName!, context),
  handle(input, context) {
    const { tx } = context;
    const trustPolicy = input.PolicyDocument!;
    checkTrustPolicy(trustPolicy, context);
    const role = modifiableRole(input.RoleName!, context);
    tx.put(roles, { ...role, trustPolicy, trustBindings: bindTrust(trustPolicy, tx) });
  },
});

export const DeleteRole = operation("DeleteRole", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  keys: (input, context) => roleBoundaryKeys(input.RoleName!, context),
  handle(input, context) {
    const { tx, account } = context;
    const role = modifiableRole(input.RoleName!, context);
    if (tx.count(attachments, account, role.id) > 0) {
      throw DeleteConflict("Cannot delete entity, must detach all policies first.");
    }
    if (tx.count(inlinePolicies, account, role.id) > 0) {
      throw DeleteConflict("Cannot delete entity, must delete policies first.");
    }
    if (tx.find(instanceProfiles, "role", account, role.id)) {
      throw DeleteConflict("Cannot delete entity, must remove roles from instance profile first.");
    }
    tx.delete(roles, account, fold(role.name));
    tx.delete(lastUses, role.id);
  },
});

const TAGGED: TaggedKind<Role, "RoleName"> = {
  member: "RoleName",
  tagCase: "insensitive",
  collection: roles,
  existing: existingRole,
  resource: roleResource,
};

export const TagRole = operation("TagRole", tagResource(TAGGED));
export const UntagRole = operation("UntagRole", untagResource(TAGGED));
export const ListRoleTags = operation("ListRoleTags", listTagsOfResource(TAGGED));
