import { sshPublicKeys, type SshPublicKey } from "../../data/entities/certificates.ts";
import { sshPublicKeyId } from "../../data/ids.ts";
import { DuplicateSSHPublicKey, NoSuchEntity } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { page } from "../paging.ts";
import { fingerprint, readPublicKey, toLine, toPem } from "./ssh-wire.ts";
import { existingUser, namedUserOrCaller, userResource } from "./users.ts";
import { checkQuota } from "../quotas.ts";
import { settableStatus } from "./credential-status.ts";

/**
 * The user with this name, who must exist, and the user's key with this id; NoSuchEntity has two texts
 * (evidence: ssh-key-missing).
 */
function existingKey(userName: string, id: string, context: Context) {
  const user = existingUser(userName, context);
  const key = context.tx.get(sshPublicKeys, context.account, id);
  if (!key) throw NoSuchEntity(`The Public Key with id ${id} cannot be found.`);
  if (key.owner !== user.id) throw NoSuchEntity(`User has no Public Key with id ${id}.`);
  return { user, key };
}

const keysOf = (owner: string, { tx, account }: Context): SshPublicKey[] => [
  ...tx.listBy(sshPublicKeys, "owner", [account, owner]),
];

/** The members in lists: neither body nor fingerprint (evidence: list-credential-members). */
const toMetadata = (key: SshPublicKey, userName: string) => ({
  UserName: userName,
  SSHPublicKeyId: key.id,
  Status: key.status,
  UploadDate: new Date(key.uploadedAt),
});

const toPublicKey = (key: SshPublicKey, userName: string, body: string) => ({
  ...toMetadata(key, userName),
  Fingerprint: fingerprint(Buffer.from(key.blob, "base64")),
  SSHPublicKeyBody: body,
});

export const UploadSSHPublicKey = operation("UploadSSHPublicKey", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    const user = existingUser(input.UserName!, context);
    const blob = readPublicKey(input.SSHPublicKeyBody!).toString("base64");
    const keys = keysOf(user.id, context);
    if (keys.some((key) => key.blob === blob)) throw DuplicateSSHPublicKey("Duplicate SSH public key uploaded.");
    checkQuota("SSHPublicKeysPerUser", keys.length + 1, settings.quotas);
    const key: SshPublicKey = {
      account,
      id: sshPublicKeyId(account, random),
      owner: user.id,
      blob,
      status: "Active",
      uploadedAt: now,
    };
    tx.put(sshPublicKeys, key);
    return { SSHPublicKey: toPublicKey(key, user.name, input.SSHPublicKeyBody!) };
  },
});

export const GetSSHPublicKey = operation("GetSSHPublicKey", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { user, key } = existingKey(input.UserName!, input.SSHPublicKeyId!, context);
    const blob = Buffer.from(key.blob, "base64");
    const body = input.Encoding === "PEM" ? toPem(blob) : toLine(blob);
    return { SSHPublicKey: toPublicKey(key, user.name, body) };
  },
});

export const UpdateSSHPublicKey = operation("UpdateSSHPublicKey", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const status = settableStatus(input.Status!);
    const { key } = existingKey(input.UserName!, input.SSHPublicKeyId!, context);
    context.tx.put(sshPublicKeys, { ...key, status });
  },
});

export const DeleteSSHPublicKey = operation("DeleteSSHPublicKey", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { key } = existingKey(input.UserName!, input.SSHPublicKeyId!, context);
    context.tx.delete(sshPublicKeys, key.account, key.id);
  },
});

export const ListSSHPublicKeys = operation("ListSSHPublicKeys", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const user = namedUserOrCaller(input.UserName, context);
    const { items, paging } = page(
      input,
      context,
      ["ListSSHPublicKeys", user.id],
      (after) => keysOf(user.id, context).filter(({ id }) => after === undefined || id > after[0]!),
      ({ id }) => [id],
    );
    return { SSHPublicKeys: items.map((key) => toMetadata(key, user.name)), ...paging };
  },
});
