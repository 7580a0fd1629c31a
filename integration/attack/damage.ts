// Damages the files of a state in every way that a disk, a copy or a person does, and opens it again:
//   node dist/integration/attack/damage.js [COUNT]
import { fileURLToPath } from "node:url";
import { DataFolderError } from "../../data/data-folder-error.ts";
import { collections } from "../../data/entities/collections.ts";
import { inlinePolicies } from "../../data/entities/policies.ts";
import { accessKeys, users } from "../../data/entities/users.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { openStore, type LocalStore, type Transaction } from "../../data/store.ts";
import { fold } from "../../data/stored-state.ts";
import { seededPick, SimulatedDisk } from "../durability/simulated-disk.ts";
import type { Attack } from "./attack-kind.ts";
import { DAMAGES, type Files } from "./damages.ts";

const COUNTS = { small: 60, full: 500 };

export const damage: Attack = {
  name: "Files of the state damaged, cut, swapped, older or missing",
  async run(scale) {
    const { count, refused, served, failures } = await damageFolders(COUNTS[scale]);
    return { done: `${count} folders: ${refused} refused, ${served} served as acknowledged`, failures };
  },
};

/**
 * Each folder must be refused in words that say what to do, or served with exactly what was acknowledged; anything else
 * is a failure.
 */
export async function damageFolders(count: number) {
  const histories = [await history("ours"), await history("others")] as const;
  const failures: string[] = [];
  let [refused, served] = [0, 0];
  for (let i = 0; i < count; i++) {
    const pick = seededPick(i * 7919 + 13);
    const moments = histories[0];
    const at = i % moments.length;
    const { name, change } = DAMAGES[Math.floor(i / moments.length) % DAMAGES.length]!;
    const moment = moments[at]!;
    const files = change(new Map(moment.files), {
      older: moments[pick(at + 1)]!.files,
      other: histories[1][at]!.files,
      pick,
    });
    const what = `folder ${i}, ${moment.name}, ${name}`;
    const found = await contentOf(files).catch((error: unknown) => error as Error);
    if (typeof found === "string") {
      if (moment.expected.includes(found)) served++;
      else failures.push(`${what}: was served with another state than what was acknowledged`);
    } else if (found instanceof DataFolderError && /^\/simulated.*Nothing was changed\. /.test(found.message))
      refused++;
    else failures.push(`${what}: ${String(found)}`);
  }
  return { count, refused, served, failures };
}

/** A folder at one moment: its files, and the states that may be found in it. */
interface Moment {
  readonly name: string;
  readonly files: Files;
  readonly expected: readonly string[];
}

const open = async (disk: SimulatedDisk): Promise<LocalStore> =>
  await openStore({ collections, backend: fileBackend(disk, { fold }), later: () => {} });

const contentOf = async (files: Files): Promise<string> => stateOf(await open(new SimulatedDisk(files)));

const stateOf = (store: LocalStore): string =>
  store.transact((tx) =>
    JSON.stringify([[...tx.list(users, [])], [...tx.list(accessKeys, [])], [...tx.list(inlinePolicies, [])]]),
  );

/** The moments of one folder's life; folders with different names hold different states of the same form. */
async function history(folder: string): Promise<readonly Moment[]> {
  const disk = new SimulatedDisk();
  const moments: Moment[] = [];
  let store = await open(disk);
  let number = 0;
  const commit = () => store.transact((tx) => commitTo(tx, folder, number++));
  const commits = async (count: number) => {
    for (let i = 0; i < count; i++) {
      commit();
      await store.durable();
    }
  };
  const remember = (name: string, ...further: string[]) => {
    moments.push({ name, files: disk.files(), expected: [stateOf(store), ...further] });
  };
  await commits(5);
  remember("killed before the first fold");
  await store.close();
  store = await open(disk);
  remember("closed in good order");
  await commits(4);
  remember("killed after the first fold");
  store = await open(disk);
  await commits(3);
  remember("killed twice");
  const before = stateOf(store);
  disk.fault = (operation, file) => {
    if (operation === "sync" && file.startsWith("journal")) throw new Error("killed");
  };
  commit();
  const after = stateOf(store);
  await Promise.resolve(store.durable()).catch(() => {});
  disk.fault = () => {};
  moments.push({ name: "killed in a commit", files: disk.files(), expected: [before, after] });
  store = await open(disk);
  await store.close();
  store = await open(disk);
  remember("closed after kills");
  await commits(6);
  remember("killed after that");
  return moments;
}

function commitTo(tx: Transaction, folder: string, i: number): void {
  const account = "000000000000";
  const id = `AIDA${folder.toUpperCase()}${i}`;
  tx.put(users, { account, name: `user-${i}`, path: `/${folder}/`, id, createdAt: i, tags: [] });
  tx.put(accessKeys, { account, id: `AKIA${i}`, secret: `${folder}/${i}`, owner: id, status: "Active", createdAt: i });
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  });
  tx.put(inlinePolicies, { account, owner: id, name: "all", document });
  if (i % 3 === 2) tx.delete(accessKeys, `AKIA${i - 1}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcome = await damageFolders(Number(process.argv[2] ?? COUNTS.full));
  console.log(outcome);
  process.exitCode = outcome.failures.length === 0 ? 0 : 1;
}
