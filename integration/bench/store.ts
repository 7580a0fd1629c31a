// What the file backend costs: `node dist/integration/bench/store.js [--quick]`. Start and memory by the number of
// users, the cost of a commit, and how long requests wait while the journal is folded. Compare the numbers of one run
// only with each other, or with another run on the same quiet machine.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHistogram } from "node:perf_hooks";
import { openDisk } from "../../data/disk.ts";
import { collections } from "../../data/entities/collections.ts";
import { users, type User } from "../../data/entities/users.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { openStore, type LocalStore } from "../../data/store.ts";
import { cpuSeconds, residentMemory, startSubject, stopSubject } from "./load.ts";
import { table } from "./table.ts";

const quick = process.argv.includes("--quick");
const SIZES = quick ? [1, 1_000, 10_000] : [1, 1_000, 10_000, 100_000];
const STARTS = quick ? 3 : 7;
const COMMITS = quick ? 500 : 2_000;
const FOLDS = 3;
const PORT = 4606;
const BIN = fileURLToPath(new URL("../../bin/iam-local.js", import.meta.url));

const user = (i: number, path = "/"): User => ({
  account: "000000000000",
  name: `user-${i}`,
  path,
  id: `AIDA${String(i).padStart(17, "Q")}`,
  createdAt: 1_700_000_000_000 + i,
  tags: [{ Key: "team", Value: `team ${i % 100}` }],
});

const folder = mkdtempSync(join(tmpdir(), "iam-local-bench-"));
try {
  await starts();
  await commits();
  await folds(SIZES.at(-1)!);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function open(name: string, foldBeyond?: number): Promise<LocalStore> {
  const disk = await openDisk(join(folder, name));
  return await openStore({ collections, backend: fileBackend(disk, foldBeyond === undefined ? {} : { foldBeyond }) });
}

/** A folder with this many users, closed properly. */
async function filled(size: number): Promise<string> {
  const store = await open(`users-${size}`);
  for (let i = 0; i < size; i += 1_000) {
    store.transact((tx) => {
      for (let j = i; j < Math.min(i + 1_000, size); j++) tx.put(users, user(j));
    });
    await store.durable();
  }
  await store.close();
  return join(folder, `users-${size}`);
}

async function starts(): Promise<void> {
  const rows: (string | number)[][] = [];
  let least = 0;
  for (const size of SIZES) {
    const data = await filled(size);
    const runs: { ms: number; cpu: number; mib: number }[] = [];
    for (let i = 0; i < STARTS; i++) {
      const args = [BIN, "start", "--port", String(PORT), "--data", data];
      const subject = await startSubject("iam-local", process.execPath, args, PORT, "/_emulator/health");
      runs.push({
        ms: subject.startedMs,
        cpu: cpuSeconds(subject.process.pid!) * 1000,
        mib: residentMemory(subject),
      });
      await stopSubject(subject);
    }
    const ms = median(runs.map((run) => run.ms));
    const mib = median(runs.map((run) => run.mib));
    const cpu = median(runs.map((run) => run.cpu));
    least ||= mib;
    const bytesEach = size > 1 ? ((mib - least) * 1024 ** 2) / size : "-";
    rows.push([size, statSync(join(data, "db.json")).size / 1e6, ms, cpu, mib, bytesEach]);
  }
  table(
    `Start (median of ${STARTS})`,
    ["users", "db.json MB", "ms to first health", "CPU ms", "RSS MiB", "bytes/user"],
    rows,
  );
}

async function commits(): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const writers of [1, 16]) {
    const runs: { ms: number; cpu: number }[] = [];
    for (let round = 0; round < 5; round++) {
      const store = await open(`commits-${writers}-${round}`);
      const cpu = process.cpuUsage();
      const began = performance.now();
      let next = 0;
      const write = async () => {
        while (next < COMMITS) {
          const i = next++;
          store.transact((tx) => tx.put(users, user(i)));
          await store.durable();
        }
      };
      await Promise.all(Array.from({ length: writers }, write));
      const { user: spent, system } = process.cpuUsage(cpu);
      runs.push({ ms: (performance.now() - began) / COMMITS, cpu: (spent + system) / COMMITS });
      await store.close();
    }
    rows.push([writers, median(runs.map((run) => run.ms)), median(runs.map((run) => run.cpu))]);
  }
  table(`Commit (median of 5 times ${COMMITS})`, ["writers at once", "ms each", "CPU us each"], rows);
}

/** How late millisecond timers are beside a writer, between folds and during one. */
async function folds(size: number): Promise<void> {
  const store = await open(`users-${size}`, 1_000_000);
  const late = { "between folds": createHistogram(), "during folds": createHistogram() };
  const bytes = statSync(join(folder, `users-${size}`, "db.json")).size;
  const workers = { started: 0, ended: 0 };
  const running = () => workers.started > workers.ended;
  process.on("worker", (worker) => {
    workers.started++;
    worker.once("exit", () => workers.ended++);
  });
  let last = performance.now();
  const probe = setInterval(() => {
    const now = performance.now();
    late[running() ? "during folds" : "between folds"].record(Math.max(1, Math.round((now - last - 1) * 1000)));
    last = now;
  }, 1);
  // The paths are long, so that a few commits exceed the snapshot.
  const path = `/${"x".repeat(500)}/`;
  for (let i = 0, written = 0; workers.ended < FOLDS && written < 20 * bytes + 20_000_000; i++) {
    store.transact((tx) => {
      for (let j = 0; j < 20; j++) tx.put(users, user((i * 20 + j) % size, path + (i % 7)));
    });
    written += 20 * 700;
    await store.durable();
  }
  clearInterval(probe);
  await store.close();
  table(
    `How late the loop is, ms, with ${size} users and a writer (${workers.ended} folds)`,
    ["", "samples", "p50", "p99", "p99.9", "max"],
    Object.entries(late).map(([name, h]) => [name, h.count, ...[50, 99, 99.9, 100].map((p) => h.percentile(p) / 1000)]),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
