import { fold } from "../../data/entities/accounts.ts";
import { attachments, inlinePolicies } from "../../data/entities/policies.ts";
import { groups, memberships, users, type Group } from "../../data/entities/users.ts";
import { uniqueId } from "../../data/ids.ts";
import { groupArn } from "../arns.ts";
import { DeleteConflict, EntityAlreadyExists, NoSuchEntity } from "../errors.ts";
import { operation, type Context, type Input, type Resource } from "../operation.ts";
import { page } from "../paging.ts";
import { withPath } from "../paths.ts";
import { existingUser, toUser, userResource } from "./users.ts";
import { checkQuota } from "../quotas.ts";

const findGroup = (name: string, { tx, account }: Context): Group | undefined => tx.get(groups, account, fold(name));

/** The group with this name, in any case of letters; NoSuchEntity if there is none. */
export function existingGroup(name: string, context: Context): Group {
  const group = findGroup(name, context);
  if (!group) throw NoSuchEntity(`The group with name ${name} cannot be found.`);
  return group;
}

/** The resource of a permission: the group's stored ARN or, if it does not exist, its ARN without a path. */
export function groupResource(name: string, context: Context): Resource {
  const group = findGroup(name, context);
  return { arn: group ? arnOf(group) : groupArn(context.account, name) };
}

const arnOf = (group: Group): string => groupArn(group.account, group.name, group.path);

export const toGroup = (group: Group) => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: arnOf(group),
  CreateDate: new Date(group.createdAt),
});

export const CreateGroup = operation("CreateGroup", {
  resource: (input, { account }) => ({ arn: groupArn(account, input.GroupName!, input.Path) }),
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    const name = input.GroupName!;
    if (findGroup(name, context)) throw EntityAlreadyExists(`Group with name ${name} already exists.`);
    checkQuota("GroupsPerAccount", tx.count(groups, account) + 1, settings.quotas);
    const group: Group = {
      account,
      name,
      path: input.Path ?? "/",
      id: uniqueId("AGPA", account, random),
      createdAt: now,
    };
    tx.put(groups, group);
    return { Group: toGroup(group) };
  },
});

export const GetGroup = operation("GetGroup", {
  resource: (input, context) => groupResource(input.GroupName!, context),
  handle(input, context) {
    const { tx, account } = context;
    const group = existingGroup(input.GroupName!, context);
    // Members are ordered by unique id (evidence: list-group-members).
    const { items, paging } = page(
      input,
      context,
      ["GetGroup", group.id],
      (after) => tx.list(memberships, [account, group.id], after && [account, group.id, ...after]),
      ({ user }) => [user],
    );
    const members = items.map(({ user }) => toUser(tx.find(users, "id", account, user)!, context));
    return { Group: toGroup(group), Users: members, ...paging };
  },
});

export const ListGroups = operation("ListGroups", {
  resource: (input, { account }) => ({ arn: groupArn(account, "", input.PathPrefix) }),
  handle(input, context) {
    const { tx, account } = context;
    const prefix = input.PathPrefix ?? "/";
    const { items, paging } = page(
      input,
      context,
      ["ListGroups", prefix],
      (after) => withPath(tx.list(groups, [account], after && [account, ...after]), prefix),
      (group) => [fold(group.name)],
    );
    return { Groups: items.map(toGroup), ...paging };
  },
});

export const UpdateGroup = operation("UpdateGroup", {
  // On the group as it is and, if name or path change, as it will be (API reference, "UpdateGroup").
  permissions(input, context) {
    const group = findGroup(input.GroupName!, context);
    const before = groupResource(input.GroupName!, context);
    const after = group ? { arn: arnOf(renamed(group, input)) } : before;
    const resources = after.arn === before.arn ? [before] : [before, after];
    return resources.map((resource) => ({ action: "iam:UpdateGroup", resource }));
  },
  handle(input, context) {
    const { tx, account } = context;
    const group = existingGroup(input.GroupName!, context);
    const updated = renamed(group, input);
    if (fold(updated.name) !== fold(group.name) && findGroup(updated.name, context)) {
      throw EntityAlreadyExists(`Group with name ${updated.name} already exists.`);
    }
    tx.delete(groups, account, fold(group.name));
    tx.put(groups, updated);
  },
});

const renamed = (group: Group, { NewGroupName, NewPath }: Input<"UpdateGroup">): Group => ({
  ...group,
  name: NewGroupName ?? group.name,
  path: NewPath ?? group.path,
});

export const DeleteGroup = operation("DeleteGroup", {
  resource: (input, context) => groupResource(input.GroupName!, context),
  handle(input, context) {
    const { tx, account } = context;
    const group = existingGroup(input.GroupName!, context);
    if (tx.count(memberships, account, group.id) > 0) {
      throw DeleteConflict("Cannot delete entity, must remove users from group first.");
    }
    if (tx.count(attachments, account, group.id) > 0) {
      throw DeleteConflict("Cannot delete entity, must detach all policies first.");
    }
    if (tx.count(inlinePolicies, account, group.id) > 0) {
      throw DeleteConflict("Cannot delete entity, must delete policies first.");
    }
    tx.delete(groups, account, fold(group.name));
  },
});

// If both the group and the user are missing, AWS names the user (evidence: group-membership).

export const AddUserToGroup = operation("AddUserToGroup", {
  resource: (input, context) => groupResource(input.GroupName!, context),
  handle(input, context) {
    const { tx, account, settings } = context;
    const user = existingUser(input.UserName!, context);
    const group = existingGroup(input.GroupName!, context);
    if (tx.get(memberships, account, group.id, user.id)) return;
    checkQuota(
      "GroupsPerUser",
      Array.from(tx.listBy(memberships, "user", [account, user.id])).length + 1,
      settings.quotas,
    );
    tx.put(memberships, { account, group: group.id, user: user.id });
  },
});

export const RemoveUserFromGroup = operation("RemoveUserFromGroup", {
  resource: (input, context) => groupResource(input.GroupName!, context),
  handle(input, context) {
    const user = existingUser(input.UserName!, context);
    const group = existingGroup(input.GroupName!, context);
    context.tx.delete(memberships, context.account, group.id, user.id);
  },
});

export const ListGroupsForUser = operation("ListGroupsForUser", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { tx, account } = context;
    const user = existingUser(input.UserName!, context);
    const joined = Array.from(tx.listBy(memberships, "user", [account, user.id]), ({ group }) =>
      tx.find(groups, "id", account, group)!,
    ).toSorted((a, b) => (fold(a.name) < fold(b.name) ? -1 : 1));
    const { items, paging } = page(
      input,
      context,
      ["ListGroupsForUser", user.id],
      (after) => (after ? joined.filter(({ name }) => fold(name) > after[0]!) : joined),
      (group) => [fold(group.name)],
    );
    return { Groups: items.map(toGroup), ...paging };
  },
});
