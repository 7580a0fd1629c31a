// Kills a committing process at random moments, and counts what it had acknowledged but is not found afterwards:
//   node dist/integration/durability/kill.js [ROUNDS]
// This tests that recovery works and that nothing is acknowledged too early. It does not test flushing, since a kill
// keeps what the system has not yet written to the disk; power-loss.test.ts does that.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openDisk } from "../../data/disk.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { collection, openStore } from "../../data/store.ts";

/** Each commit of a writer replaces two halves by newer ones, so that half a commit would be noticed. */
export const halves = collection(
  "halves",
  (h: { readonly writer: string; readonly half: "first" | "second"; readonly commit: number }) => [h.writer, h.half],
);

/** Exists while a fold writes the snapshot. */
const HALF_WRITTEN = "db.json.tmp";

export interface KillCounts {
  readonly rounds: number;
  readonly acknowledged: number;
  /** How many writers' last acknowledged commit, or a later one, was not found after the kill; over all rounds. */
  readonly lost: number;
  /** How many writers' halves were from different commits. */
  readonly halved: number;
  /** How many kills hit a fold while it wrote the snapshot. */
  readonly foldsHit: number;
  /** How many torn lines recovery cut off. */
  readonly torn: number;
}

/**
 * Runs the rounds on one folder, whose state continues from round to round. Throws if the folder cannot be opened
 * again.
 */
export async function killRounds(rounds: number): Promise<KillCounts> {
  const folder = await mkdtemp(path.join(tmpdir(), "iam-local-kill-"));
  const halfWritten = path.join(folder, HALF_WRITTEN);
  const counts = { rounds, acknowledged: 0, lost: 0, halved: 0, foldsHit: 0, torn: 0 };
  /** By writer, the last commit that was acknowledged, or found after a kill: neither may be lost later. */
  const expected = new Map<string, number>();
  try {
    for (let round = 0; round < rounds; round++) {
      await rm(halfWritten, { force: true });
      // A fold is short, so every fourth kill waits for one.
      const inFold = round % 4 === 3;
      counts.acknowledged += await writeAndKill(folder, 1 + Math.floor(Math.random() * 400), inFold, expected);
      if (existsSync(halfWritten)) counts.foldsHit++;

      // In every other round a copy is checked, so that the next process finds the result of two crashes in a row.
      const looked = round % 2 === 0 ? folder : `${folder}-copy`;
      if (looked !== folder) await cp(folder, looked, { recursive: true });
      const warn = () => void counts.torn++;
      const store = await openStore({ collections: [halves], backend: fileBackend(await openDisk(looked), { warn }) });
      const found = store.transact((tx) => [...tx.list(halves, [])]);
      await store.close();
      if (looked !== folder) await rm(looked, { recursive: true });

      for (const { writer, half, commit } of found) {
        const other = found.find((h) => h.writer === writer && h.half !== half);
        if (other?.commit !== commit) counts.halved++;
      }
      for (const [writer, commit] of expected) {
        const last = found.find((h) => h.writer === writer)?.commit ?? 0;
        if (last < commit) counts.lost++;
        expected.set(writer, last);
      }
    }
    return counts;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Kills the process after this many acknowledgements or a few more, or in the next fold after them. Returns how many
 * there were, and stores each writer's last one.
 */
async function writeAndKill(
  folder: string,
  acknowledgements: number,
  inFold: boolean,
  last: Map<string, number>,
): Promise<number> {
  const program = fileURLToPath(new URL("./kill-writer.js", import.meta.url));
  const child = spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  let heard = 0;
  const watcher = inFold
    ? watch(folder, (_event, file) => {
        if (file === HALF_WRITTEN && heard >= acknowledgements) child.kill("SIGKILL");
      })
    : undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [writer, commit] = line.split(" ");
    last.set(writer!, Number(commit));
    if (++heard === acknowledgements && !inFold) child.kill("SIGKILL");
  }
  watcher?.close();
  const [code, signal] = (await exit) as [number | null, string | null];
  if (signal !== "SIGKILL") throw new Error(`the process ended by itself, with code ${code}`);
  return heard;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await killRounds(Number(process.argv[2] ?? 100)));
}
