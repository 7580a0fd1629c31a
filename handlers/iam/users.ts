import { accessKeys, fold, inlinePolicies, loginProfiles, mfaDevices, lastUses, users, type User } from "../../data/entities.ts";
import { uniqueId } from "../../data/ids.ts";
import type { Collection, Key } from "../../data/store.ts";
import { rootArn, userArn } from "../arns.ts";
import { DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { page, pageOf } from "../paging.ts";
import { newTags, requestTagKeys, sortedTags, untagKeys, withoutTags, withTags } from "../tags.ts";

/** The user of that name, without regard to case; NoSuchEntity where there is none. */
export function existingUser(name: string, { tx, account }: Context): User {
  const user = tx.get(users, account, fold(name));
  if (!user) throw NoSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

/**
 * The user an operation is about: the named one, else the caller. Root and role sessions have no user to fall back on.
 */
export function namedUserOrCaller(name: string | undefined, context: Context): User {
  if (name !== undefined) return existingUser(name, context);
  const { principal } = context.caller;
  if (principal.type !== "user") throw ValidationError("Must specify userName when calling with non-User credentials");
  return existingUser(principal.name, context);
}

/**
 * What permission is asked on: the stored ARN of the named user (else of the caller), with its tags. A user that does
 * not exist is refused or found missing under the ARN it would have without a path.
 */
export function userResource(name: string | undefined, { tx, account, caller }: Context): Resource {
  const wanted = name ?? (caller.principal.type === "user" ? caller.principal.name : "");
  const user = tx.get(users, account, fold(wanted));
  return user ? { arn: arnOf(user), tags: user.tags } : { arn: userArn(account, wanted) };
}

const arnOf = (user: User): string => userArn(user.account, user.name, user.path);

/** What every operation shows of a user; lists show no more than this and PasswordLastUsed (facts: aws-iam 4.1). */
export function toUser(user: User, { tx }: Context) {
  const passwordUse = tx.get(lastUses, `password:${user.id}`);
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: arnOf(user),
    CreateDate: new Date(user.createdAt),
    ...(passwordUse && { PasswordLastUsed: new Date(passwordUse.at) }),
  };
}

const toUserWithDetails = (user: User, context: Context) => ({
  ...toUser(user, context),
  ...(user.boundary !== undefined && {
    PermissionsBoundary: { PermissionsBoundaryType: "Policy" as never, PermissionsBoundaryArn: user.boundary },
  }),
  ...(user.tags.length > 0 && { Tags: [...user.tags] }),
});

export const CreateUser = operation("CreateUser", {
  resource: (input, { account }) => ({ arn: userArn(account, input.UserName!, input.Path) }),
  keys: (input) => ({
    ...requestTagKeys(input.Tags),
    ...(input.PermissionsBoundary !== undefined && { "iam:PermissionsBoundary": input.PermissionsBoundary }),
  }),
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    const tags = newTags(input.Tags, "insensitive", context);
    const name = input.UserName!;
    if (tx.get(users, account, fold(name))) throw EntityAlreadyExists(`User with name ${name} already exists.`);
    if (tx.count(users, account) >= settings.quotas.UsersPerAccount) {
      throw LimitExceeded(`Cannot exceed quota for UsersPerAccount: ${settings.quotas.UsersPerAccount}`);
    }
    const user: User = {
      account,
      name,
      path: input.Path ?? "/",
      id: uniqueId("AIDA", account, random),
      createdAt: now,
      tags,
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
      // Root has an id, an ARN and a date, but neither name nor path (facts: aws-iam 5).
      return { User: { UserId: account, Arn: rootArn(account), CreateDate: new Date(accountCreatedAt(context)) } as never };
    }
    const user = namedUserOrCaller(input.UserName, context);
    return { User: { ...toUserWithDetails(user, context), ...(user.tags.length > 0 && { Tags: sortedTags(user.tags) }) } };
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
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { tx, account } = context;
    const user = existingUser(input.UserName!, context);
    const name = input.NewUserName ?? user.name;
    if (fold(name) !== fold(user.name) && tx.get(users, account, fold(name))) {
      throw EntityAlreadyExists(`User with name ${name} already exists.`);
    }
    tx.delete(users, account, fold(user.name));
    tx.put(users, { ...user, name, path: input.NewPath ?? user.path });
  },
});

// In which order AWS looks is not known, but for tokens before keys (facts: aws-more 13.7).
const BELONGINGS: readonly [Collection<never>, string | undefined, string][] = [
  [mfaDevices, "owner", "must remove tokens from principal first."],
  [accessKeys, "owner", "must delete access keys first."],
  [loginProfiles, undefined, "must delete login profile first."],
  [inlinePolicies, undefined, "must delete policies first."],
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
  },
});

export const TagUser = operation("TagUser", {
  resource: (input, context) => userResource(input.UserName, context),
  keys: (input) => requestTagKeys(input.Tags),
  handle(input, context) {
    const user = existingUser(input.UserName!, context);
    context.tx.put(users, { ...user, tags: withTags(user.tags, input.Tags!, "insensitive", context) });
  },
});

export const UntagUser = operation("UntagUser", {
  resource: (input, context) => userResource(input.UserName, context),
  keys: (input) => untagKeys(input.TagKeys),
  handle(input, context) {
    const user = existingUser(input.UserName!, context);
    context.tx.put(users, { ...user, tags: withoutTags(user.tags, input.TagKeys!, "insensitive") });
  },
});

export const ListUserTags = operation("ListUserTags", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const user = existingUser(input.UserName!, context);
    const { items, paging } = pageOf(sortedTags(user.tags), input, context, ["ListUserTags", user.id]);
    return { Tags: items, ...paging };
  },
});
