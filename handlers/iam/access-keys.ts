import { lastUses } from "../../data/entities/reports.ts";
import { accessKeys, users, type AccessKey, type User } from "../../data/entities/users.ts";
import { accessKeyId, secretAccessKey } from "../../data/ids.ts";
import { rootArn } from "../arns.ts";
import { AccessDenied, NoSuchEntity } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { page } from "../paging.ts";
import { namedOwnerOrCaller, resourceOf, userResource, type CredentialOwner } from "./users.ts";
import { checkQuota } from "../quotas.ts";
import { settableStatus } from "./credential-status.ts";

const keysOf = (owner: CredentialOwner, { tx, account }: Context): AccessKey[] => [
  ...tx.listBy(accessKeys, "owner", [account, owner.id]),
];

/** The account's access key with this id, whoever owns it. */
function findAccessKey(id: string, { tx, account }: Context): AccessKey | undefined {
  const key = tx.get(accessKeys, id);
  return key?.account === account ? key : undefined;
}

/** The owner's access key with this id; NoSuchEntity also if somebody else owns it. */
function existingAccessKey(id: string, owner: CredentialOwner, context: Context): AccessKey {
  const key = findAccessKey(id, context);
  if (key?.owner !== owner.id) throw NoSuchEntity(`The Access Key with id ${id} cannot be found.`);
  return key;
}

const toAccessKeyMetadata = (key: AccessKey, owner: CredentialOwner) => ({
  UserName: owner.name,
  AccessKeyId: key.id,
  Status: key.status,
  CreateDate: new Date(key.createdAt),
});

export const CreateAccessKey = operation("CreateAccessKey", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    const owner = namedOwnerOrCaller(input.UserName, context);
    checkQuota("AccessKeysPerUser", keysOf(owner, context).length + 1, settings.quotas);
    const key: AccessKey = {
      account,
      id: accessKeyId("AKIA", account, random),
      secret: secretAccessKey(random),
      owner: owner.id,
      status: "Active",
      createdAt: now,
    };
    tx.put(accessKeys, key);
    return { AccessKey: { ...toAccessKeyMetadata(key, owner), SecretAccessKey: key.secret } };
  },
});

export const UpdateAccessKey = operation("UpdateAccessKey", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const status = settableStatus(input.Status!);
    const key = existingAccessKey(input.AccessKeyId!, namedOwnerOrCaller(input.UserName, context), context);
    context.tx.put(accessKeys, { ...key, status });
  },
});

export const DeleteAccessKey = operation("DeleteAccessKey", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const key = existingAccessKey(input.AccessKeyId!, namedOwnerOrCaller(input.UserName, context), context);
    context.tx.delete(accessKeys, key.id);
    context.tx.delete(lastUses, key.id);
  },
});

export const ListAccessKeys = operation("ListAccessKeys", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const owner = namedOwnerOrCaller(input.UserName, context);
    const { items, paging } = page(
      input,
      context,
      ["ListAccessKeys", owner.id],
      (after) => keysOf(owner, context).filter(({ id }) => after === undefined || id > after[0]!),
      ({ id }) => [id],
    );
    return { AccessKeyMetadata: items.map((key) => toAccessKeyMetadata(key, owner)), ...paging };
  },
});

export const GetAccessKeyLastUsed = operation("GetAccessKeyLastUsed", {
  permissions(input, context) {
    const key = findAccessKey(input.AccessKeyId!, context);
    if (!key) return [];
    const user = userOf(key, context);
    const resource = user ? resourceOf(user) : { arn: rootArn(key.account) };
    return [{ action: "iam:GetAccessKeyLastUsed", resource }];
  },
  handle(input, context) {
    const id = input.AccessKeyId!;
    const key = findAccessKey(id, context);
    if (!key) {
      // AWS refuses this whatever the caller may do, and without the usual colon (evidence: key-last-used-unknown).
      throw AccessDenied(
        `User: ${context.caller.arn} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${id}`,
        `There is no access key ${id}.`,
      );
    }
    const use = context.tx.get(lastUses, id);
    return {
      UserName: userOf(key, context)?.name,
      AccessKeyLastUsed: use
        ? { LastUsedDate: new Date(use.at), ServiceName: use.service, Region: use.region }
        : { LastUsedDate: undefined, ServiceName: "N/A", Region: "N/A" },
    };
  },
});

/** The user who owns the key; undefined for root's. */
const userOf = (key: AccessKey, { tx }: Context): User | undefined => tx.find(users, "id", key.account, key.owner);
