import assert from "node:assert/strict";
import { DeleteAccessKeyCommand } from "@aws-sdk/client-iam";
import { GetAccessKeyInfoCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, createUser, credentialsOf } from "../fixtures.ts";

describe("GetAccessKeyInfo", () => {
  const emu = emulator();
  const other = { accessKeyId: "111122223333", secretAccessKey: "test" };

  const account = async (AccessKeyId: string, credentials?: Credentials) =>
    (await emu.sts(credentials).send(new GetAccessKeyInfoCommand({ AccessKeyId }))).Account;

  it("tells the account of a user's key, in whichever account it is asked", async () => {
    const ann = await createUser(emu, "ann", { root: other });
    assert.equal(await account(ann.credentials.accessKeyId), "111122223333");
    assert.equal(await account(ann.credentials.accessKeyId, other), "111122223333");
  });

  it("tells the account of a session's key", async () => {
    const { accessKeyId } = credentialsOf(await emu.sts(other).send(new GetSessionTokenCommand({})));
    assert.equal(await account(accessKeyId), "111122223333");
  });

  it("tells the account of a key that was deleted", async () => {
    const bob = await createUser(emu, "bob", { root: other });
    const AccessKeyId = bob.credentials.accessKeyId;
    await emu.iam(other).send(new DeleteAccessKeyCommand({ UserName: "bob", AccessKeyId }));
    assert.equal(await account(AccessKeyId), "111122223333");
  });

  it("reads the account off an id in AWS's layout (evidence: id-account-in-key)", async () => {
    assert.equal(await account("ASIAQNZGKIQY56JQ7WML"), "029608264753");
  });

  for (const id of [
    "AKIAIOSFODNN7EXAMPLE",
    "AIDAQNZGKIQY56JQ7WML",
    "AIDAQAKIAQNZGKIQY56J",
    "0000000000000000",
    "NOT_A_KEY_AT_ALL",
  ]) {
    it(`refuses ${id}, which is no key and names no account`, async () => {
      await assert.rejects(account(id), {
        name: "InvalidClientTokenId",
        message: "The security token included in the request is invalid.",
      });
    });
  }

  it("refuses an id that cannot be one", async () => {
    await assert.rejects(account("AKIA-1"), {
      name: "ValidationError",
      message: /^2 validation errors detected: Value 'AKIA-1' at 'accessKeyId' failed to satisfy constraint: /,
    });
  });

  it("needs sts:GetAccessKeyInfo on everything", async () => {
    const may = await createUser(emu, "may", { statements: [allow("sts:GetAccessKeyInfo")] });
    const not = await createUser(emu, "not");
    assert.equal(await account(not.credentials.accessKeyId, may.credentials), "000000000000");
    await assert.rejects(account(not.credentials.accessKeyId, not.credentials), {
      name: "AccessDenied",
      message: `User: ${not.arn} is not authorized to perform: sts:GetAccessKeyInfo on resource: * because no identity-based policy allows the sts:GetAccessKeyInfo action`,
    });
  });
});
