import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { totpCode, stepOf } from "../../signing/totp.ts";
import { measureDecisions } from "./decisions.ts";
import { inProcessStarts } from "./in-process.ts";
import { measureListeners } from "./listeners.ts";
import {
  exchange,
  measure,
  residentMemory,
  sign,
  startSubject,
  stopSubject,
  type Credentials,
  type Measurement,
  type Outgoing,
  type Subject,
} from "./load.ts";
import { usersWithDevices, type BenchUser } from "./mfa-users.ts";
import { writePage } from "./page.ts";
import { BARE, BIN, startTimes } from "./starts.ts";
import { median, say, table } from "./table.ts";
import { hasWrk, Wrk } from "./wrk.ts";

// `npm run bench [-- --quick] [--write]`; `--write` writes docs/performance.md. Everything is compared within one run,
// in alternating rounds, since a machine's speed changes. Server CPU per request is the figure to look at; the rate
// depends on what else is running. The first round of each does not count: the cost of a server before its code is
// compiled is a row of its own.

const quick = process.argv.includes("--quick");
const COUNT = quick ? 2_000 : 10_000;
const ROUNDS = quick ? 1 : 3;
const STARTS = quick ? 3 : 11;
const WRK_ROUNDS = quick ? 5 : 15;
const DEVICES = quick ? 100 : 1_000;
const SIZES = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
const ROOT: Credentials = { accessKeyId: "test", secretAccessKey: "test" };
const PORTS = { bare: 4601, memory: 4602, file: 4603, moto: 4604, start: 4605, listeners: 4607 };
const folder = mkdtempSync(join(tmpdir(), "iam-local-bench-"));
const subjects: Subject[] = [];
try {
  await main();
} finally {
  for (const subject of subjects) await stopSubject(subject);
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  table(
    `Start (median of ${STARTS}, ms from spawn)`,
    ["", "first health", "first signed request"],
    await startTimes(PORTS.start, STARTS, ROOT),
  );
  say(await inProcessStarts());
  const bare = await started("bare node:http", process.execPath, [BARE, String(PORTS.bare)], PORTS.bare, "/");
  const memory = await emulator("memory", PORTS.memory, []);
  const file = await emulator("file", PORTS.file, ["--data", join(folder, "state")]);
  const moto = hasMoto()
    ? await started("moto", "moto_server", ["-p", String(PORTS.moto)], PORTS.moto, "/moto-api/")
    : undefined;
  await operations(bare, memory, file, moto);
  if (hasWrk()) underWrk(bare, memory);
  await growth(file);
  await measureListeners(PORTS.listeners);
  say(`\nPolicy decisions (identity + trust + MFA, one core): ${Math.round(measureDecisions())}/s`);
  const resident = (subject: Subject) => `${subject.name} ${residentMemory(subject).toFixed(0)} MiB`;
  say(`\nResident memory after the run: ${[memory, file, bare].map(resident).join(", ")}`);
  if (process.argv.includes("--write")) writePage();
}

/** Each round measures both, one after the other. */
function underWrk(bare: Subject, memory: Subject): void {
  const wrk = new Wrk(folder);
  const run = (subject: Subject) =>
    wrk.measure(subject, 1, () => sign(subject.port, "sts", { Action: "GetCallerIdentity" }, ROOT));
  const pairs = Array.from({ length: WRK_ROUNDS + 1 }, () => [run(bare), run(memory)] as const).slice(1);
  const [ofBare, ofOurs] = [0, 1].map((i) =>
    median(
      pairs.map((pair) => pair[i]!),
      ({ cpuMicroseconds }) => cpuMicroseconds,
    ),
  );
  const ratio = median(
    pairs.map(([theirs, ours]) => ours.cpuMicroseconds / theirs.cpuMicroseconds),
    (value) => value,
  );
  table(
    `Under wrk (16 connections, median of ${WRK_ROUNDS} rounds of a second)`,
    ["", "req/s", "server CPU us", "x bare", "failures"],
    [
      ["bare node:http, same body", ofBare!.requestsPerSecond, ofBare!.cpuMicroseconds, 1, ofBare!.failures],
      ["GetCallerIdentity, verified", ofOurs!.requestsPerSecond, ofOurs!.cpuMicroseconds, ratio, ofOurs!.failures],
    ],
  );
}

/** One operation that is measured repeatedly. */
interface Case {
  readonly name: string;
  readonly subject: Subject;
  readonly count: number;
  readonly next: (i: number) => Outgoing;
  /** Runs before each round, unmeasured. */
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
}

