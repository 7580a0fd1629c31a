import assert from "node:assert/strict";
import { DeleteUserCommand, GetUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import { createRole, createUser, notAuthorized, trust } from "../fixtures.ts";
import { noPolicyAllows } from "../iam/authorization.ts";

const USERS = "arn:aws:iam::000000000000:user/";
const UNCHECKED = "x-iam-local-unchecked";

/** A user without permissions, and a role that trusts nobody. */
async function nobody(emu: ReturnType<typeof emulator>) {
  const alice = await createUser(emu, "alice");
  const role = await createRole(emu, "deploy", { trusts: [trust("arn:aws:iam::111122223333:root")] });
  return {
    alice,
    list: () => emu.iam(alice.credentials).send(new ListUsersCommand({})),
    assume: (RoleArn = role.arn) =>
      emu.sts(alice.credentials).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" })),
  };
}

const health = async (emu: ReturnType<typeof emulator>) =>
  request(emu.server.endpoint).get("/_emulator/health").expect(200);

describe("enforcement on, the default", () => {
  const emu = emulator();

  it("refuses what is not allowed, and says so nowhere", async () => {
    const { alice, list } = await nobody(emu);
    await assert.rejects(list(), noPolicyAllows(alice.arn, "iam:ListUsers", USERS));
    const { body, headers } = await health(emu);
    assert.equal(body.checks.permissions, "on");
    assert.equal(headers[UNCHECKED], undefined);
    assert.equal(emu.server.trail()[0]!.uncheckedDenial, undefined);
  });
});

describe("soft enforcement", () => {
  const emu = emulator({ enforcement: "soft" });

  it("lets pass what is not allowed, and notes in the trail what the refusal would say, and why", async () => {
    const { alice, list } = await nobody(emu);
    const { Users, $metadata } = await list();
    assert.equal(Users!.length, 1);
    const [event] = emu.server.trail();
    assert.equal(event!.errorCode, undefined);
    assert.match(event!.uncheckedDenial!, noPolicyAllows(alice.arn, "iam:ListUsers", USERS).message);
    const { body } = await request(emu.server.endpoint).get(`/_emulator/trail/${$metadata.requestId}`).expect(200);
    assert.equal(body.decisions[0].decision, "implicitDeny");
    await emu.iam().send(new GetUserCommand({ UserName: "alice" }));
    assert.equal(emu.server.trail()[0]!.uncheckedDenial, undefined);
  });

  it("is loudly shown: by health, and by a header of every answer", async () => {
    const { body, headers } = await health(emu);
    assert.equal(body.checks.permissions, "soft");
    assert.equal(headers[UNCHECKED], "permissions");
    for (const path of ["/?Action=ListUsers&Version=2010-05-08", "/_emulator/trail", "/_emulator/nothing"]) {
      assert.equal((await request(emu.server.endpoint).get(path)).headers[UNCHECKED], "permissions", path);
    }
  });

  it("still refuses all else: users that are missing, and roles that cannot be assumed because they are not there", async () => {
    await assert.rejects(emu.iam().send(new DeleteUserCommand({ UserName: "nobody" })), {
      name: "NoSuchEntityException",
      message: "The user with name nobody cannot be found.",
    });
    const bob = await createUser(emu, "bob");
    const RoleArn = "arn:aws:iam::000000000000:role/none";
    await assert.rejects(
      emu.sts(bob.credentials).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" })),
      notAuthorized(bob.arn, "sts:AssumeRole", RoleArn),
    );
    assert.equal(emu.server.trail()[0]!.uncheckedDenial, undefined);
  });
});

describe("enforcement off", () => {
  const emu = emulator({ enforcement: "off" });

  it("decides nothing and lets everything pass, but a role that is not there", async () => {
    const { alice, list, assume } = await nobody(emu);
    const { $metadata } = await list();
    await assume();
    const RoleArn = "arn:aws:iam::000000000000:role/none";
    await assert.rejects(assume(RoleArn), notAuthorized(alice.arn, "sts:AssumeRole", RoleArn));
    const { body } = await request(emu.server.endpoint).get(`/_emulator/trail/${$metadata.requestId}`).expect(200);
    assert.deepEqual([body.decisions, body.uncheckedDenial], [[], undefined]);
    assert.equal((await health(emu)).body.checks.permissions, "off");
  });
});
