import assert from "node:assert/strict";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetAccountSummaryCommand,
  GetUserCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { rootOf } from "../organization.ts";

const HOME = "000000000000";
const OTHER = "111122223333";
const unknownKey = {
  name: "InvalidClientTokenId",
  message: "The security token included in the request is invalid.",
};

describe("Accounts", () => {
  const emu = emulator();

  it("are made when their number is first used as an access key id, which is their root's", async () => {
    emu.server.clock.advance(60);
    const iam = emu.iam(rootOf(emu, OTHER));
    const { Arn, UserId, Account } = await emu.sts(rootOf(emu, OTHER)).send(new GetCallerIdentityCommand({}));
    assert.deepEqual([Arn, UserId, Account], [`arn:aws:iam::${OTHER}:root`, OTHER, OTHER]);
    emu.server.clock.advance(60);
    const { User } = await iam.send(new GetUserCommand({}));
    assert.deepEqual(User!.CreateDate, new Date("2026-11-24T12:01:00Z"));
    emu.server.clock.advance(-120);
  });

  it("are made by nobody who has not signed with the secret", async () => {
    const account = "222233334444";
    const forged = { accessKeyId: account, secretAccessKey: "wrong" };
    await assert.rejects(emu.sts(forged).send(new GetCallerIdentityCommand({})), {
      name: "SignatureDoesNotMatch",
    });
    emu.server.clock.advance(60);
    const { User } = await emu.iam(rootOf(emu, account)).send(new GetUserCommand({}));
    assert.deepEqual(User!.CreateDate, new Date("2026-11-24T12:01:00Z"));
    emu.server.clock.advance(-60);
  });

  it("are not made for key ids that are no account's number", async () => {
    for (const accessKeyId of ["11112222333", "1111222233334", "11112222333a"]) {
      await assert.rejects(
        emu.sts({ ...emu.server.rootCredentials, accessKeyId }).send(new GetCallerIdentityCommand({})),
        unknownKey,
      );
    }
  });

  it("have names, ids and counts of their own", async () => {
    const ids = new Set<string>();
    for (const root of [emu.server.rootCredentials, rootOf(emu, OTHER)]) {
      const { User } = await emu.iam(root).send(new CreateUserCommand({ UserName: "same" }));
      ids.add(User!.UserId!);
      const { Users } = await emu.iam(root).send(new ListUsersCommand({}));
      assert.deepEqual(
        Users!.map(({ Arn }) => Arn),
        [User!.Arn],
      );
      const { SummaryMap } = await emu.iam(root).send(new GetAccountSummaryCommand({}));
      assert.equal(SummaryMap!["Users"], 1);
    }
    assert.equal(ids.size, 2);
  });

  it("answer nothing of each other's to the names of users and roles, whatever a policy allows", async () => {
    const root = rootOf(emu, OTHER);
    await createUser(emu, "theirs", { root });
    const mine = await createUser(emu, "mine", { statements: [allow("*")] });
    await assert.rejects(emu.iam(mine.credentials).send(new GetUserCommand({ UserName: "theirs" })), {
      name: "NoSuchEntityException",
      message: "The user with name theirs cannot be found.",
    });
  });
});

describe("With autoAccounts off", () => {
  const emu = emulator({ autoAccounts: false });

  it("the number of another account is no access key id", async () => {
    await assert.rejects(emu.iam(rootOf(emu, OTHER)).send(new ListUsersCommand({})), {
      name: "InvalidClientTokenId",
      message: unknownKey.message,
    });
    await assert.rejects(emu.sts(rootOf(emu, OTHER)).send(new GetCallerIdentityCommand({})), unknownKey);
  });

  it("the emulator's own account answers to its number and to its root's key, and has keys as ever", async () => {
    for (const root of [rootOf(emu, HOME), emu.server.rootCredentials]) {
      assert.equal((await emu.sts(root).send(new GetCallerIdentityCommand({}))).Account, HOME);
    }
    await emu.iam().send(new CreateUserCommand({ UserName: "ann" }));
    const { AccessKey } = await emu.iam().send(new CreateAccessKeyCommand({ UserName: "ann" }));
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    assert.equal((await emu.sts(credentials).send(new GetCallerIdentityCommand({}))).Account, HOME);
  });
});
