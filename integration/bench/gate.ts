import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import aws4 from "aws4";
import type { IamLocal } from "../../server/index.ts";
import { clientsOf, type Credentials } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import {
  cpuSeconds,
  measure,
  startSubject,
  stopSubject,
  type Measurement,
  type Outgoing,
  type Subject,
} from "./load.ts";
import { median, table } from "./table.ts";

// `node dist/integration/bench/gate.js [--quick]`: what the gate adds to a request, beside a proxy of the same client and server that
// only passes on, in rounds that take turns; and a large upload through it.

const quick = process.argv.includes("--quick");
const COUNT = quick ? 2_000 : 10_000;
const ROUNDS = quick ? 1 : 3;
const MEBIBYTES = 1024;
const PORTS = { upstream: 4611, passThrough: 4612, emulator: 4613, gate: 4614, remote: 4615 };
const UPSTREAM = `http://127.0.0.1:${PORTS.upstream}`;
const BIN = fileURLToPath(new URL("../../bin/iam-local.js", import.meta.url));
const file = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));
const subjects: Subject[] = [];

try {
  await main();
} finally {
  for (const subject of subjects.toReversed()) await stopSubject(subject);
}

async function main(): Promise<void> {
  await started("upstream", [file("gate-upstream"), String(PORTS.upstream)], PORTS.upstream, "/");
  const bare = await started(
    "pass-through",
    [file("pass-through"), String(PORTS.passThrough), UPSTREAM],
    PORTS.passThrough,
    "/",
  );
  const own = ["start", "--port", String(PORTS.emulator), "--gate-port", String(PORTS.gate), "--gate-to", UPSTREAM];
  const gate = await started("gate", [BIN, ...own], PORTS.gate, "/_gate/health");
  const beside = [
    "gate",
    "--port",
    String(PORTS.remote),
    "--iam",
    `http://127.0.0.1:${PORTS.emulator}`,
    "--to",
    UPSTREAM,
  ];
  const remote = await started("gate in a process of its own", [BIN, ...beside], PORTS.remote, "/_gate/health");
  const caller = await user();
  await small(caller, bare, gate, remote);
  table(
    `${MEBIBYTES} MiB to S3 in one PUT`,
    ["", "MiB/s", "CPU s", "peak RSS MiB"],
    [await upload(bare, caller), await upload(gate, caller)],
  );
}

async function small(caller: Credentials, bare: Subject, gate: Subject, remote: Subject): Promise<void> {
  const cases = [getItem, getObject].flatMap((call) => [bare, gate, remote].map((subject) => ({ call, subject })));
  const runs = cases.map((): Measurement[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, { call, subject }] of cases.entries()) {
      const run = await measure(subject, COUNT, () => call(subject.port, caller));
      if (round > 0) runs[i]!.push(run);
    }
  }
  const medians = runs.map((ofCase) => median(ofCase, ({ cpuMicroseconds }) => cpuMicroseconds));
  const rows = cases.map(({ call, subject }, i) => {
    const { requestsPerSecond, cpuMicroseconds, failures } = medians[i]!;
    const base = medians[i - (i % 3)]!.cpuMicroseconds;
    const name = call === getItem ? "GetItem" : "GetObject, 1 KB";
    return [`${name}, ${subject.name}`, requestsPerSecond, cpuMicroseconds, cpuMicroseconds - base, failures];
  });
  table(
    `One request (16 at a time, median of ${ROUNDS}; CPU of the process that is called)`,
    ["", "req/s", "CPU us", "added us", "failures"],
    rows,
  );
}

/** Whoever calls: a user whose policy has one statement for each service. */
async function user(): Promise<Credentials> {
  const endpoint = `http://127.0.0.1:${PORTS.emulator}`;
  const server = { endpoint, rootCredentials: { accessKeyId: "test", secretAccessKey: "test" } } as IamLocal;
  const { destroy, ...clients } = clientsOf(() => server);
  const statements = [
    allow("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/Music"),
    allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::photos/*"),
  ];
  const { credentials } = await createUser({ server, ...clients }, "caller", { statements });
  destroy();
  return credentials;
}

function getItem(port: number, caller: Credentials): Outgoing {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem" };
  const body = JSON.stringify({ TableName: "Music", Key: { Id: { S: "ann" } } });
  return signed(port, caller, { service: "dynamodb", method: "POST", path: "/", headers, body });
}

function getObject(port: number, caller: Credentials): Outgoing {
  return signed(port, caller, { service: "s3", method: "GET", path: "/photos/some/key.jpg" });
}

function signed(port: number, caller: Credentials, outgoing: aws4.Request): Outgoing {
  const { method, path, headers, body } = aws4.sign(
    { region: "us-east-1", host: `127.0.0.1:${port}`, ...outgoing },
    caller,
  );
  return {
    method: method!,
    path: path!,
    headers: headers as Record<string, string>,
    ...(body !== undefined && { body: String(body) }),
  };
}

/** A body whose hash is signed, sent as it is read. */
async function upload(subject: Subject, caller: Credentials): Promise<(string | number)[]> {
  const mebibyte = Buffer.alloc(1024 * 1024, "x");
  const hash = createHash("sha256");
  for (let i = 0; i < MEBIBYTES; i++) hash.update(mebibyte);
  const { method, path, headers } = signed(subject.port, caller, {
    service: "s3",
    method: "PUT",
    path: "/photos/large",
    headers: { "content-length": MEBIBYTES * mebibyte.length, "x-amz-content-sha256": hash.digest("hex") },
  });
  const { pid } = subject.process;
  const cpu = cpuSeconds(pid!);
  const began = performance.now();
  const status = await new Promise<number>((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: subject.port, method, path, headers }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode!));
    });
    sent.on("error", reject);
    Readable.from(repeated(mebibyte)).pipe(sent);
  });
  if (status !== 200) throw new Error(`${subject.name} answered ${status}`);
  const seconds = (performance.now() - began) / 1000;
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  return [subject.name, MEBIBYTES / seconds, cpuSeconds(pid!) - cpu, peak];
}

function* repeated(bytes: Buffer): Generator<Buffer> {
  for (let i = 0; i < MEBIBYTES; i++) yield bytes;
}

async function started(name: string, args: readonly string[], port: number, probe: string): Promise<Subject> {
  const subject = await startSubject(name, process.execPath, args, port, probe);
  subjects.push(subject);
  return subject;
}
