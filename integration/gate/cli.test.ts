import assert from "node:assert/strict";
import { Agent } from "node:https";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { describe, it } from "mocha";
import { start } from "../../server/index.ts";
import { clientsOf, type Credentials } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { CLI, exitOf, launch, runCli, withProcess } from "../process.ts";
import { upstream } from "./upstream.ts";

const KEYS = { accessKeyId: "test", secretAccessKey: "test" };

async function list(endpoint: string, credentials: Credentials = KEYS, requestHandler = {}): Promise<unknown> {
  const { accessKeyId, secretAccessKey } = credentials;
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler,
  });
  try {
    return await client.send(new ListTablesCommand({}));
  } finally {
    client.destroy();
  }
}

const health = async (endpoint: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`${endpoint}/_gate/health`)).json()) as Record<string, unknown>;

describe("iam-local start --gate-to", () => {
  const behind = upstream();

  it("opens a gate beside the emulator, says where, and closes both when it is told to", async () => {
    const args = [CLI, "start", "--port", "0", "--gate-port", "0", "--gate-to", behind.origin];
    const { code, stdout } = await withProcess(process.execPath, args, {}, async ({ output }) => {
      const gate = /gate {7}(\S+), before (\S+)/.exec(output.stdout)!;
      assert.equal(gate[2], behind.origin);
      assert.match(output.stdout, new RegExp(`export AWS_ENDPOINT_URL=${gate[1]}\n`));
      await list(gate[1]!);
      assert.equal(behind.requests.length, 1);
      assert.equal((await health(gate[1]!))["status"], "ok");
    });
    assert.equal(code, 0);
    assert.match(stdout, /SIGTERM, closing/);
  });

  it("takes the same from variables, and tells programs where the gate is", async () => {
    const env = {
      IAM_LOCAL_GATE_TO: `dynamodb=${behind.origin}`,
      IAM_LOCAL_GATE_PORT: "0",
      IAM_LOCAL_GATE_UNMAPPED: "pass",
    };
    const { child, output } = launch(process.execPath, [CLI, "start", "--port", "0", "--json"], { env });
    const exited = exitOf(child);
    while (!output.stdout.endsWith("\n")) await new Promise(setImmediate);
    const { gate } = JSON.parse(output.stdout) as { gate: string };
    assert.equal((await health(gate))["unmapped"], "pass");
    assert.match(output.stderr, /!! NOT ENFORCED: calls whose permissions the gate does not know \(pass\)/);
    child.kill("SIGTERM");
    assert.equal(await exited, 0);
  });

  it("says which port is taken", async () => {
    const { port } = new URL(behind.origin);
    const { code, stderr } = await runCli(["start", "--port", "0", "--gate-port", port, "--gate-to", behind.origin]);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `iam-local: port ${port} at 127.0.0.1 is taken. Stop what listens there, or choose another with --gate-port.\n`,
    );
  });
});

describe("a gate of an emulator that speaks HTTPS", () => {
  const behind = upstream();

  it("speaks it with the same certificate, and tells policies so", async () => {
    const emulator = await start({ port: 0, log: () => {}, tls: true, gate: { to: behind.origin, port: 0 } });
    try {
      const { endpoint } = emulator.gate!;
      assert.match(endpoint, /^https:/);
      const server = { ...emulator, endpoint: emulator.endpoint.replace("https:", "http:") };
      const { destroy, ...clients } = clientsOf(() => server);
      const Condition = { Bool: { "aws:SecureTransport": "true" } };
      const statements = [{ ...allow("dynamodb:ListTables"), Condition }];
      const { credentials } = await createUser({ server, ...clients }, "tls", { statements });
      destroy();
      await list(endpoint, credentials, { httpsAgent: new Agent({ ca: emulator.tls!.ca }) });
      await assert.rejects(list(endpoint.replace("https:", "http:"), credentials), { name: "AccessDeniedException" });
      assert.equal(behind.requests.length, 1);
    } finally {
      await emulator.close();
    }
  });
});

