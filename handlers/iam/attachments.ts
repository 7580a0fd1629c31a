import { attachments, type Attachment } from "../../data/entities/policies.ts";
import { roles } from "../../data/entities/roles.ts";
import { groups, users } from "../../data/entities/users.ts";
import { boundaryKeys } from "../permissions-boundary.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { page, pageOf } from "../paging.ts";
import { existingGroup, groupResource } from "./groups.ts";
import {
  checkPolicyArn,
  findPolicy,
  notAttachable,
  notFound,
  policyResource,
  refuseReserved,
} from "./managed-policies.ts";
import { existingRole, modifiableRole, roleBoundaryKeys, roleResource } from "./roles.ts";
import { existingUser, findUser, userResource } from "./users.ts";
import { checkQuota } from "../quotas.ts";

/** An entity that managed policies can be attached to. */
interface Owner {
  readonly type: Attachment["ownerType"];
  readonly id: string;
}

function attach(owner: Owner, arn: string, context: Context): void {
  const { tx, account, settings } = context;
  checkPolicyArn(arn);
  // The text is the same for customer managed policies and AWS's, unlike that of GetPolicy (evidence: policy-missing).
  const policy = findPolicy(arn, context);
  if (!policy) throw notAttachable(arn);
  refuseReserved(arn, owner.type);
  if (tx.get(attachments, account, owner.id, policy.id)) return;
  checkQuota(`PoliciesPer${owner.type}`, tx.count(attachments, account, owner.id) + 1, settings.quotas);
  tx.put(attachments, { account, owner: owner.id, ownerType: owner.type, policyArn: arn, policyId: policy.id });
}

function detach(owner: Owner, arn: string, context: Context): void {
  checkPolicyArn(arn);
  const policy = findPolicy(arn, context);
  if (!policy || !context.tx.delete(attachments, context.account, owner.id, policy.id)) {
    throw notFound(arn);
  }
}

function listAttached(
  operationName: string,
  owner: Owner,
  input: { PathPrefix?: string | undefined; MaxItems?: number | undefined; Marker?: string | undefined },
  context: Context,
) {
  const { tx, account } = context;
  const prefix = input.PathPrefix ?? "/";
  const { items, paging } = page(
    input,
    context,
    [operationName, owner.id, prefix],
    function* (after) {
      for (const { policyArn } of tx.list(attachments, [account, owner.id], after && [account, owner.id, ...after])) {
        const policy = findPolicy(policyArn, context)!;
        if (policy.path.startsWith(prefix)) yield policy;
      }
    },
    ({ id }) => [id],
  );
  return { AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })), ...paging };
}

const userOwner = (name: string, context: Context): Owner => ({ type: "User", id: existingUser(name, context).id });
const groupOwner = (name: string, context: Context): Owner => ({ type: "Group", id: existingGroup(name, context).id });
const roleOwner = (name: string, context: Context): Owner => ({ type: "Role", id: existingRole(name, context).id });
const modifiableRoleOwner = (name: string, context: Context): Owner => ({
  type: "Role",
  id: modifiableRole(name, context).id,
});

interface PolicyInput {
  readonly PolicyArn?: string | undefined;
}

// Condition keys: the policy that is attached or detached, and the boundary of the user or role.
const policyKey = ({ PolicyArn }: PolicyInput) => ({ "iam:PolicyARN": PolicyArn! });
const userKeys = (input: PolicyInput & { readonly UserName?: string | undefined }, context: Context) => ({
  ...policyKey(input),
  ...boundaryKeys(findUser(input.UserName!, context)?.boundary),
});
const roleKeys = (input: PolicyInput & { readonly RoleName?: string | undefined }, context: Context) => ({
  ...policyKey(input),
  ...roleBoundaryKeys(input.RoleName!, context),
});

export const AttachUserPolicy = operation("AttachUserPolicy", {
  resource: (input, context): Resource => userResource(input.UserName, context),
  keys: userKeys,
  handle: (input, context) => attach(userOwner(input.UserName!, context), input.PolicyArn!, context),
});

