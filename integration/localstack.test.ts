import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { after, describe, it } from "mocha";
import request from "supertest";
import { localStackOptions } from "../cli/localstack.ts";
import { clientsOf, emulator } from "./emulator.ts";
import { CLI, launch, runCli, withProcess } from "./process.ts";

describe("LocalStack's paths", () => {
  const emu = emulator();
  const get = (path: string) => request(emu.server.endpoint).get(path);

  it("say that IAM and STS are running", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    const { body } = await get("/_localstack/health").expect(200).expect("Content-Type", /json/);
    assert.deepEqual(body, { services: { iam: "running", sts: "running" }, edition: "iam-local", version });
    await request(emu.server.endpoint).head("/_localstack/health").expect(200);
  });

  it("say that all is prepared where there are no scripts", async () => {
    const { body } = await get("/_localstack/init").expect(200);
    assert.deepEqual(body, {
      completed: { BOOT: true, START: true, READY: true, SHUTDOWN: false },
      scripts: [],
    });
    assert.deepEqual((await get("/_localstack/init/ready").expect(200)).body, { completed: true, scripts: [] });
  });

  it("answer 404, in a sentence, for what is not here", async () => {
    const { body } = await get("/_localstack/state/save").expect(404);
    assert.deepEqual(body.error, {
      code: "NotFound",
      message:
        "There is no /_localstack/state/save here: of LocalStack's paths there are health, init and init/{stage}. docs/from-localstack.md tells the rest.",
    });
    const stage = await get("/_localstack/init/now").expect(404);
    assert.equal(stage.body.error.message, "The stages are boot, start, ready and shutdown.");
  });

  it("are kept from the pages of others", async () => {
    const { body } = await get("/_localstack/health").set("Origin", "https://evil.example").expect(403);
    assert.equal(body.error.code, "Forbidden");
  });
});

