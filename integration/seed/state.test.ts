import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateUserCommand, IAMClient, ListUsersCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, it } from "mocha";
import { start, type IamLocal, type StartOptions } from "../../server/index.ts";
import type { Credentials } from "../emulator.ts";

const KEY = { id: "AKIAIOSFODNN7EXAMPLE", secret: "a secret of one's own".replaceAll(" ", "-") };
const SEED = { users: [{ name: "Jane", accessKeys: [KEY] }] };
const JANE: Credentials = { accessKeyId: KEY.id, secretAccessKey: KEY.secret };

describe("A seed and the state", () => {
  let folder: string;
  let server: IamLocal | undefined;
  let log: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-seed-"));
    log = [];
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    rmSync(folder, { recursive: true });
  });

  const begin = async (options: StartOptions): Promise<void> => {
    await server?.close();
    server = undefined;
    server = await start({ port: 0, log: (line) => log.push(line), ...options });
  };
  const config = (credentials: Credentials) => ({
    endpoint: server!.endpoint,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: credentials as { accessKeyId: string; secretAccessKey: string },
  });
  const iam = () => new IAMClient(config(server!.rootCredentials));
  const userNames = async () => (await iam().send(new ListUsersCommand({}))).Users!.map(({ UserName }) => UserName);
  const identity = async () => (await new STSClient(config(JANE)).send(new GetCallerIdentityCommand({}))).Arn;

  it("a reset brings back what the seed says, and takes away all else", async () => {
    await begin({ seed: SEED });
    await iam().send(new CreateUserCommand({ UserName: "Ann" }));
    await iam().send(new UpdateAccessKeyCommand({ UserName: "Jane", AccessKeyId: KEY.id, Status: "Inactive" }));
    await server!.reset();
    assert.deepEqual(await userNames(), ["Jane"]);
    assert.equal(await identity(), "arn:aws:iam::000000000000:user/Jane");
  });

  it("a folder that was seeded goes on with what has become of it, and the log says so", async () => {
    const options = { data: folder, seed: SEED, now: Date.UTC(2026, 10, 24, 12) };
    await begin(options);
    assert.deepEqual(log, []);
    await iam().send(new CreateUserCommand({ UserName: "Ann" }));
    await begin(options);
    assert.match(
      log.join("\n"),
      /^iam-local: \S+ was seeded from the seed at 2026-11-24T12:00:00\.\d{3}Z, and is left as it has become$/,
    );
    assert.deepEqual(await userNames(), ["Ann", "Jane"]);
    assert.equal(await identity(), "arn:aws:iam::000000000000:user/Jane");
  });

  it("a reset of such a folder brings the seed back", async () => {
    await begin({ data: folder, seed: SEED });
    await begin({ data: folder, seed: SEED });
    await iam().send(new CreateUserCommand({ UserName: "Ann" }));
    await server!.reset();
    assert.deepEqual(await userNames(), ["Jane"]);
    await begin({ data: folder, seed: SEED });
    assert.deepEqual(await userNames(), ["Jane"]);
  });

  it("a folder goes on without the seed", async () => {
    await begin({ data: folder, seed: SEED });
    await begin({ data: folder });
    assert.deepEqual(await userNames(), ["Jane"]);
  });

  it("a folder that was seeded from something else is refused, as is one that was not seeded", async () => {
    await begin({ data: folder, seed: SEED });
    await server!.close();
    const advice = "Start without --seed to go on with it, or empty the folder to start anew.";
    await assert.rejects(begin({ data: folder, seed: { users: [{ name: "Ann" }] } }), {
      name: "SeedError",
      message: `the seed: the state in ${folder} was seeded from something else, or from this before it was changed. ${advice}`,
    });
    const other = join(folder, "other");
    await begin({ data: other });
    await iam().send(new CreateUserCommand({ UserName: "Ann" }));
    await assert.rejects(begin({ data: other, seed: SEED }), {
      name: "SeedError",
      message: `the seed: the state in ${other} was not seeded. ${advice}`,
    });
  });

  it("a seed is the same one after its comments have changed, and another one after a file that it names has", async () => {
    const [seed, policy] = [join(folder, "seed.yaml"), join(folder, "policy.json")];
    const options = { data: join(folder, "state"), seed };
    const document = (Action: string) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
    const users = "users:\n  - name: Jane\n    policies: { read: policy.json }\n";
    writeFileSync(policy, document("iam:Get*"));
    writeFileSync(seed, users);
    await begin(options);
    writeFileSync(seed, `# Everybody\n${users}`);
    await begin(options);
    writeFileSync(policy, document("iam:List*"));
    await assert.rejects(begin(options), { name: "SeedError" });
  });
});
