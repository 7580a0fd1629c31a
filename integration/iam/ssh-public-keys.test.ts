import assert from "node:assert/strict";
import {
  CreateUserCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  GetSSHPublicKeyCommand,
  ListSSHPublicKeysCommand,
  paginateListSSHPublicKeys,
  UpdateSSHPublicKeyCommand,
  UpdateUserCommand,
  UploadSSHPublicKeyCommand,
  type EncodingType,
  type IAMClient,
  type StatusType,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { asksPermissionOn } from "./authorization.ts";
import { sshPublicKey, type SshPublicKey } from "./ssh-keys.ts";

const UNKNOWN_ID = "APKAQAAAAAAAAAAAAAAA";
const unknown = (id: string) => ({
  name: "NoSuchEntityException",
  message: `The Public Key with id ${id} cannot be found.`,
});
const notTheirs = (id: string) => ({ name: "NoSuchEntityException", message: `User has no Public Key with id ${id}.` });
const noUser = { name: "NoSuchEntityException", message: "The user with name nobody cannot be found." };

describe("SSH public keys", () => {
  const emu = emulator();
  // Making keys takes time.
  const [first, second, third, ...others] = Array.from({ length: 7 }, () => sshPublicKey()) as [
    SshPublicKey,
    SshPublicKey,
    SshPublicKey,
    ...SshPublicKey[],
  ];

  const newUser = (UserName: string, Path?: string) => emu.iam().send(new CreateUserCommand({ UserName, Path }));
  const upload = async (UserName: string, SSHPublicKeyBody: string, iam: IAMClient = emu.iam()) =>
    (await iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }))).SSHPublicKey!;
  const get = async (UserName: string, SSHPublicKeyId: string, Encoding: EncodingType = "SSH") =>
    (await emu.iam().send(new GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding }))).SSHPublicKey!;
  const setStatus = (UserName: string, SSHPublicKeyId: string, Status: StatusType) =>
    emu.iam().send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status }));
  const remove = (UserName: string, SSHPublicKeyId: string) =>
    emu.iam().send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }));
  const list = async (UserName?: string, iam: IAMClient = emu.iam()) =>
    (await iam.send(new ListSSHPublicKeysCommand({ UserName }))).SSHPublicKeys!;

  describe("UploadSSHPublicKey", () => {
    it("answers the key as it was sent, with its fingerprint", async () => {
      await newUser("Ada");
      const body = `${first.line} ada@example.com\n`;
      const key = await upload("ADA", body);
      assert.match(key.SSHPublicKeyId!, /^APKA[A-Z2-7]{16}$/);
      assert.match(key.Fingerprint!, /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
      assert.deepEqual(key, {
        UserName: "Ada",
        SSHPublicKeyId: key.SSHPublicKeyId,
        Fingerprint: key.Fingerprint,
        SSHPublicKeyBody: body,
        Status: "Active",
        UploadDate: new Date("2026-11-24T12:00:00Z"),
      });
    });

    it("refuses the same key again in either form, but not another user's", async () => {
      await newUser("bea");
      await newUser("bert");
      const { Fingerprint } = await upload("bea", first.line);
      for (const body of [first.line, `${first.line} comment`, first.pem]) {
        await assert.rejects(upload("bea", body), {
          name: "DuplicateSSHPublicKeyException",
          message: "Duplicate SSH public key uploaded.",
        });
      }
      assert.equal((await upload("bert", first.pem)).Fingerprint, Fingerprint);
    });

    it("refuses what is no key, and keys that are too small", async () => {
      await newUser("carl");
      await assert.rejects(upload("carl", "nonsense"), {
        name: "UnrecognizedPublicKeyEncodingException",
        message: "Invalid public key uploaded.",
      });
      const small = sshPublicKey(1024);
      for (const body of [small.line, small.pem]) {
        await assert.rejects(upload("carl", body), {
          name: "InvalidPublicKeyException",
          message: "Invalid body for public key",
        });
      }
      assert.deepEqual(await list("carl"), []);
    });

    it("refuses a sixth key, and lets one of two win that race for the fifth place", async () => {
      await newUser("dora");
      for (const { line } of [first, second, third, others[0]!]) await upload("dora", line);
      const race = await Promise.allSettled([others[1]!, others[2]!].map(({ line }) => upload("dora", line)));
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(upload("dora", others[3]!.line), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for SSHPublicKeysPerUser: 5",
      });
    });

    it("refuses an unknown user, before it looks at the key", async () => {
      await assert.rejects(upload("nobody", "nonsense"), noUser);
    });
  });

  describe("GetSSHPublicKey", () => {
    it("answers a line without a comment, or PEM with a line end, whichever form was sent", async () => {
      await newUser("emil");
      const one = await upload("emil", `${first.line} comment`);
      const two = await upload("emil", second.pem);
      for (const [uploaded, { line, pem }] of [
        [one, first],
        [two, second],
      ] as const) {
        const id = uploaded.SSHPublicKeyId!;
        assert.deepEqual(await get("EMIL", id, "SSH"), { ...uploaded, SSHPublicKeyBody: line });
        assert.deepEqual(await get("emil", id, "PEM"), { ...uploaded, SSHPublicKeyBody: pem });
      }
    });

    it("refuses other encodings, with regard to case", async () => {
      await assert.rejects(get("emil", UNKNOWN_ID, "ssh" as EncodingType), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'encoding' failed to satisfy constraint: Member must satisfy enum value set: [SSH, PEM]",
      });
    });
  });

  describe("a key", () => {
    it("can be switched off and on, but not be made to expire", async () => {
      await newUser("fritz");
      const id = (await upload("fritz", first.line)).SSHPublicKeyId!;
      await setStatus("fritz", id, "Inactive");
      assert.equal((await get("fritz", id)).Status, "Inactive");
      await setStatus("fritz", id, "Active");
      await assert.rejects(setStatus("fritz", id, "Expired"), {
        name: "InvalidInputException",
        message: "Operation does not support status Expired",
      });
      assert.equal((await get("fritz", id)).Status, "Active");
    });

    it("is deleted once, and can be uploaded again under another id", async () => {
      await newUser("gina");
      const id = (await upload("gina", first.line)).SSHPublicKeyId!;
      await remove("gina", id);
      await assert.rejects(remove("gina", id), unknown(id));
      assert.notEqual((await upload("gina", first.line)).SSHPublicKeyId, id);
    });

    it("of another user is refused in other words than an unknown one", async () => {
      await newUser("hans");
      await newUser("hanna");
      const id = (await upload("hans", first.line)).SSHPublicKeyId!;
      const operations = [get, (user: string, key: string) => setStatus(user, key, "Inactive"), remove];
      for (const send of operations) {
        await assert.rejects(send("hanna", id), notTheirs(id));
        await assert.rejects(send("hanna", UNKNOWN_ID), unknown(UNKNOWN_ID));
        await assert.rejects(send("nobody", id), noUser);
      }
    });

    it("follows its user's name, and keeps the user from being deleted", async () => {
      await newUser("ines");
      const id = (await upload("ines", first.line)).SSHPublicKeyId!;
      await emu.iam().send(new UpdateUserCommand({ UserName: "ines", NewUserName: "inga" }));
      assert.equal((await get("inga", id)).UserName, "inga");
      const deleteUser = () => emu.iam().send(new DeleteUserCommand({ UserName: "inga" }));
      await assert.rejects(deleteUser(), {
        name: "DeleteConflictException",
        message: "Cannot delete entity, must remove referenced objects first.",
      });
      await remove("inga", id);
      await deleteUser();
    });
  });

  describe("ListSSHPublicKeys", () => {
    it("answers neither bodies nor fingerprints, in pages", async () => {
      await newUser("jan");
      const keys = [await upload("jan", first.line), await upload("jan", second.line), await upload("jan", third.line)];
      const found = [];
      for await (const page of paginateListSSHPublicKeys({ client: emu.iam(), pageSize: 2 }, { UserName: "JAN" })) {
        found.push(...page.SSHPublicKeys!);
      }
      const metadata = keys.map(({ UserName, SSHPublicKeyId, Status, UploadDate }) => ({
        UserName,
        SSHPublicKeyId,
        Status,
        UploadDate,
      }));
      assert.deepEqual(
        found,
        metadata.toSorted((a, b) => (a.SSHPublicKeyId! < b.SSHPublicKeyId! ? -1 : 1)),
      );
    });

    it("is about the caller where no user is named, who cannot be root", async () => {
      const user = await createUser(emu, "kai", { statements: [allow("iam:ListSSHPublicKeys")] });
      await upload("kai", first.line);
      assert.equal((await list(undefined, emu.iam(user.credentials))).length, 1);
      await assert.rejects(list(), {
        name: "ValidationError",
        message: "Must specify userName when calling with non-User credentials",
      });
      await assert.rejects(list("nobody"), noUser);
    });

    it("refuses a marker of another user's list", async () => {
      const { Marker } = await emu.iam().send(new ListSSHPublicKeysCommand({ UserName: "jan", MaxItems: 1 }));
      await assert.rejects(emu.iam().send(new ListSSHPublicKeysCommand({ UserName: "kai", Marker })), {
        name: "ValidationError",
        message: "Invalid Marker.",
      });
    });
  });

  it("ask for permission on the stored ARN of the user", async () => {
    await newUser("lena", "/staff/");
    const UserName = "LENA";
    const arn = `arn:aws:iam::${emu.server.account}:user/staff/lena`;
    const SSHPublicKeyId = (await upload("lena", first.line)).SSHPublicKeyId!;
    await asksPermissionOn(emu, "iam:UploadSSHPublicKey", arn, (iam) => upload(UserName, second.line, iam));
    await asksPermissionOn(emu, "iam:GetSSHPublicKey", arn, (iam) =>
      iam.send(new GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding: "PEM" })),
    );
    await asksPermissionOn(emu, "iam:ListSSHPublicKeys", arn, (iam) => list(UserName, iam));
    await asksPermissionOn(emu, "iam:UpdateSSHPublicKey", arn, (iam) =>
      iam.send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: "Inactive" })),
    );
    await asksPermissionOn(emu, "iam:DeleteSSHPublicKey", arn, (iam) =>
      iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })),
    );
  });
});
