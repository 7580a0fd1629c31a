import { fold } from "../../data/entities/accounts.ts";
import { serviceCredentials, signingCertificates, sshPublicKeys } from "../../data/entities/certificates.ts";
import { mfaDevices } from "../../data/entities/mfa.ts";
import { attachments, inlinePolicies } from "../../data/entities/policies.ts";
import { lastUses } from "../../data/entities/reports.ts";
import { accessKeys, loginProfiles, memberships, users, type User } from "../../data/entities/users.ts";
import { uniqueId } from "../../data/ids.ts";
import type { Collection } from "../../data/store.ts";
import { rootArn, userArn } from "../arns.ts";
import { boundaryKeys, existingBoundary, shownBoundary } from "../permissions-boundary.ts";
import { DeleteConflict, EntityAlreadyExists, NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context, type Input, type Resource } from "../operation.ts";
import { page } from "../paging.ts";
import { withPath } from "../paths.ts";
import { createPermissions, newTags, requestTagKeys, sortedTags } from "../tags.ts";
import { listTagsOfResource, tagResource, untagResource, type TaggedKind } from "../tag-operations.ts";
import { existingAccount } from "./account.ts";
import { checkQuota } from "../quotas.ts";

/** The user with this name, in any case of letters. */
export const findUser = (name: string, { tx, account }: Pick<Context, "tx" | "account">): User | undefined =>
  tx.get(users, account, fold(name));

/** The user with this name, in any case of letters; NoSuchEntity if there is none. */
export function existingUser(name: string, context: Pick<Context, "tx" | "account">): User {
  const user = findUser(name, context);
  if (!user) throw NoSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

/** The user of an operation: the named one, else the caller. Root and role sessions have no user of their own. */
export function namedUserOrCaller(name: string | undefined, context: Context): User {
  if (name !== undefined) return existingUser(name, context);
  const { principal } = context.caller;
  if (principal.type !== "user") throw ValidationError("Must specify userName when calling with non-User credentials");
  return existingUser(principal.name, context);
}

/** The owner of keys or certificates: a user, or the account's root, which has no user name. */
export interface CredentialOwner {
  readonly id: string;
  readonly name?: string;
}

/**
 * The named user, else the caller, who can be root here (API reference, "CreateAccessKey", "UploadSigningCertificate").
 */
export function namedOwnerOrCaller(name: string | undefined, context: Context): CredentialOwner {
  if (name === undefined && context.caller.principal.type === "root") return { id: context.account };
  return namedUserOrCaller(name, context);
}

/**
 * The resource of a permission: the stored ARN of the named user (else of the caller), with its tags. A user that does
 * not exist is refused, or reported missing, under its ARN without a path.
 */
export function userResource(name: string | undefined, context: Context): Resource {
  const { account, caller } = context;
  if (name === undefined && caller.principal.type === "root") return { arn: rootArn(account) };
  const wanted = name ?? (caller.principal.type === "user" ? caller.principal.name : "");
  const user = findUser(wanted, context);
  return user ? resourceOf(user) : { arn: userArn(account, wanted) };
}

export const resourceOf = (user: User): Resource => ({ arn: arnOf(user), tags: user.tags });

const arnOf = (user: User): string => userArn(user.account, user.name, user.path);

/**
 * The members that every operation shows of a user; lists show only these and PasswordLastUsed
 * (evidence: list-user-members).
 */
export const toUser = (user: User, context: Context) => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: arnOf(user),
  CreateDate: new Date(user.createdAt),
  ...shownPasswordUse(user.id, context),
});

/** To be spread into the user or root that is shown; `owner` is a user's unique id, or root's account. */
export function shownPasswordUse(owner: string, { tx }: Context) {
  const use = tx.get(lastUses, `password:${owner}`);
  return use && { PasswordLastUsed: new Date(use.at) };
}

const toUserWithDetails = (user: User, context: Context) => ({
  ...toUser(user, context),
  ...shownBoundary(user.boundary),
  ...(user.tags.length > 0 && { Tags: [...user.tags] }),
});

export const CreateUser = operation("CreateUser", {
  permissions(input, { account }) {
    const resource = { arn: userArn(account, input.UserName!, input.Path) };
    const keys = { ...requestTagKeys(input.Tags), ...boundaryKeys(input.PermissionsBoundary) };
    return createPermissions({ action: "iam:CreateUser", resource, keys }, "iam:TagUser", input.Tags);
  },
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    const tags = newTags(input.Tags, "insensitive", context);
    const name = input.UserName!;
    if (findUser(name, context)) throw EntityAlreadyExists(`User with name ${name} already exists.`);
    checkQuota("UsersPerAccount", tx.count(users, account) + 1, settings.quotas);
    const user: User = {
      account,
      name,
      path: input.Path ?? "/",
      id: uniqueId("AIDA", account, random),
      createdAt: now,
      tags,
      ...(input.PermissionsBoundary !== undefined && {
        boundary: existingBoundary(input.PermissionsBoundary, "User", context),
      }),
    };
    tx.put(users, user);
    return { User: toUserWithDetails(user, context) };
  },
});