async function operations(bare: Subject, memory: Subject, file: Subject, moto: Subject | undefined): Promise<void> {
  const identity = (subject: Subject) => () => sign(subject.port, "sts", { Action: "GetCallerIdentity" }, ROOT);
  const cold = await measure(memory, 1_000, identity(memory));
  const users = await usersWithDevices(memory, ROOT, DEVICES);
  const [user] = users;
  const cases: Case[] = [
    { name: "bare node:http, same body", subject: bare, count: COUNT, next: identity(bare) },
    { name: "GetCallerIdentity, verified", subject: memory, count: COUNT, next: identity(memory) },
    ...(moto
      ? [{ name: "GetCallerIdentity, moto (unverified)", subject: moto, count: COUNT / 20, next: identity(moto) }]
      : []),
    sessionTokens(memory, users),
    {
      name: "AssumeRole",
      subject: memory,
      count: COUNT,
      next: () => sign(memory.port, "sts", assumeRole(user!.account), user!.key),
    },
    createUser("CreateUser, memory", memory, COUNT, "o"),
    createUser("CreateUser, file (durable)", file, COUNT / 2, "o"),
  ];
  const [ofBare, ofOurs, ...others] = await inTurns(cases);
  const row = (name: string, run: Measurement): Row => [
    name,
    run.requestsPerSecond,
    run.cpuMicroseconds,
    run.cpuMicroseconds / ofBare!.cpuMicroseconds,
    run.failures,
  ];
  table(
    `One operation (16 at a time, median of ${ROUNDS})`,
    ["", "req/s", "server CPU us", "x bare", "failures"],
    [
      row(cases[0]!.name, ofBare!),
      row(cases[1]!.name, ofOurs!),
      ...others.map((run, i) => row(cases[i + 2]!.name, run)),
      row("GetCallerIdentity, the first 1,000 of a process", cold),
    ],
  );
  if (moto) {
    const times = ofOurs!.requestsPerSecond / others[0]!.requestsPerSecond;
    say(`\nRate against moto: ${times.toFixed(1)} times`);
  }
}

async function growth(file: Subject): Promise<void> {
  const rows: Row[] = [];
  let users = 0;
  for (const size of SIZES) {
    await measure(file, size - users, (i) => newUser(file, `f${users + i}`));
    users = size;
    const runs = await inTurns([
      {
        name: "GetUser",
        subject: file,
        count: COUNT,
        next: (i) => sign(file.port, "iam", { Action: "GetUser", UserName: `f${i % 1_000}` }, ROOT),
      },
      {
        name: "ListUsers",
        subject: file,
        count: COUNT / 5,
        next: () => sign(file.port, "iam", { Action: "ListUsers", MaxItems: "100" }, ROOT),
      },
      createUser("CreateUser", file, COUNT / 5, `g${size}-`),
    ]);
    rows.push([`${size} users`, ...runs.map(({ cpuMicroseconds }) => cpuMicroseconds), residentMemory(file)]);
  }
  const [first, last] = [rows[0]!, rows.at(-1)!];
  rows.push(["last / first", ...first.slice(1).map((value, i) => Number(last[i + 1]) / Number(value))]);
  table(
    `Growth (file backend; server CPU us, median of ${ROUNDS})`,
    ["", "GetUser", "ListUsers page of 100", "CreateUser, durable", "RSS MiB"],
    rows,
  );
}

/** Measures the cases one after the other, in rounds. Returns the median of each case's rounds, by CPU. */
async function inTurns(cases: readonly Case[]): Promise<Measurement[]> {
  const runs: Measurement[][] = cases.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, { subject, count, next, before, after }] of cases.entries()) {
      await before?.();
      const run = await measure(subject, count, next);
      await after?.();
      if (round > 0) runs[i]!.push(run);
    }
  }
  return runs.map((ofCase) => {
    const failures = ofCase.reduce((sum, run) => sum + run.failures, 0);
    return { ...median(ofCase, (run) => run.cpuMicroseconds), failures };
  });
}

type Row = (string | number)[];

async function started(name: string, command: string, args: string[], port: number, probe: string): Promise<Subject> {
  const subject = await startSubject(name, command, args, port, probe);
  subjects.push(subject);
  return subject;
}

function emulator(name: string, port: number, flags: string[]): Promise<Subject> {
  const args = [BIN, "start", "--port", String(port), "--quotas", "UsersPerAccount=1000000", ...flags];
  return started(name, process.execPath, args, port, "/_emulator/health");
}

function newUser({ port }: Subject, name: string): Outgoing {
  return sign(port, "iam", { Action: "CreateUser", UserName: name }, ROOT);
}

/** The users are deleted again, so that each round finds as many as the first did. */
function createUser(name: string, subject: Subject, count: number, prefix: string): Case {
  return {
    name,
    subject,
    count,
    next: (i) => newUser(subject, `${prefix}${i}`),
    async after() {
      const { failures } = await measure(subject, count, (i) =>
        sign(subject.port, "iam", { Action: "DeleteUser", UserName: `${prefix}${i}` }, ROOT),
      );
      if (failures > 0) throw new Error(`${failures} users could not be deleted`);
    },
  };
}

function assumeRole(account: string): Record<string, string> {
  return {
    Action: "AssumeRole",
    RoleArn: `arn:aws:iam::${account}:role/bench`,
    RoleSessionName: "bench",
  };
}

/** A code works once, so each user uses one per round, and the clock moves on between rounds. */
function sessionTokens(subject: Subject, users: readonly BenchUser[]): Case {
  let step = 0;
  return {
    name: "GetSessionToken with MFA",
    subject,
    count: users.length,
    async before() {
      const { text } = await exchange(subject.port, {
        method: "POST",
        path: "/_emulator/clock",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ advance: 300 }),
      });
      step = stepOf(Date.parse((JSON.parse(text) as { now: string }).now));
    },
    next(i) {
      const { serial, seed, key } = users[i]!;
      const parameters = { Action: "GetSessionToken", SerialNumber: serial, TokenCode: totpCode(seed, step) };
      return sign(subject.port, "sts", parameters, key);
    },
  };
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
