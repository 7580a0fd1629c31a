import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { totpCode, stepOf } from "../../signing/totp.ts";
import { measureDecisions } from "./decisions.ts";
import {
  exchange,
  measure,
  residentMemory,
  sign,
  startSubject,
  stopSubject,
  type Credentials,
  type Measurement,
  type Subject,
} from "./load.ts";

// `npm run bench [-- --quick]`: everything is compared within this one run, since a machine's speed changes from minute to
// minute. Server CPU per request is the figure to look at; the rate depends on what else the machine does.

const quick = process.argv.includes("--quick");
const COUNT = quick ? 2_000 : 10_000;
const SIZES = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
const ROOT: Credentials = { accessKeyId: "test", secretAccessKey: "test" };
const BIN = fileURLToPath(new URL("../../bin/iam-local.js", import.meta.url));
const BARE = fileURLToPath(new URL("./bare-server.js", import.meta.url));
const PORTS = { bare: 4601, memory: 4602, file: 4603, moto: 4604 };

const folder = mkdtempSync(join(tmpdir(), "iam-local-bench-"));
const subjects: Subject[] = [];
try {
  await main();
} finally {
  for (const subject of subjects) await stopSubject(subject);
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const starts = await startTimes();
  const bare = await started("bare node:http", process.execPath, [BARE, String(PORTS.bare)], PORTS.bare, "/");
  const memory = await emulator("memory", PORTS.memory, []);
  const file = await emulator("file", PORTS.file, ["--data", join(folder, "state")]);
  const moto = hasMoto()
    ? await started("moto", "moto_server", ["-p", String(PORTS.moto)], PORTS.moto, "/moto-api/")
    : undefined;

  table("Start (median of 5, ms from spawn)", ["", "first health", "first signed request"], starts);

  const identity = (subject: Subject) => () => sign(subject.port, "sts", { Action: "GetCallerIdentity" }, ROOT);
  const bareRun = await measure(bare, COUNT, identity(bare));
  const memoryRun = await measure(memory, COUNT, identity(memory));
  const bareAgain = await measure(bare, COUNT, identity(bare));
  const bareCpu = (bareRun.cpuMicroseconds + bareAgain.cpuMicroseconds) / 2;
  const rows: Row[] = [
    ["bare node:http, same body", bareRun.requestsPerSecond, bareCpu, 1, bareRun.failures],
    row("GetCallerIdentity, verified", memoryRun, bareCpu),
  ];
  if (moto)
    rows.push(row("GetCallerIdentity, moto (unverified)", await measure(moto, COUNT / 10, identity(moto)), bareCpu));

  const user = await userWithDevice(memory);
  rows.push(row("GetSessionToken with MFA", await sessionTokens(memory, user), bareCpu));
  rows.push(
    row(
      "AssumeRole",
      await measure(memory, COUNT, () => sign(memory.port, "sts", assumeRole(user.account), user.key)),
      bareCpu,
    ),
  );
  rows.push(row("CreateUser, memory", await createUsers(memory, COUNT, "m"), bareCpu));
  rows.push(row("CreateUser, file (durable)", await createUsers(file, SIZES[0]!, "f"), bareCpu));
  table("One operation (16 at a time)", ["", "req/s", "server CPU us", "x bare", "failures"], rows);
  if (moto) {
    const motoRow = rows.find(([name]) => String(name).includes("moto"))!;
    console.log(`\nRate against moto: ${(memoryRun.requestsPerSecond / Number(motoRow[1])).toFixed(1)} times`);
  }

  const growth: Row[] = [];
  let users = SIZES[0]!;
  for (const size of SIZES) {
    if (size > users) {
      await createUsers(file, size - users, `g${size}-`);
      users = size;
    }
    const count = quick ? 1_000 : 4_000;
    const name = (i: number) => `f${i % 1000}`;
    const get = await measure(file, count, (i) =>
      sign(file.port, "iam", { Action: "GetUser", UserName: name(i) }, ROOT),
    );
    const list = await measure(file, count / 4, () =>
      sign(file.port, "iam", { Action: "ListUsers", MaxItems: "100" }, ROOT),
    );
    const create = await createUsers(file, count, `c${size}-`);
    users += count;
    growth.push([
      `${users} users`,
      get.cpuMicroseconds,
      list.cpuMicroseconds,
      create.cpuMicroseconds,
      residentMemory(file),
    ]);
  }
  table(
    "Growth (file backend; server CPU us)",
    ["", "GetUser", "ListUsers page of 100", "CreateUser, durable", "RSS MiB"],
    growth,
  );
  console.log(`\nPolicy decisions (identity + trust + MFA, one core): ${Math.round(measureDecisions())}/s`);
  console.log(
    `Resident memory after the run: memory ${residentMemory(memory).toFixed(0)} MiB, bare ${residentMemory(bare).toFixed(0)} MiB`,
  );
}

type Row = (string | number)[];

function row(
  name: string,
  run: Pick<Measurement, "requestsPerSecond" | "cpuMicroseconds" | "failures">,
  bareCpu: number,
): Row {
  return [name, run.requestsPerSecond, run.cpuMicroseconds, run.cpuMicroseconds / bareCpu, run.failures];
}

async function started(name: string, command: string, args: string[], port: number, probe: string): Promise<Subject> {
  const subject = await startSubject(name, command, args, port, probe);
  subjects.push(subject);
  return subject;
}

function emulator(name: string, port: number, flags: string[]): Promise<Subject> {
  const args = [BIN, "start", "--port", String(port), "--quotas", "UsersPerAccount=1000000", ...flags];
  return started(name, process.execPath, args, port, "/_emulator/health");
}

