// What replicas on PostgreSQL cost, beside the folder backend: `node dist/integration/bench/replicas.js [--quick]`.
// All are measured in turns within one run; compare numbers of one run only. CPU is that of all replicas, and of the database, for
// one request; the rate depends on how many cores there are for all of them and for the client.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuSeconds } from "../replicas/processes.ts";
import { startPostgres } from "../replicas/postgres.ts";
import { startReplica, ROOT, type Replica } from "../replicas/replica.ts";
import { startCluster } from "../replicas/cluster.ts";
import { disconnect, send, sign, type Outgoing } from "./load.ts";
import { median, table } from "./table.ts";

const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 1 : 5;
const COUNT = quick ? 500 : 4_000;
const USERS = 100;
const FLAGS = ["--quotas", "UsersPerAccount=1000000"];

/** A state, and the replicas that serve it. */
interface Subject {
  readonly name: string;
  readonly replicas: readonly Replica[];
  readonly databasePids: () => readonly number[];
  readonly end: () => Promise<void>;
}

interface Measurement {
  readonly requestsPerSecond: number;
  /** In microseconds for each request. */
  readonly replicaCpu: number;
  readonly databaseCpu: number;
  readonly failures: number;
}

interface Case {
  readonly name: string;
  readonly concurrency: number;
  readonly next: (port: number, i: number) => Outgoing;
}

const call = (service: "iam" | "sts", parameters: Record<string, string>) => (port: number) =>
  sign(port, service, parameters, ROOT);
const tagUser = (port: number, i: number) => {
  const tag = { "Tags.member.1.Key": "number", "Tags.member.1.Value": String(i) };
  return call("iam", { Action: "TagUser", UserName: `user-${i % USERS}`, ...tag })(port);
};
const getUser = (port: number, i: number) => call("iam", { Action: "GetUser", UserName: `user-${i % USERS}` })(port);
let created = 0;

const CASES: readonly Case[] = [
  { name: "GetCallerIdentity", concurrency: 16, next: call("sts", { Action: "GetCallerIdentity" }) },
  { name: "GetUser", concurrency: 16, next: getUser },
  { name: "GetUser, 128 at a time", concurrency: 128, next: getUser },
  {
    name: "CreateUser, durable",
    concurrency: 16,
    next: (port) => call("iam", { Action: "CreateUser", UserName: `new-${created++}` })(port),
  },
  { name: "TagUser, durable, one at a time", concurrency: 1, next: tagUser },
  { name: "TagUser, durable", concurrency: 16, next: tagUser },
  { name: "TagUser, durable, 128 at a time", concurrency: 128, next: tagUser },
];

const folder = mkdtempSync(join(tmpdir(), "iam-local-bench-"));
const subjects: Subject[] = [];
try {
  subjects.push(await onFolder());
  for (const count of [1, 2, 3]) subjects.push(await onPostgres(count));
  for (const { replicas } of subjects) {
    for (let i = 0; i < USERS; i++)
      await send(replicas[0]!.port, call("iam", { Action: "CreateUser", UserName: `user-${i}` })(replicas[0]!.port));
  }
  for (const one of CASES) await compare(one);
} finally {
  for (const { end } of subjects) await end();
  rmSync(folder, { recursive: true, force: true });
}

async function onFolder(): Promise<Subject> {
  const replica = await startReplica(["--data", join(folder, "state"), ...FLAGS]);
  return { name: "folder", replicas: [replica], databasePids: () => [], end: replica.kill };
}

/** Each number of replicas has a server of its own, whose CPU is then theirs. */
async function onPostgres(count: number): Promise<Subject> {
  const database = await startPostgres();
  if (!database) throw new Error("there is no PostgreSQL to measure");
  const url = await database.newDatabase();
  const { replicas, close } = await startCluster(
    Array.from({ length: count }, () => url),
    FLAGS,
  );
  return {
    name: `PostgreSQL, ${count} ${count === 1 ? "replica" : "replicas"}`,
    replicas,
    databasePids: database.pids,
    async end() {
      await close();
      await database.stop();
    },
  };
}

async function compare({ name, concurrency, next }: Case): Promise<void> {
  const count = concurrency === 1 ? COUNT / 4 : COUNT;
  const runs = subjects.map((): Measurement[] => []);
  // The first round does not count: code is compiled in it.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, subject] of subjects.entries()) {
      disconnect();
      const run = await measure(subject, count, concurrency, next);
      if (round > 0) runs[i]!.push(run);
    }
  }
  const of = (ofSubject: readonly Measurement[], figure: (run: Measurement) => number) =>
    figure(median(ofSubject, figure));
  table(
    `${name} (${concurrency} at a time, median of ${ROUNDS} times ${count})`,
    ["", "req/s", "CPU us of replicas", "CPU us of database", "CPU us in all", "failures"],
    subjects.map((subject, i) => [
      subject.name,
      of(runs[i]!, (run) => run.requestsPerSecond),
      of(runs[i]!, (run) => run.replicaCpu),
      of(runs[i]!, (run) => run.databaseCpu),
      of(runs[i]!, (run) => run.replicaCpu + run.databaseCpu),
      runs[i]!.reduce((sum, run) => sum + run.failures, 0),
    ]),
  );
}

/** Sends requests to the replicas by turns. */
async function measure(subject: Subject, count: number, concurrency: number, next: Case["next"]): Promise<Measurement> {
  const { replicas, databasePids } = subject;
  const cpu = () => [cpuSeconds(replicas.map(({ pid }) => pid())), cpuSeconds(databasePids())] as const;
  const before = cpu();
  const began = performance.now();
  let [sent, failures] = [0, 0];
  const worker = async () => {
    while (sent < count) {
      const i = sent++;
      const { port } = replicas[i % replicas.length]!;
      const status = await send(port, next(port, i)).catch(() => 0);
      if (status !== 200) failures++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - began) / 1000;
  const [ofReplicas, ofDatabase] = cpu().map((value, i) => ((value - before[i]!) / count) * 1e6);
  return { requestsPerSecond: count / seconds, replicaCpu: ofReplicas!, databaseCpu: ofDatabase!, failures };
}
