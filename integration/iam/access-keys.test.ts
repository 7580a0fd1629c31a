import assert from "node:assert/strict";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
  type AccessKey,
  type IAMClient,
  type StatusType,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, assume, createRole, createUser, trust } from "../fixtures.ts";
import { asksPermissionOn } from "./authorization.ts";

const UNKNOWN_KEY = "AKIAQAAAAAAAAAAAAAAA";

const noSuchKey = (id: string) => ({
  name: "NoSuchEntityException",
  message: `The Access Key with id ${id} cannot be found.`,
});

const noSuchUser = { name: "NoSuchEntityException", message: "The user with name nobody cannot be found." };

const rootOnly = {
  name: "ValidationError",
  message: "Must specify userName when calling with non-User credentials",
};

describe("access keys", () => {
  const emu = emulator();

  const newUser = (UserName: string, Path?: string) => emu.iam().send(new CreateUserCommand({ UserName, Path }));
  const newKey = async (UserName?: string, iam: IAMClient = emu.iam()): Promise<AccessKey> =>
    (await iam.send(new CreateAccessKeyCommand({ UserName }))).AccessKey!;
  const credentialsOf = (key: AccessKey): Credentials => ({
    accessKeyId: key.AccessKeyId!,
    secretAccessKey: key.SecretAccessKey!,
  });
  const works = (credentials: Credentials) => emu.sts(credentials).send(new GetCallerIdentityCommand({}));
  const isUnknown = (credentials: Credentials) =>
    assert.rejects(works(credentials), {
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid.",
    });
  const setStatus = (key: AccessKey, Status: StatusType) =>
    emu.iam().send(new UpdateAccessKeyCommand({ UserName: key.UserName, AccessKeyId: key.AccessKeyId, Status }));

  /** A session of a role that may do everything. */
  const roleSession = async (name: string) => {
    const user = await createUser(emu, `${name}-user`, { statements: [allow("sts:AssumeRole")] });
    const role = await createRole(emu, name, { trusts: [trust(user.arn)], statements: [allow("iam:*")] });
    return assume(emu, user.credentials, role);
  };

  describe("CreateAccessKey", () => {
    it("answers an active key with its secret, which signs requests of its user", async () => {
      await newUser("ada");
      const key = await newKey("ada");
      assert.match(key.AccessKeyId!, /^AKIA[A-Z2-7]{16}$/);
      assert.match(key.SecretAccessKey!, /^[A-Za-z0-9+/]{40}$/);
      assert.deepEqual(key, {
        UserName: "ada",
        AccessKeyId: key.AccessKeyId,
        Status: "Active",
        SecretAccessKey: key.SecretAccessKey,
        CreateDate: new Date("2026-11-24T12:00:00Z"),
      });
      assert.equal((await works(credentialsOf(key))).Arn, `arn:aws:iam::${emu.server.account}:user/ada`);
    });

    it("finds the user without regard to case and answers the stored name", async () => {
      await newUser("Bella");
      assert.equal((await newKey("bELLA")).UserName, "Bella");
    });

    it("is about the caller where no user is named", async () => {
      const user = await createUser(emu, "carl", { statements: [allow("iam:CreateAccessKey")] });
      assert.equal((await newKey(undefined, emu.iam(user.credentials))).UserName, "carl");
    });

    it("is about root where root names no user", async () => {
      const key = await newKey();
      assert.equal(key.UserName, undefined);
      assert.equal((await works(credentialsOf(key))).Arn, `arn:aws:iam::${emu.server.account}:root`);
      const { AccessKeyMetadata } = await emu.iam().send(new ListAccessKeysCommand({}));
      assert.deepEqual(
        AccessKeyMetadata!.map(({ AccessKeyId }) => AccessKeyId),
        [key.AccessKeyId],
      );
      await emu.iam().send(new DeleteAccessKeyCommand({ AccessKeyId: key.AccessKeyId }));
      await isUnknown(credentialsOf(key));
    });

    it("must be told the user by a role", async () => {
      const iam = emu.iam(await roleSession("creator"));
      await assert.rejects(newKey(undefined, iam), rootOnly);
      await newUser("dora");
      assert.equal((await newKey("dora", iam)).UserName, "dora");
    });

    it("refuses an unknown user", async () => {
      await assert.rejects(newKey("nobody"), noSuchUser);
    });

    it("refuses a third key, also where the others are inactive, until one is deleted", async () => {
      await newUser("emil");
      const first = await newKey("emil");
      await setStatus(first, "Inactive");
      await newKey("emil");
      const third = { name: "LimitExceededException", message: "Cannot exceed quota for AccessKeysPerUser: 2" };
      await assert.rejects(newKey("emil"), third);
      await emu.iam().send(new DeleteAccessKeyCommand({ UserName: "emil", AccessKeyId: first.AccessKeyId }));
      await newKey("emil");
    });

    it("lets one of two win that race for the last free place", async () => {
      await newUser("fritz");
      await newKey("fritz");
      const outcomes = await Promise.allSettled([newKey("fritz"), newKey("fritz"), newKey("fritz")]);
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
    });
  });

  describe("UpdateAccessKey", () => {
    it("switches a key off and on from the next request on", async () => {
      await newUser("gina");
      const key = await newKey("gina");
      await setStatus(key, "Inactive");
      await isUnknown(credentialsOf(key));
      await setStatus(key, "Inactive");
      await setStatus(key, "Active");
      await works(credentialsOf(key));
    });

    it("refuses Expired and leaves the key as it was", async () => {
      await newUser("hans");
      const key = await newKey("hans");
      await assert.rejects(setStatus(key, "Expired"), {
        name: "InvalidInputException",
        message: "Operation does not support status Expired",
      });
      await works(credentialsOf(key));
    });

    it("refuses a key that does not exist, is another user's or is not the caller's", async () => {
      await newUser("ines");
      const other = await newKey("ines");
      const user = await createUser(emu, "jan", { statements: [allow("iam:*")] });
      const update = (iam: IAMClient, AccessKeyId: string, UserName?: string) =>
        iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
      await assert.rejects(update(emu.iam(), UNKNOWN_KEY, "jan"), noSuchKey(UNKNOWN_KEY));
      await assert.rejects(update(emu.iam(), other.AccessKeyId!, "jan"), noSuchKey(other.AccessKeyId!));
      await assert.rejects(update(emu.iam(), other.AccessKeyId!), noSuchKey(other.AccessKeyId!));
      await assert.rejects(update(emu.iam(user.credentials), other.AccessKeyId!), noSuchKey(other.AccessKeyId!));
      await assert.rejects(update(emu.iam(), other.AccessKeyId!, "nobody"), noSuchUser);
      await works(credentialsOf(other));
      await update(emu.iam(user.credentials), user.credentials.accessKeyId);
      await isUnknown(user.credentials);
    });

    it("cannot reach a key of another account", async () => {
      await newUser("kai");
      const key = await newKey("kai");
      const stranger = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
      await stranger.send(new CreateUserCommand({ UserName: "kai" }));
      const update = new UpdateAccessKeyCommand({ UserName: "kai", AccessKeyId: key.AccessKeyId, Status: "Inactive" });
      await assert.rejects(stranger.send(update), noSuchKey(key.AccessKeyId!));
    });
  });

  describe("DeleteAccessKey", () => {
    it("ends a key from the next request on", async () => {
      const user = await createUser(emu, "lena", { statements: [allow("iam:*")] });
      const own = emu.iam(user.credentials);
      await own.send(new DeleteAccessKeyCommand({ AccessKeyId: user.credentials.accessKeyId }));
      await isUnknown(user.credentials);
    });

    it("refuses a key that does not exist, or twice", async () => {
      await newUser("max");
      const key = await newKey("max");
      const remove = (AccessKeyId: string, UserName?: string) =>
        emu.iam().send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
      await assert.rejects(remove(UNKNOWN_KEY, "max"), noSuchKey(UNKNOWN_KEY));
      await assert.rejects(remove(key.AccessKeyId!), noSuchKey(key.AccessKeyId!));
      await remove(key.AccessKeyId!, "max");
      await assert.rejects(remove(key.AccessKeyId!, "max"), noSuchKey(key.AccessKeyId!));
      await assert.rejects(remove(key.AccessKeyId!, "nobody"), noSuchUser);
    });

    it("must be told the user by a role", async () => {
      const iam = emu.iam(await roleSession("deleter"));
      await assert.rejects(iam.send(new DeleteAccessKeyCommand({ AccessKeyId: UNKNOWN_KEY })), rootOnly);
    });
  });

  describe("ListAccessKeys", () => {
    it("answers the keys without their secrets, by id", async () => {
      await newUser("nora");
      const keys = [await newKey("nora"), await newKey("nora")];
      await setStatus(keys[1]!, "Inactive");
      const { AccessKeyMetadata, IsTruncated, Marker } = await emu
        .iam()
        .send(new ListAccessKeysCommand({ UserName: "NORA" }));
      assert.deepEqual(
        AccessKeyMetadata,
        keys
          .map(({ UserName, AccessKeyId, CreateDate }, index) => ({
            UserName,
            AccessKeyId,
            Status: index === 1 ? "Inactive" : "Active",
            CreateDate,
          }))
          .sort((a, b) => (a.AccessKeyId! < b.AccessKeyId! ? -1 : 1)),
      );
      assert.equal(IsTruncated, false);
      assert.equal(Marker, undefined);
    });

    it("answers in pages", async () => {
      await newUser("otto");
      const ids = [(await newKey("otto")).AccessKeyId!, (await newKey("otto")).AccessKeyId!].sort();
      const list = (Marker?: string) =>
        emu.iam().send(new ListAccessKeysCommand({ UserName: "otto", MaxItems: 1, Marker }));
      const first = await list();
      assert.equal(first.IsTruncated, true);
      const second = await list(first.Marker);
      assert.equal(second.IsTruncated, false);
      assert.equal(second.Marker, undefined);
      assert.deepEqual(
        [...first.AccessKeyMetadata!, ...second.AccessKeyMetadata!].map(({ AccessKeyId }) => AccessKeyId),
        ids,
      );
    });

    it("refuses a marker of another user's list, and one that is none", async () => {
      for (const name of ["paul", "paula"]) {
        await newUser(name);
        await newKey(name);
        await newKey(name);
      }
      const list = (UserName: string, Marker?: string) =>
        emu.iam().send(new ListAccessKeysCommand({ UserName, MaxItems: 1, Marker }));
      const { Marker } = await list("paul");
      const invalid = { name: "ValidationError", message: "Invalid Marker." };
      await assert.rejects(list("paula", Marker), invalid);
      await assert.rejects(list("paul", "marker"), invalid);
    });

    it("is about the caller where no user is named, and refuses an unknown one", async () => {
      const user = await createUser(emu, "quin", { statements: [allow("iam:ListAccessKeys")] });
      const { AccessKeyMetadata } = await emu.iam(user.credentials).send(new ListAccessKeysCommand({}));
      assert.deepEqual(
        AccessKeyMetadata!.map(({ AccessKeyId, UserName }) => [AccessKeyId, UserName]),
        [[user.credentials.accessKeyId, "quin"]],
      );
      await assert.rejects(emu.iam().send(new ListAccessKeysCommand({ UserName: "nobody" })), noSuchUser);
    });
  });

  describe("GetAccessKeyLastUsed", () => {
    const lastUsed = (AccessKeyId: string, iam: IAMClient = emu.iam()) =>
      iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));

    it("answers N/A and no date for a key that was never used", async () => {
      await newUser("rita");
      const key = await newKey("rita");
      const { UserName, AccessKeyLastUsed } = await lastUsed(key.AccessKeyId!);
      assert.equal(UserName, "rita");
      assert.deepEqual(AccessKeyLastUsed, { ServiceName: "N/A", Region: "N/A" });
    });

    it("answers when, with which service and in which region a key was used", async () => {
      await newUser("sven");
      const key = await newKey("sven");
      await works(credentialsOf(key));
      assert.deepEqual((await lastUsed(key.AccessKeyId!)).AccessKeyLastUsed, {
        LastUsedDate: new Date("2026-11-24T12:00:00Z"),
        ServiceName: "sts",
        Region: "us-east-1",
      });
    });

    it("names the service of the last use, however soon it came after the one before", async () => {
      await newUser("tom");
      const key = await newKey("tom");
      await works(credentialsOf(key));
      await assert.rejects(emu.iam(credentialsOf(key)).send(new GetUserCommand({})), { name: "AccessDenied" });
      assert.equal((await lastUsed(key.AccessKeyId!)).AccessKeyLastUsed!.ServiceName, "iam");
      await works(credentialsOf(key));
      assert.equal((await lastUsed(key.AccessKeyId!)).AccessKeyLastUsed!.ServiceName, "sts");
    });

    it("counts a use that is refused", async () => {
      await newUser("till");
      const key = await newKey("till");
      await assert.rejects(emu.iam(credentialsOf(key)).send(new GetUserCommand({})), { name: "AccessDenied" });
      assert.equal((await lastUsed(key.AccessKeyId!)).AccessKeyLastUsed!.ServiceName, "iam");
    });

    it("follows the user's name", async () => {
      await newUser("ulla");
      const key = await newKey("ulla");
      await emu.iam().send(new UpdateUserCommand({ UserName: "ulla", NewUserName: "ulrike" }));
      assert.equal((await lastUsed(key.AccessKeyId!)).UserName, "ulrike");
    });

    it("answers no user for a key of root", async () => {
      const key = await newKey();
      assert.equal((await lastUsed(key.AccessKeyId!)).UserName, undefined);
      await emu.iam().send(new DeleteAccessKeyCommand({ AccessKeyId: key.AccessKeyId }));
    });

    it("is refused to everybody, also root, for a key that does not exist, was deleted or is another account's", async () => {
      await newUser("vera");
      const key = await newKey("vera");
      const refusal = (caller: string, id: string) => ({
        name: "AccessDenied",
        message: `User: ${caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${id}`,
      });
      const root = `arn:aws:iam::${emu.server.account}:root`;
      await assert.rejects(lastUsed(UNKNOWN_KEY), refusal(root, UNKNOWN_KEY));
      const stranger = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
      await assert.rejects(
        lastUsed(key.AccessKeyId!, stranger),
        refusal("arn:aws:iam::111122223333:root", key.AccessKeyId!),
      );
      await emu.iam().send(new DeleteAccessKeyCommand({ UserName: "vera", AccessKeyId: key.AccessKeyId }));
      await assert.rejects(lastUsed(key.AccessKeyId!), refusal(root, key.AccessKeyId!));
    });
  });

  describe("permission", () => {
    it("is asked on the stored ARN of the user", async () => {
      await newUser("wanda", "/staff/");
      const arn = `arn:aws:iam::${emu.server.account}:user/staff/wanda`;
      const UserName = "WANDA";
      const { AccessKeyId } = await newKey("wanda");
      await asksPermissionOn(emu, "iam:CreateAccessKey", arn, (iam) =>
        iam.send(new CreateAccessKeyCommand({ UserName })),
      );
      await asksPermissionOn(emu, "iam:ListAccessKeys", arn, (iam) =>
        iam.send(new ListAccessKeysCommand({ UserName })),
      );
      await asksPermissionOn(emu, "iam:GetAccessKeyLastUsed", arn, (iam) =>
        iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId })),
      );
      await asksPermissionOn(emu, "iam:UpdateAccessKey", arn, (iam) =>
        iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" })),
      );
      await asksPermissionOn(emu, "iam:DeleteAccessKey", arn, (iam) =>
        iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })),
      );
    });

    it("is asked on root's ARN for the last use of root's key", async () => {
      const { AccessKeyId } = await newKey();
      const arn = `arn:aws:iam::${emu.server.account}:root`;
      await asksPermissionOn(emu, "iam:GetAccessKeyLastUsed", arn, (iam) =>
        iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId })),
      );
      await emu.iam().send(new DeleteAccessKeyCommand({ AccessKeyId }));
    });
  });
});