describe("iam-local gate", () => {
  const behind = upstream();

  it("lets through what an emulator elsewhere allows, and nothing while there is none", async () => {
    const emulator = await start({ port: 0, log: () => {} });
    const args = [
      CLI,
      "gate",
      "--port",
      "0",
      "--json",
      "--iam",
      emulator.endpoint,
      "--to",
      `dynamodb=${behind.origin}`,
      "--to",
      `s3=${behind.origin}`,
    ];
    const { child, output } = launch(process.execPath, args, {});
    const exited = exitOf(child);
    while (!output.stdout.endsWith("\n")) await new Promise(setImmediate);
    const { endpoint, upstreams } = JSON.parse(output.stdout) as { endpoint: string; upstreams: object };
    assert.deepEqual(Object.keys(upstreams), ["dynamodb", "s3"]);
    await list(endpoint);
    await assert.rejects(list(endpoint, { ...KEYS, secretAccessKey: "wrong" }), { name: "InvalidSignatureException" });
    assert.equal(behind.requests.length, 1);
    await emulator.close();
    await assert.rejects(list(endpoint), {
      name: "ServiceUnavailableException",
      message: `The emulator at ${emulator.endpoint}, which decides what the gate lets pass, does not answer.`,
    });
    assert.equal(behind.requests.length, 1);
    assert.equal((await health(endpoint))["status"], "failed");
    child.kill("SIGTERM");
    assert.equal(await exited, 0);
  });

  for (const [args, code, message] of [
    [[], 1, "iam-local: --to must say where what the gate lets pass goes, such as http://127.0.0.1:8000.\n"],
    [["--to", "127.0.0.1:8000"], 2, 'to must be an http or https URL, not "127.0.0.1:8000"'],
    [["--to", "http://127.0.0.1:8000/path"], 2, "to must end with the host or port, as http://localhost:4593 does"],
    [["--to", "s3=http://127.0.0.1:1", "--to", "s3=http://127.0.0.1:2"], 2, "to has two URLs for s3"],
    [["--to", "http://127.0.0.1:1,http://127.0.0.1:2"], 2, "to has two URLs for all other services"],
    [["--to", "iam=http://127.0.0.1:1"], 2, "to: the emulator itself answers iam"],
    [["--to", "http://127.0.0.1:1", "--unmapped", "maybe"], 2, 'unmapped must be refuse or pass, not "maybe"'],
    [
      ["--to", "http://127.0.0.1:1", "--upstream-keys", "secretless"],
      2,
      "upstreamKeys must be an access key id and its secret, as ID:SECRET",
    ],
    [
      ["--to", "http://127.0.0.1:1", "--iam", "http://iam.example.com"],
      1,
      "iam.example.com is neither this machine nor a host in allowedHosts",
    ],
  ] as const) {
    it(`says what is wrong with "${args.join(" ")}"`, async () => {
      const ended = await runCli(["gate", "--port", "0", ...args]);
      assert.equal(ended.code, code);
      assert.ok(ended.stderr.includes(message), ended.stderr);
    });
  }
});

describe("a gate that checks less", () => {
  const behind = upstream();

  for (const [options, unchecked] of [
    [{}, null],
    [{ enforcement: "soft" }, "permissions"],
    [{ gate: { unmapped: "pass" } }, "permissions of unmapped calls"],
    [{ enforcement: "off", gate: { unmapped: "pass" } }, "permissions, permissions of unmapped calls"],
  ] as const) {
    it(`says in every answer what it does not check: ${String(unchecked)}`, async () => {
      const { gate, ...rest } = { gate: {}, ...options };
      const emulator = await start({ port: 0, log: () => {}, ...rest, gate: { to: behind.origin, port: 0, ...gate } });
      try {
        const answer = await fetch(emulator.gate!.endpoint, { method: "POST" });
        assert.equal(answer.headers.get("x-iam-local-unchecked"), unchecked);
      } finally {
        await emulator.close();
      }
    });
  }
});
