// Commits to the given folder until the journal has been folded while the process ran, and prints in which thread.
import { existsSync } from "node:fs";
import path from "node:path";
import { openDisk } from "../../data/disk.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { collection, openStore } from "../../data/store.ts";

const folder = process.argv[2]!;
const entries = collection("entries", (e: { readonly id: string }) => [e.id]);
let workers = 0;
process.on("worker", () => void workers++);

const warn = (sentence: string): never => {
  throw new Error(sentence);
};
const backend = fileBackend(await openDisk(folder), { foldBeyond: 1000, warn });
const store = await openStore({ collections: [entries], backend });
let commits = 0;
while (!existsSync(path.join(folder, "db.json"))) {
  const id = String(commits++);
  store.transact((tx) => tx.put(entries, { id }));
  await store.durable();
}
await store.close();

const again = await openStore({ collections: [entries], backend: fileBackend(await openDisk(folder)) });
const found = again.transact((tx) => tx.count(entries));
await again.close();
console.log(JSON.stringify({ inWorker: workers > 0, lost: commits - found }));