export const AttachGroupPolicy = operation("AttachGroupPolicy", {
  resource: (input, context): Resource => groupResource(input.GroupName!, context),
  keys: policyKey,
  handle: (input, context) => attach(groupOwner(input.GroupName!, context), input.PolicyArn!, context),
});

export const AttachRolePolicy = operation("AttachRolePolicy", {
  resource: (input, context): Resource => roleResource(input.RoleName!, context),
  keys: roleKeys,
  handle: (input, context) => attach(modifiableRoleOwner(input.RoleName!, context), input.PolicyArn!, context),
});

export const DetachUserPolicy = operation("DetachUserPolicy", {
  resource: (input, context): Resource => userResource(input.UserName, context),
  keys: userKeys,
  handle: (input, context) => detach(userOwner(input.UserName!, context), input.PolicyArn!, context),
});

export const DetachGroupPolicy = operation("DetachGroupPolicy", {
  resource: (input, context): Resource => groupResource(input.GroupName!, context),
  keys: policyKey,
  handle: (input, context) => detach(groupOwner(input.GroupName!, context), input.PolicyArn!, context),
});

export const DetachRolePolicy = operation("DetachRolePolicy", {
  resource: (input, context): Resource => roleResource(input.RoleName!, context),
  keys: roleKeys,
  handle: (input, context) => detach(modifiableRoleOwner(input.RoleName!, context), input.PolicyArn!, context),
});

export const ListAttachedUserPolicies = operation("ListAttachedUserPolicies", {
  resource: (input, context) => userResource(input.UserName, context),
  handle: (input, context) =>
    listAttached("ListAttachedUserPolicies", userOwner(input.UserName!, context), input, context),
});

export const ListAttachedGroupPolicies = operation("ListAttachedGroupPolicies", {
  resource: (input, context) => groupResource(input.GroupName!, context),
  handle: (input, context) =>
    listAttached("ListAttachedGroupPolicies", groupOwner(input.GroupName!, context), input, context),
});

export const ListAttachedRolePolicies = operation("ListAttachedRolePolicies", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  handle: (input, context) =>
    listAttached("ListAttachedRolePolicies", roleOwner(input.RoleName!, context), input, context),
});

export const ListEntitiesForPolicy = operation("ListEntitiesForPolicy", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const { tx, account } = context;
    const arn = input.PolicyArn!;
    checkPolicyArn(arn);
    if (!findPolicy(arn, context)) throw notAttachable(arn);
    const { EntityFilter, PolicyUsageFilter, PathPrefix = "/" } = input;
    const found: { type: string; name: string; id: string; path: string }[] = [];
    const add = (type: string, entity: { name: string; id: string; path: string } | undefined) => {
      if (!entity || !entity.path.startsWith(PathPrefix)) return;
      if (EntityFilter !== undefined && EntityFilter !== type) return;
      if (!found.some(({ id }) => id === entity.id)) found.push({ type, ...entity });
    };
    if (PolicyUsageFilter !== "PermissionsBoundary") {
      for (const { owner, ownerType } of tx.listBy(attachments, "policy", [account, arn])) {
        if (ownerType === "Group") add("Group", tx.find(groups, "id", account, owner));
        else if (ownerType === "Role") add("Role", tx.find(roles, "id", account, owner));
        else add("User", tx.find(users, "id", account, owner));
      }
    }
    if (PolicyUsageFilter !== "PermissionsPolicy") {
      for (const user of tx.listBy(users, "boundary", [account, arn])) add("User", user);
      for (const role of tx.listBy(roles, "boundary", [account, arn])) add("Role", role);
    }
    // The page limit is shared by the three lists, in this order (evidence: list-entities-for-policy).
    const order = ["Group", "Role", "User"];
    found.sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type) || (a.id < b.id ? -1 : 1));
    const selection = ["ListEntitiesForPolicy", arn, EntityFilter, PolicyUsageFilter, PathPrefix];
    const { items, paging } = pageOf(found, input, context, selection);
    const of = (type: string) => items.filter((item) => item.type === type);
    return {
      PolicyGroups: of("Group").map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of("User").map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of("Role").map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...paging,
    };
  },
});
