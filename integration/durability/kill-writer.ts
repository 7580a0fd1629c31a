// The child that `kill.ts` kills: commits endlessly to the given folder, from several writers at once, and prints which
// commits are durable. It folds often, so that kills hit folds too.
import { writeSync } from "node:fs";
import { openDisk } from "../../data/disk.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { openStore } from "../../data/store.ts";
import { halves } from "./kill.ts";

const WRITERS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const FOLD_BEYOND = 1000;

const backend = fileBackend(await openDisk(process.argv[2]!), { foldBeyond: FOLD_BEYOND });
const store = await openStore({ collections: [halves], backend });

async function write(writer: string): Promise<never> {
  for (let commit = commitOf(writer) + 1; ; commit++) {
    store.transact((tx) => {
      tx.put(halves, { writer, half: "first", commit });
      tx.put(halves, { writer, half: "second", commit });
    });
    await store.durable();
    say(`${writer} ${commit}\n`);
  }
}

/** Written synchronously, so that a kill cannot come between; waits if the reader is slow. */
function say(line: string): void {
  for (;;) {
    try {
      return void writeSync(1, line);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

const commitOf = (writer: string): number => store.transact((tx) => tx.get(halves, writer, "first")?.commit ?? 0);

await Promise.all(WRITERS.map(write));