describe("start --localstack", () => {
  const folder = mkdtempSync(join(tmpdir(), "iam-local-localstack-"));
  after(() => rmSync(folder, { recursive: true }));
  const script = (name: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), mode);
  };
  const args = ["start", "--localstack", "--port", "0", "--init-scripts", folder];

  it("runs the scripts of each stage in order, shows what fails, and is ready after them", async () => {
    script("boot.d/01.sh", "echo boot-ran");
    script("start.d/01.sh", "echo start-ran");
    script("ready.d/01-first.sh", "echo first-ran");
    script("ready.d/02-sub/01.sh", 'echo "sub-ran $AWS_ACCESS_KEY_ID $AWS_DEFAULT_REGION"; exit 3');
    script("ready.d/03-plain.py", "print(1)");
    script(
      "ready.d/04-last",
      "#!/bin/sh\ncurl -sS --fail $IAM_LOCAL_ENDPOINT/_emulator/seed -d 'users: [{ name: Ann }]' > /dev/null\n",
      0o755,
    );
    script("shutdown.d/01.sh", "echo shutdown-ran");
    const { child, output } = launch(process.execPath, [CLI, ...args], {});
    await new Promise<void>((resolve) => child.stdout.on("data", () => /^Ready\.$/m.test(output.stdout) && resolve()));
    const endpoint = /listens at (\S+)/.exec(output.stdout)![1]!;

    const { body } = await request(endpoint).get("/_localstack/init").expect(200);
    assert.deepEqual(body, {
      completed: { BOOT: true, START: true, READY: true, SHUTDOWN: false },
      scripts: [
        { stage: "BOOT", name: "01.sh", state: "SUCCESSFUL" },
        { stage: "START", name: "01.sh", state: "SUCCESSFUL" },
        { stage: "READY", name: "01-first.sh", state: "SUCCESSFUL" },
        { stage: "READY", name: "02-sub/01.sh", state: "ERROR" },
        { stage: "READY", name: "03-plain.py", state: "ERROR" },
        { stage: "READY", name: "04-last", state: "SUCCESSFUL" },
        { stage: "SHUTDOWN", name: "01.sh", state: "UNKNOWN" },
      ],
    });
    const clients = clientsOf(() => ({ endpoint, rootCredentials: { accessKeyId: "test", secretAccessKey: "test" } }));
    const { Users } = await clients.iam().send(new ListUsersCommand({}));
    assert.deepEqual(
      Users!.map(({ UserName }) => UserName),
      ["Ann"],
    );
    clients.destroy();

    const ended = new Promise((resolve) => child.on("close", resolve));
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
    const told = output.stderr.split("\n").filter((line) => /-ran|script/.test(line));
    assert.deepEqual(told, [
      "boot-ran",
      "start-ran",
      "first-ran",
      "sub-ran test us-east-1",
      "iam-local: the script ready.d/02-sub/01.sh ended with 3",
      "iam-local: the script ready.d/03-plain.py is neither executable nor named *.sh, and was not run",
      "shutdown-ran",
    ]);
    assert.ok(output.stdout.indexOf("listens at") < output.stdout.indexOf("Ready."));
  });

  it("answers by LocalStack's host name", async () => {
    const plain = [CLI, "start", "--localstack", "--port", "0"];
    await withProcess(process.execPath, plain, {}, async ({ endpoint }) => {
      await request(endpoint).get("/_localstack/health").set("Host", "localhost.localstack.cloud:4566").expect(200);
      await request(endpoint).get("/_localstack/health").set("Host", "other.localstack.cloud:4566").expect(403);
    });
  });

  it("takes LocalStack's variables, and flags before them", async () => {
    const env = { LOCALSTACK_GATEWAY_LISTEN: "127.0.0.1:0", IAM_SOFT_MODE: "1", IAM_LOCAL_LOCALSTACK: "true" };
    await withProcess(process.execPath, [CLI, "start"], { env }, async ({ endpoint }) => {
      const { body } = await request(endpoint).get("/_emulator/health").expect(200);
      assert.equal(body.checks.permissions, "soft");
    });
    const overruled = [CLI, "start", "--enforcement", "on"];
    await withProcess(process.execPath, overruled, { env }, async ({ endpoint }) => {
      const { body } = await request(endpoint).get("/_emulator/health").expect(200);
      assert.equal(body.checks.permissions, "on");
    });
  });

  it("refuses a value that cannot be", async () => {
    const { code, stderr } = await runCli(["start", "--localstack"], { env: { GATEWAY_LISTEN: "everywhere" } });
    assert.equal(code, 1);
    assert.equal(stderr, 'iam-local: GATEWAY_LISTEN must be an address and a port, not "everywhere".\n');
  });

  const hosts = ["localhost.localstack.cloud", "iam.localhost.localstack.cloud", "sts.localhost.localstack.cloud"];
  for (const [what, env, chosen] of [
    ["nothing", {}, {}],
    ["GATEWAY_LISTEN", { GATEWAY_LISTEN: "0.0.0.0:4567,0.0.0.0:443" }, { host: "0.0.0.0", port: 4567 }],
    ["a port alone", { GATEWAY_LISTEN: ":4567" }, { port: 4567 }],
    ["PERSISTENCE", { PERSISTENCE: "1" }, { data: "/var/lib/localstack/iam-local" }],
    ["no PERSISTENCE", { PERSISTENCE: "0" }, {}],
    ["ENFORCE_IAM=0", { ENFORCE_IAM: "0" }, { enforcement: "off" }],
    ["both of IAM's", { ENFORCE_IAM: "1", IAM_SOFT_MODE: "1" }, { enforcement: "soft" }],
    [
      "the prefix before the plain name",
      { DEFAULT_REGION: "eu-west-1", LOCALSTACK_DEFAULT_REGION: "eu-west-2" },
      { region: "eu-west-2" },
    ],
    ["origins", { EXTRA_CORS_ALLOWED_ORIGINS: "http://localhost:3000" }, { allowedOrigins: ["http://localhost:3000"] }],
    [
      "LOCALSTACK_HOST",
      { LOCALSTACK_HOST: "aws.test:4510" },
      { publicUrl: "http://aws.test:4510", allowedHosts: [...hosts, "aws.test"] },
    ],
  ] as const) {
    it(`reads ${what}`, () => {
      assert.deepEqual(localStackOptions(env), { port: 4566, allowedHosts: hosts, ...chosen });
    });
  }
});
