import assert from "node:assert/strict";
import { GetCallerIdentityCommand, GetFederationTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { assume, createRole, createUser, credentialsOf, deny, document, type TestUser, trust } from "../fixtures.ts";

describe("GetCallerIdentity", () => {
  const emu = emulator();
  const account = "000000000000";
  let ann: TestUser;

  before(async () => {
    ann = await createUser(emu, "ann");
  });

  async function identity(credentials?: Credentials) {
    const { $metadata, ...answer } = await emu.sts(credentials).send(new GetCallerIdentityCommand({}));
    assert.equal($metadata.httpStatusCode, 200);
    return answer;
  }

  it("names root by the account", async () => {
    assert.deepEqual(await identity(), { UserId: account, Account: account, Arn: `arn:aws:iam::${account}:root` });
  });

  it("names a user by its unique id, its ARN with the path", async () => {
    const user = await createUser(emu, "bob", { Path: "/team/" });
    assert.deepEqual(await identity(user.credentials), {
      UserId: user.id,
      Account: account,
      Arn: `arn:aws:iam::${account}:user/team/bob`,
    });
  });

  it("names the same user for a GetSessionToken session", async () => {
    const session = credentialsOf(await emu.sts(ann.credentials).send(new GetSessionTokenCommand({})));
    assert.deepEqual(await identity(session), { UserId: ann.id, Account: account, Arn: ann.arn });
  });

  it("names root for root's GetSessionToken session", async () => {
    const session = credentialsOf(await emu.sts().send(new GetSessionTokenCommand({})));
    assert.equal((await identity(session)).Arn, `arn:aws:iam::${account}:root`);
  });

  it("names a role session by role and session, without the role's path", async () => {
    const role = await createRole(emu, "deployer", { Path: "/ops/", trusts: [trust(ann.arn)] });
    const session = await assume(emu, ann.credentials, role, { RoleSessionName: "deploy-7" });
    assert.deepEqual(await identity(session), {
      UserId: `${role.id}:deploy-7`,
      Account: account,
      Arn: `arn:aws:sts::${account}:assumed-role/deployer/deploy-7`,
    });
  });

  it("names a federated user by account and name", async () => {
    const session = credentialsOf(await emu.sts().send(new GetFederationTokenCommand({ Name: "guest" })));
    assert.deepEqual(await identity(session), {
      UserId: `${account}:guest`,
      Account: account,
      Arn: `arn:aws:sts::${account}:federated-user/guest`,
    });
  });

  it("needs no permission, and no deny keeps it from answering", async () => {
    const user = await createUser(emu, "denied", { statements: [deny("*")] });
    assert.equal((await identity(user.credentials)).Arn, user.arn);
  });

  it("answers a role session whose session policy allows nothing", async () => {
    const role = await createRole(emu, "limited", { trusts: [trust(ann.arn)] });
    const Policy = document(deny("*"));
    const session = await assume(emu, ann.credentials, role, { Policy });
    assert.match((await identity(session)).Arn!, /assumed-role\/limited\/session$/);
  });

  it("answers for each account of its own", async () => {
    const root = { accessKeyId: "111122223333", secretAccessKey: "test" };
    assert.deepEqual(await identity(root), {
      UserId: "111122223333",
      Account: "111122223333",
      Arn: "arn:aws:iam::111122223333:root",
    });
  });
});
