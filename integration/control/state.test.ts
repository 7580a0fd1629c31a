import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetUserCommand,
  ListGroupsCommand,
  ListUsersCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { after, describe, it } from "mocha";
import request from "supertest";
import { start } from "../../server/index.ts";
import { clientsOf, emulator } from "../emulator.ts";
import { createUser, enableMfa } from "../fixtures.ts";
import { runCli } from "../process.ts";

const SEED = `
users:
  - name: Ann
    groups: [Staff]
groups:
  - name: Staff
accounts:
  - id: "111122223333"
    users: [{ name: Bob }]
`;

const cliOf =
  (endpoint: string) =>
  (...args: string[]) =>
    runCli(args, { env: { IAM_LOCAL_ENDPOINT: endpoint } });
const userNames = async (iam: IAMClient) => (await iam.send(new ListUsersCommand({}))).Users!.map((u) => u.UserName);

describe("snapshots", () => {
  const emu = emulator();
  const control = () => request(emu.server.endpoint);

  it("bring back users, policies, codes and the clock as they were, any number of times", async () => {
    const { credentials } = await createUser(emu, "Jane");
    const SerialNumber = await enableMfa(emu, "Jane");
    const sts = emu.sts(credentials);
    emu.server.clock.advance(30);
    const taken = await control().post("/_emulator/snapshots").send({ name: "prepared" }).expect(200);
    const now = emu.server.clock.now();
    assert.deepEqual(taken.body, { name: "prepared", takenAt: new Date(now).toISOString() });

    for (let round = 0; round < 2; round++) {
      const TokenCode = emu.server.mfa.code(SerialNumber).code;
      await sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
      await assert.rejects(sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode })), {
        name: "AccessDenied",
        message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
      });
      const iam = emu.iam();
      await iam.send(
        new AttachUserPolicyCommand({ UserName: "Jane", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
      );
      await iam.send(new CreateUserCommand({ UserName: "Kim" }));
      emu.server.clock.advance(3600);
      const { body } = await control().post("/_emulator/snapshots/prepared/restore").expect(200);
      assert.deepEqual(body, taken.body);
      assert.equal(emu.server.clock.now(), now);
      assert.deepEqual(await userNames(iam), ["Jane"]);
    }
  });

  it("are listed and deleted, and told apart by their names", async () => {
    await control().post("/_emulator/snapshots").send({ name: "other" }).expect(200);
    const { body } = await control().get("/_emulator/snapshots").expect(200);
    assert.deepEqual(
      body.snapshots.map(({ name }: { name: string }) => name),
      ["prepared", "other"],
    );
    const again = await control().post("/_emulator/snapshots").send({ name: "other" }).expect(409);
    assert.deepEqual(again.body.error, {
      code: "Conflict",
      message: "There is a snapshot other already. Delete it first.",
    });
    await control().delete("/_emulator/snapshots/other").expect(200, { deleted: "other" });
    const gone = await control().post("/_emulator/snapshots/other/restore").expect(404);
    assert.deepEqual(gone.body.error, {
      code: "NotFound",
      message: 'There is no snapshot "other", but prepared. A reset ends all of them.',
    });
    const unnamed = await control().post("/_emulator/snapshots").send({ name: "a/b" }).expect(400);
    assert.deepEqual(unnamed.body.error, {
      code: "InvalidRequest",
      message: "name must be 1 to 128 letters, digits, hyphens, underscores and full stops.",
    });
  });

  it("end with a reset, but for the one that is taken at start", async () => {
    const own = await start({ port: 0, log: () => {}, seed: { users: [{ name: "Ann" }] }, snapshot: "seeded" });
    own.snapshots.take("mine");
    await own.reset();
    assert.deepEqual(
      own.snapshots.list().map(({ name }) => name),
      ["seeded"],
    );
    await assert.rejects(own.snapshots.restore("mine"), {
      name: "NotFound",
      message: 'There is no snapshot "mine", but seeded. A reset ends all of them.',
    });
    const iam = clientsOf(() => own).iam();
    await iam.send(new DeleteUserCommand({ UserName: "Ann" }));
    await own.snapshots.restore("seeded");
    assert.deepEqual(await userNames(iam), ["Ann"]);
    own.snapshots.delete("seeded");
    assert.throws(() => own.snapshots.delete("seeded"), { name: "NotFound" });
    await own.close();
  });

  it("are taken and gone back to from the command line", async () => {
    const cli = cliOf(emu.server.endpoint);
    assert.match((await cli("snapshot", "take", "cli")).stdout, /^cli, taken at 20/);
    await emu.iam().send(new CreateUserCommand({ UserName: "Zoe" }));
    assert.match((await cli("snapshot", "restore", "cli")).stdout, /^the state is that of cli, taken at 20/);
    await assert.rejects(emu.iam().send(new GetUserCommand({ UserName: "Zoe" })), { name: "NoSuchEntityException" });
    assert.match((await cli("snapshot", "list")).stdout, /cli, taken at/);
    assert.equal((await cli("snapshot", "delete", "cli")).stdout, "cli is deleted\n");
    const missing = await cli("snapshot", "delete", "cli");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^iam-local: There is no snapshot "cli"/);
  });

  it("outlive what was changed in the folder, too", async () => {
    const data = mkdtempSync(join(tmpdir(), "iam-local-snapshots-"));
    const first = await start({ port: 0, data, log: () => {}, snapshot: "empty" });
    const iam = clientsOf(() => first).iam();
    await iam.send(new CreateUserCommand({ UserName: "Kim" }));
    await first.snapshots.restore("empty");
    await first.close();
    const second = await start({ port: 0, data, log: () => {} });
    assert.deepEqual(await userNames(clientsOf(() => second).iam()), []);
    assert.deepEqual(second.snapshots.list(), []);
    await second.close();
    rmSync(data, { recursive: true });
  });
});