/** Median times of five fresh starts each, bare and emulator in turn. */
async function startTimes(): Promise<Row[]> {
  const times: Record<string, number[]> = { bare: [], health: [], request: [] };
  for (let round = 0; round < 5; round++) {
    const bare = await startSubject("bare", process.execPath, [BARE, "4611"], 4611, "/");
    times.bare!.push(bare.startedMs);
    await stopSubject(bare);
    const began = performance.now();
    const ours = await startSubject(
      "iam-local",
      process.execPath,
      [BIN, "start", "--port", "4612"],
      4612,
      "/_emulator/health",
    );
    times.health!.push(ours.startedMs);
    await exchange(4612, sign(4612, "sts", { Action: "GetCallerIdentity" }, ROOT));
    times.request!.push(performance.now() - began);
    await stopSubject(ours);
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[2]!;
  const bare = median(times.bare!);
  return [
    ["bare node:http", bare, "-"],
    ["iam-local", median(times.health!), median(times.request!)],
    ["times bare", median(times.health!) / bare, median(times.request!) / bare],
  ];
}

function createUsers(subject: Subject, count: number, prefix: string): Promise<Measurement> {
  return measure(subject, count, (i) =>
    sign(subject.port, "iam", { Action: "CreateUser", UserName: `${prefix}${i}` }, ROOT),
  );
}

interface BenchUser {
  readonly account: string;
  readonly key: Credentials;
  readonly serial: string;
}

/** Makes a user with an access key, a virtual device and a role to assume. */
async function userWithDevice(subject: Subject): Promise<BenchUser> {
  const call = async (parameters: Record<string, string>) => {
    const { status, text } = await exchange(subject.port, sign(subject.port, "iam", parameters, ROOT));
    if (status !== 200) throw new Error(`${parameters.Action}: ${text}`);
    return text;
  };
  const value = (text: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)![1]!;
  const account = "000000000000";
  await call({ Action: "CreateUser", UserName: "bench" });
  const key = await call({ Action: "CreateAccessKey", UserName: "bench" });
  const device = await call({ Action: "CreateVirtualMFADevice", VirtualMFADeviceName: "bench" });
  const serial = value(device, "SerialNumber");
  const seed = Buffer.from(value(device, "Base32StringSeed"), "base64").toString();
  const step = stepOf(Date.now());
  await call({
    Action: "EnableMFADevice",
    UserName: "bench",
    SerialNumber: serial,
    AuthenticationCode1: totpCode(seed, step - 1),
    AuthenticationCode2: totpCode(seed, step),
  });
  const allow = (action: string, extra: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, ...extra }] });
  await call({
    Action: "CreateRole",
    RoleName: "bench",
    AssumeRolePolicyDocument: allow("sts:AssumeRole", { Principal: { AWS: `arn:aws:iam::${account}:root` } }),
  });
  await call({
    Action: "PutUserPolicy",
    UserName: "bench",
    PolicyName: "assume",
    PolicyDocument: allow("sts:AssumeRole", { Resource: "*" }),
  });
  return {
    account,
    serial,
    key: { accessKeyId: value(key, "AccessKeyId"), secretAccessKey: value(key, "SecretAccessKey") },
  };
}

function assumeRole(account: string): Record<string, string> {
  return {
    Action: "AssumeRole",
    RoleArn: `arn:aws:iam::${account}:role/bench`,
    RoleSessionName: "bench",
  };
}

/** A code works once and a device nine times in three minutes, so each request comes with the clock moved on by as much. */
async function sessionTokens(subject: Subject, user: BenchUser) {
  const codes = quick ? 100 : 500;
  let total = { requestsPerSecond: 0, cpuMicroseconds: 0, failures: 0 };
  for (let i = 0; i < codes; i++) {
    await exchange(subject.port, {
      method: "POST",
      path: "/_emulator/clock",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ advance: 180 }),
    });
    const { text } = await exchange(subject.port, {
      method: "GET",
      path: `/_emulator/mfa/code?serialNumber=${encodeURIComponent(user.serial)}`,
      headers: {},
    });
    const { code } = JSON.parse(text) as { code: string };
    const run = await measure(subject, 1, () =>
      sign(subject.port, "sts", { Action: "GetSessionToken", SerialNumber: user.serial, TokenCode: code }, user.key),
    );
    total = {
      requestsPerSecond: total.requestsPerSecond + run.requestsPerSecond / codes,
      cpuMicroseconds: total.cpuMicroseconds + run.cpuMicroseconds / codes,
      failures: total.failures + run.failures,
    };
  }
  await exchange(subject.port, {
    method: "POST",
    path: "/_emulator/clock",
    headers: { "Content-Type": "application/json" },
    body: '{"real":true}',
  });
  return total;
}

function hasMoto(): boolean {
  try {
    execFileSync("moto_server", ["--help"], { stdio: "ignore" });
    return true;
  } catch {
    console.log("moto_server is not installed: not compared with it");
    return false;
  }
}

function table(title: string, head: string[], rows: readonly Row[]): void {
  const show = (cell: string | number) =>
    typeof cell === "number" ? (cell >= 100 ? cell.toFixed(0) : cell.toFixed(2)) : cell;
  console.log(`\n${title}\n| ${head.join(" | ")} |\n|${head.map(() => " --- |").join("")}`);
  for (const cells of rows) console.log(`| ${cells.map(show).join(" | ")} |`);
}
