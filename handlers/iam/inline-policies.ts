import { fold } from "../../data/entities/accounts.ts";
import { inlinePolicies, type InlinePolicy } from "../../data/entities/policies.ts";
import { boundaryKeys } from "../permissions-boundary.ts";
import { encodedDocument } from "../documents.ts";
import { LimitExceeded, NoSuchEntity } from "../errors.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { page } from "../paging.ts";
import { policySize } from "../../policy/document.ts";
import { parsePolicy } from "../policy-documents.ts";
import type { Quotas } from "../quotas.ts";
import { existingGroup, groupResource } from "./groups.ts";
import { existingRole, findRole, modifiableRole, roleResource } from "./roles.ts";
import { existingUser, findUser, userResource } from "./users.ts";

/** A kind of entity that can have inline policies. */
interface OwnerKind<M extends string> {
  /** The member of inputs and outputs that names the owner. */
  readonly member: M;
  /** Its name in AWS's messages. */
  readonly noun: string;
  readonly quota: keyof Quotas;
  existing(name: string, context: Context): Owner;
  /** The same for changing its policies, which not every owner allows. */
  modifiable(name: string, context: Context): Owner;
  resource(name: string, context: Context): Resource;
  /** The permissions boundary of the owner, if it exists and has one. */
  boundary(name: string, context: Context): string | undefined;
}

interface Owner {
  readonly id: string;
  readonly name: string;
}

const USER: OwnerKind<"UserName"> = {
  member: "UserName",
  noun: "user",
  quota: "InlinePolicySizePerUser",
  existing: existingUser,
  modifiable: existingUser,
  resource: userResource,
  boundary: (name, context) => findUser(name, context)?.boundary,
};

const ROLE: OwnerKind<"RoleName"> = {
  member: "RoleName",
  noun: "role",
  quota: "InlinePolicySizePerRole",
  existing: existingRole,
  modifiable: modifiableRole,
  resource: roleResource,
  boundary: (name, context) => findRole(name, context)?.boundary,
};

const GROUP: OwnerKind<"GroupName"> = {
  member: "GroupName",
  noun: "group",
  quota: "InlinePolicySizePerGroup",
  existing: existingGroup,
  modifiable: existingGroup,
  resource: groupResource,
  boundary: () => undefined,
};

export const PutUserPolicy = operation("PutUserPolicy", putPolicy(USER));
export const PutRolePolicy = operation("PutRolePolicy", putPolicy(ROLE));
export const PutGroupPolicy = operation("PutGroupPolicy", putPolicy(GROUP));

export const GetUserPolicy = operation("GetUserPolicy", getPolicy(USER));
export const GetRolePolicy = operation("GetRolePolicy", getPolicy(ROLE));
export const GetGroupPolicy = operation("GetGroupPolicy", getPolicy(GROUP));

export const DeleteUserPolicy = operation("DeleteUserPolicy", deletePolicy(USER));
export const DeleteRolePolicy = operation("DeleteRolePolicy", deletePolicy(ROLE));
export const DeleteGroupPolicy = operation("DeleteGroupPolicy", deletePolicy(GROUP));

export const ListUserPolicies = operation("ListUserPolicies", listPolicies(USER));
export const ListRolePolicies = operation("ListRolePolicies", listPolicies(ROLE));
export const ListGroupPolicies = operation("ListGroupPolicies", listPolicies(GROUP));

type Naming<M extends string> = { readonly [K in M]?: string | undefined };
type NamingPolicy<M extends string> = Naming<M> & { readonly PolicyName?: string | undefined };

function putPolicy<M extends string>(kind: OwnerKind<M>) {
  return {
    ...onOwnerWithBoundary(kind),
    handle(input: NamingPolicy<M> & { readonly PolicyDocument?: string | undefined }, context: Context) {
      const { tx, account } = context;
      const document = input.PolicyDocument!;
      parsePolicy(document, "inline");
      const owner = kind.modifiable(input[kind.member]!, context);
      // A name in other letter case finds the policy, which keeps its first spelling (evidence: id-inline-policy-case).
      const name = findPolicy(owner, input.PolicyName!, context)?.name ?? input.PolicyName!;
      checkQuota(kind, owner, name, document, context);
      tx.put(inlinePolicies, { account, owner: owner.id, name, document });
    },
  };
}

/**
 * The quota is for all policies of the owner together, without the one that is replaced
 * (evidence: quota-inline-policies).
 */
function checkQuota(kind: OwnerKind<string>, owner: Owner, name: string, document: string, context: Context): void {
  const { tx, account, settings } = context;
  const quota = settings.quotas[kind.quota];
  let size = policySize(document);
  for (const other of tx.list(inlinePolicies, [account, owner.id])) {
    if (other.name !== name) size += policySize(other.document);
  }
  if (size > quota) {
    throw LimitExceeded(`Maximum policy size of ${quota} bytes exceeded for ${kind.noun} ${owner.name}`);
  }
}

function getPolicy<M extends string>(kind: OwnerKind<M>) {
  return {
    ...onOwner(kind),
    handle(input: NamingPolicy<M>, context: Context) {
      const owner = kind.existing(input[kind.member]!, context);
      const { document } = existingPolicy(kind, owner, input.PolicyName!, context);
      return {
        ...({ [kind.member]: owner.name } as Record<M, string>),
        PolicyName: input.PolicyName!,
        PolicyDocument: encodedDocument(document),
      };
    },
  };
}

function deletePolicy<M extends string>(kind: OwnerKind<M>) {
  return {
    ...onOwnerWithBoundary(kind),
    handle(input: NamingPolicy<M>, context: Context) {
      const { tx, account } = context;
      const owner = kind.modifiable(input[kind.member]!, context);
      const { name } = existingPolicy(kind, owner, input.PolicyName!, context);
      tx.delete(inlinePolicies, account, owner.id, fold(name));
    },
  };
}

function listPolicies<M extends string>(kind: OwnerKind<M>) {
  return {
    ...onOwner(kind),
    handle(
      input: Naming<M> & { readonly MaxItems?: number | undefined; readonly Marker?: string | undefined },
      context: Context,
    ) {
      const { tx, account } = context;
      const owner = kind.existing(input[kind.member]!, context);
      const { items, paging } = page(
        input,
        context,
        ["inline policies", owner.id],
        (after) => tx.list(inlinePolicies, [account, owner.id], after && [account, owner.id, ...after]),
        ({ name }) => [fold(name)],
      );
      return { PolicyNames: items.map(({ name }) => name), ...paging };
    },
  };
}

function onOwner<M extends string>(kind: OwnerKind<M>) {
  return { resource: (input: Naming<M>, context: Context) => kind.resource(input[kind.member]!, context) };
}

function onOwnerWithBoundary<M extends string>(kind: OwnerKind<M>) {
  return {
    ...onOwner(kind),
    keys: (input: Naming<M>, context: Context) => boundaryKeys(kind.boundary(input[kind.member]!, context)),
  };
}

const findPolicy = (owner: Owner, name: string, { tx, account }: Context): InlinePolicy | undefined =>
  tx.get(inlinePolicies, account, owner.id, fold(name));

/** The owner's policy with this name, in any case of letters; NoSuchEntity if there is none. */
function existingPolicy(kind: OwnerKind<string>, owner: Owner, name: string, context: Context): InlinePolicy {
  const policy = findPolicy(owner, name, context);
  if (!policy) throw NoSuchEntity(`The ${kind.noun} policy with name ${name} cannot be found.`);
  return policy;
}