describe("a seed that is sent", () => {
  const emu = emulator();
  const sent = (text: string) =>
    request(emu.server.endpoint).post("/_emulator/seed").set("Content-Type", "text/plain").send(text);

  it("is added to what is there", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "Zoe" }));
    await sent(SEED).expect(200, { seeded: true });
    assert.deepEqual(await userNames(emu.iam()), ["Ann", "Zoe"]);
    assert.deepEqual(await userNames(emu.iam({ accessKeyId: "111122223333", secretAccessKey: "test" })), ["Bob"]);
  });

  it("adds nothing where a part of it is refused, and says where that stands", async () => {
    const { body } = await sent("users:\n  - name: New\n  - name: Zoe\n").expect(400);
    assert.deepEqual(body.error, {
      code: "InvalidRequest",
      message: "the seed:3: users[1]: EntityAlreadyExists: User with name Zoe already exists.",
    });
    assert.deepEqual(await userNames(emu.iam()), ["Ann", "Zoe"]);
  });

  it("is refused where it is empty, is no seed, or names a file", async () => {
    for (const [text, message] of [
      ["", "Send the seed as the body, in YAML or JSON."],
      ["users: [", /^the seed:1: /],
      ["people: []", /^the seed:1: people: unknown key\. Known are: alias, /],
      [
        "managedPolicies: [{ name: P, document: ./policy.json }]",
        "the seed:1: managedPolicies[0].document: is neither JSON nor the name of a file that can be read (no files are read for a seed that is sent).",
      ],
    ] as const) {
      const { body } = await sent(text).expect(400);
      assert.equal(body.error.code, "InvalidRequest");
      if (typeof message === "string") assert.equal(body.error.message, message);
      else assert.match(body.error.message, message);
    }
  });

  it("comes from a file by the command line, and by the library", async () => {
    const folder = mkdtempSync(join(tmpdir(), "iam-local-seed-"));
    after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "seed.yaml");
    writeFileSync(file, "users: [{ name: Cleo }]\n");
    const cli = cliOf(emu.server.endpoint);
    assert.equal((await cli("seed", file)).stdout, `${file} is added\n`);
    await emu.server.seed({ users: [{ name: "Lib" }] });
    assert.deepEqual(await userNames(emu.iam()), ["Ann", "Cleo", "Lib", "Zoe"]);
    await assert.rejects(emu.server.seed({ users: [{ name: "Lib" }] }), {
      name: "SeedError",
      message: "seed: users[0]: EntityAlreadyExists: User with name Lib already exists.",
    });
  });
});

describe("a reset of one account", () => {
  const other = { accessKeyId: "111122223333", secretAccessKey: "test" };
  const third = { accessKeyId: "444455556666", secretAccessKey: "test" };

  it("brings back what the seed gave it, and leaves the others as they are", async () => {
    const own = await start({
      port: 0,
      log: () => {},
      seed: {
        users: [{ name: "Ann", mfaDevices: [{ kind: "virtual" }] }],
        accounts: [
          {
            id: "111122223333",
            alias: "other",
            users: [
              {
                name: "Bob",
                accessKeys: [{ id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" }],
                mfaDevices: [
                  { kind: "hardware", serialNumber: "GAHT12345678", seed: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" },
                ],
              },
            ],
          },
        ],
      },
    });
    const clients = clientsOf(() => own);
    for (const credentials of [own.rootCredentials, other, third]) {
      await clients.iam(credentials).send(new CreateGroupCommand({ GroupName: "Made" }));
    }
    const bob = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
    const session = await clients.sts(bob).send(new GetSessionTokenCommand({}));

    await request(own.endpoint)
      .post("/_emulator/reset?account=111122223333")
      .expect(200, { reset: true, account: "111122223333" });
    const groups = async (credentials: typeof other) =>
      (await clients.iam(credentials).send(new ListGroupsCommand({}))).Groups!.length;
    assert.deepEqual(await Promise.all([groups(own.rootCredentials), groups(other), groups(third)]), [1, 0, 1]);
    assert.deepEqual(await userNames(clients.iam(other)), ["Bob"]);
    const { Arn } = await clients.sts(bob).send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, "arn:aws:iam::111122223333:user/Bob");
    // This Bob is another user than the first.
    const { AccessKeyId, SecretAccessKey, SessionToken } = session.Credentials!;
    const former = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
    await assert.rejects(clients.sts(former).send(new GetCallerIdentityCommand({})), {
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid.",
    });
    await own.reset("444455556666");
    assert.equal(await groups(third), 0);
    await own.close();
  });

  const emu = emulator();

  it("is refused for what is no account", async () => {
    const { body } = await request(emu.server.endpoint).post("/_emulator/reset?account=12").expect(400);
    assert.deepEqual(body.error, {
      code: "InvalidRequest",
      message: 'account must be 12 digits, not "12".',
    });
    await assert.rejects(emu.server.reset("12"), { name: "InvalidRequest" });
  });

  it("is not taken for one of everything where its parameter is misspelt", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "Kept" }));
    for (const path of ["/reset?acount=111122223333", "/clock?x=1", "/seed?x=1", "/snapshots?name=a"]) {
      const { body } = await request(emu.server.endpoint).post(`/_emulator${path}`).send("{}").expect(400);
      assert.equal(body.error.code, "InvalidRequest");
      assert.match(body.error.message, /^Unknown parameter "(?:acount|x|name)"\. /);
    }
    assert.deepEqual(await userNames(emu.iam()), ["Kept"]);
  });
});
