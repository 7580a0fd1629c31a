// The entry of the worker thread that `foldInWorker` starts.
import { parentPort, workerData } from "node:worker_threads";
import { FolderDisk } from "./disk.ts";
import type { FoldJob } from "./fold-in-worker.ts";
import { fold } from "./stored-state.ts";

const { folder, upTo } = workerData as FoldJob;
const disk = new FolderDisk(folder);
try {
  parentPort!.postMessage(await fold(disk, upTo));
} finally {
  await disk.close();
}
