import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Disk } from "./disk.ts";
import { fold } from "./stored-state.ts";

export interface FoldJob {
  readonly folder: string;
  readonly upTo: number;
}

/**
 * `fold` in a thread of its own, since reading and writing megabytes of JSON would keep all requests waiting.
 *
 * The worker is a file beside this module. That holds for the compiler's output, and for esbuild's where `fold-worker` is
 * a further entry point: all its entries and chunks are in one folder. (Source in a string could not be minified with
 * what it uses; starting this module itself would start the whole program where a bundler puts all in one file.) In a
 * bundle that somebody made without the entry, requests wait.
 */
export async function foldInWorker(disk: Disk, upTo: number): Promise<number> {
  const entry = new URL("./fold-worker.js", import.meta.url);
  if (!existsSync(entry)) return await fold(disk, upTo);
  const job: FoldJob = { folder: disk.folder, upTo };
  return await new Promise((resolve, reject) => {
    const worker = new Worker(entry, { workerData: job });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the worker ended early, with code ${code}`)));
  });
}
