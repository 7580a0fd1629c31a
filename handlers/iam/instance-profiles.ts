import { fold } from "../../data/entities/accounts.ts";
import { instanceProfiles, roles, type InstanceProfile } from "../../data/entities/roles.ts";
import { uniqueId } from "../../data/ids.ts";
import { instanceProfileArn } from "../arns.ts";
import { DeleteConflict, EntityAlreadyExists, NoSuchEntity } from "../errors.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { page } from "../paging.ts";
import { withPath } from "../paths.ts";
import { createPermissions, newTags, requestTagKeys, sortedTags } from "../tags.ts";
import { listTagsOfResource, tagResource, untagResource, type TaggedKind } from "../tag-operations.ts";
import { existingRole, modifiableRole, roleResource, toRole } from "./roles.ts";
import { checkQuota, quotaExceeded } from "../quotas.ts";

const findProfile = (name: string, { tx, account }: Context): InstanceProfile | undefined =>
  tx.get(instanceProfiles, account, fold(name));

/** The instance profile with this name, in any case of letters; NoSuchEntity if there is none. */
function existingProfile(name: string, context: Context): InstanceProfile {
  const profile = findProfile(name, context);
  if (!profile) throw NoSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}

/**
 * The resource of a permission: the stored ARN with the tags or, if the profile does not exist, its ARN without a path.
 */
function profileResource(name: string, context: Context): Resource {
  const profile = findProfile(name, context);
  return profile ? { arn: arnOf(profile), tags: profile.tags } : { arn: instanceProfileArn(context.account, name) };
}

const arnOf = ({ account, name, path }: InstanceProfile): string => instanceProfileArn(account, name, path);

/**
 * The form in lists: without tags, and with the role as CreateRole shows it (evidence: list-instance-profile-members).
 */
export function toInstanceProfile(profile: InstanceProfile, context: Context) {
  const role = profile.role === undefined ? undefined : context.tx.find(roles, "id", profile.account, profile.role);
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: arnOf(profile),
    CreateDate: new Date(profile.createdAt),
    Roles: role ? [toRole(role, context)] : [],
  };
}

export const CreateInstanceProfile = operation("CreateInstanceProfile", {
  permissions(input, { account }) {
    const resource = { arn: instanceProfileArn(account, input.InstanceProfileName!, input.Path) };
    const create = { action: "iam:CreateInstanceProfile", resource, keys: requestTagKeys(input.Tags) };
    return createPermissions(create, "iam:TagInstanceProfile", input.Tags);
  },
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    const tags = newTags(input.Tags, "sensitive", context);
    const name = input.InstanceProfileName!;
    if (findProfile(name, context)) throw EntityAlreadyExists(`Instance Profile ${name} already exists.`);
    checkQuota("InstanceProfilesPerAccount", tx.count(instanceProfiles, account) + 1, settings.quotas);
    const profile: InstanceProfile = {
      account,
      name,
      path: input.Path ?? "/",
      id: uniqueId("AIPA", account, random),
      createdAt: now,
      tags,
    };
    tx.put(instanceProfiles, profile);
    return {
      InstanceProfile: { ...toInstanceProfile(profile, context), ...(tags.length > 0 && { Tags: [...tags] }) },
    };
  },
});

export const GetInstanceProfile = operation("GetInstanceProfile", {
  resource: (input, context) => profileResource(input.InstanceProfileName!, context),
  handle(input, context) {
    const profile = existingProfile(input.InstanceProfileName!, context);
    return { InstanceProfile: { ...toInstanceProfile(profile, context), Tags: sortedTags(profile.tags) } };
  },
});

export const ListInstanceProfiles = operation("ListInstanceProfiles", {
  resource: (input, { account }) => ({ arn: instanceProfileArn(account, "", input.PathPrefix) }),
  handle(input, context) {
    const { tx, account } = context;
    const prefix = input.PathPrefix ?? "/";
    const { items, paging } = page(
      input,
      context,
      ["ListInstanceProfiles", prefix],
      (after) => withPath(tx.list(instanceProfiles, [account], after && [account, ...after]), prefix),
      (profile) => [fold(profile.name)],
    );
    return { InstanceProfiles: items.map((profile) => toInstanceProfile(profile, context)), ...paging };
  },
});

export const ListInstanceProfilesForRole = operation("ListInstanceProfilesForRole", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  handle(input, context) {
    const role = existingRole(input.RoleName!, context);
    const profiles = [...context.tx.listBy(instanceProfiles, "role", [context.account, role.id])];
    const { items, paging } = page(
      input,
      context,
      ["ListInstanceProfilesForRole", role.id],
      (after) => profiles.filter(({ name }) => after === undefined || fold(name) > after[0]!),
      ({ name }) => [fold(name)],
    );
    return { InstanceProfiles: items.map((profile) => toInstanceProfile(profile, context)), ...paging };
  },
});

export const DeleteInstanceProfile = operation("DeleteInstanceProfile", {
  resource: (input, context) => profileResource(input.InstanceProfileName!, context),
  handle(input, context) {
    const profile = existingProfile(input.InstanceProfileName!, context);
    if (profile.role !== undefined) {
      throw DeleteConflict("Cannot delete entity, must remove roles from instance profile first.");
    }
    context.tx.delete(instanceProfiles, context.account, fold(profile.name));
  },
});

export const AddRoleToInstanceProfile = operation("AddRoleToInstanceProfile", {
  // Adding a role to a profile passes the role to EC2 (API reference, "AddRoleToInstanceProfile").
  permissions: (input, context) => [
    { action: "iam:AddRoleToInstanceProfile", resource: profileResource(input.InstanceProfileName!, context) },
    {
      action: "iam:PassRole",
      resource: roleResource(input.RoleName!, context),
      keys: { "iam:PassedToService": "ec2.amazonaws.com" },
    },
  ],
  handle(input, context) {
    const profile = existingProfile(input.InstanceProfileName!, context);
    const role = modifiableRole(input.RoleName!, context);
    // AWS also refuses the role that is there already (evidence: instance-profile-one-role), and does not raise this
    // quota.
    if (profile.role !== undefined) {
      throw quotaExceeded("InstanceSessionsPerInstanceProfile", 1);
    }
    context.tx.put(instanceProfiles, { ...profile, role: role.id });
  },
});

export const RemoveRoleFromInstanceProfile = operation("RemoveRoleFromInstanceProfile", {
  resource: (input, context) => profileResource(input.InstanceProfileName!, context),
  handle(input, context) {
    // The role is looked up first (evidence: remove-role-neither-exists).
    const role = modifiableRole(input.RoleName!, context);
    const { role: held, ...profile } = existingProfile(input.InstanceProfileName!, context);
    if (held !== role.id) {
      throw NoSuchEntity(`Role ${input.RoleName} in Instance Profile ${input.InstanceProfileName} cannot be found.`);
    }
    context.tx.put(instanceProfiles, profile);
  },
});

const TAGGED: TaggedKind<InstanceProfile, "InstanceProfileName"> = {
  member: "InstanceProfileName",
  tagCase: "sensitive",
  collection: instanceProfiles,
  existing: existingProfile,
  resource: profileResource,
};

export const TagInstanceProfile = operation("TagInstanceProfile", tagResource(TAGGED));
export const UntagInstanceProfile = operation("UntagInstanceProfile", untagResource(TAGGED));
export const ListInstanceProfileTags = operation("ListInstanceProfileTags", listTagsOfResource(TAGGED));