export const GetUser = operation("GetUser", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { caller, account } = context;
    if (input.UserName === undefined && caller.principal.type === "root") {
      // Root has an id, an ARN and dates, but neither name nor path (evidence: user-root).
      const CreateDate = new Date(existingAccount(context).createdAt);
      const root = { Path: undefined, UserName: undefined, UserId: account, Arn: rootArn(account), CreateDate };
      return { User: { ...root, ...shownPasswordUse(account, context) } };
    }
    const user = namedUserOrCaller(input.UserName, context);
    return {
      User: { ...toUserWithDetails(user, context), ...(user.tags.length > 0 && { Tags: sortedTags(user.tags) }) },
    };
  },
});

export const ListUsers = operation("ListUsers", {
  resource: (input, { account }) => ({ arn: userArn(account, "", input.PathPrefix) }),
  handle(input, context) {
    const { tx, account } = context;
    const prefix = input.PathPrefix ?? "/";
    const { items, paging } = page(
      input,
      context,
      ["ListUsers", prefix],
      (after) => withPath(tx.list(users, [account], after && [account, ...after]), prefix),
      (user) => [fold(user.name)],
    );
    return { Users: items.map((user) => toUser(user, context)), ...paging };
  },
});

export const UpdateUser = operation("UpdateUser", {
  // On the user as it is and, if name or path change, as it will be (API reference, "UpdateUser").
  permissions(input, context) {
    const user = findUser(input.UserName!, context);
    const before = userResource(input.UserName, context);
    const after = user ? resourceOf(renamed(user, input)) : before;
    const resources = after.arn === before.arn ? [before] : [before, after];
    return resources.map((resource) => ({ action: "iam:UpdateUser", resource }));
  },
  handle(input, context) {
    const { tx, account } = context;
    const user = existingUser(input.UserName!, context);
    const updated = renamed(user, input);
    if (fold(updated.name) !== fold(user.name) && findUser(updated.name, context)) {
      throw EntityAlreadyExists(`User with name ${updated.name} already exists.`);
    }
    tx.delete(users, account, fold(user.name));
    tx.put(users, updated);
  },
});

const renamed = (user: User, { NewUserName, NewPath }: Input<"UpdateUser">): User => ({
  ...user,
  name: NewUserName ?? user.name,
  path: NewPath ?? user.path,
});

// AWS is known to report MFA devices before access keys; the rest of its order is not known
// (evidence: user-delete-order).
const BELONGINGS: readonly [Collection<never>, string | undefined, string][] = [
  [mfaDevices, "owner", "must remove tokens from principal first."],
  [accessKeys, "owner", "must delete access keys first."],
  [loginProfiles, undefined, "must delete login profile first."],
  [memberships, "user", "must remove users from group first."],
  [attachments, undefined, "must detach all policies first."],
  [inlinePolicies, undefined, "must delete policies first."],
  [signingCertificates, "owner", "must delete certificates first."],
  [sshPublicKeys, "owner", "must remove referenced objects first."],
  [serviceCredentials, "owner", "must remove referenced objects first."],
];

export const DeleteUser = operation("DeleteUser", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { tx, account } = context;
    const user = existingUser(input.UserName!, context);
    for (const [belongings, index, remedy] of BELONGINGS) {
      const owned: Iterable<unknown> = index
        ? tx.listBy(belongings, index, [account, user.id])
        : tx.list(belongings, [account, user.id]);
      for (const _ of owned) throw DeleteConflict(`Cannot delete entity, ${remedy}`);
    }
    tx.delete(users, account, fold(user.name));
    tx.delete(lastUses, `password:${user.id}`);
  },
});

const TAGGED: TaggedKind<User, "UserName"> = {
  member: "UserName",
  tagCase: "insensitive",
  collection: users,
  existing: existingUser,
  resource: userResource,
};

export const TagUser = operation("TagUser", tagResource(TAGGED));
export const UntagUser = operation("UntagUser", untagResource(TAGGED));
export const ListUserTags = operation("ListUserTags", listTagsOfResource(TAGGED));
