import { COMMITTED, createCommitted, readCommitted, type Committed } from "./committed.ts";
import { DamagedFolder, DataFolderError } from "./data-folder-error.ts";
import type { Disk } from "./disk.ts";
import { listSegments, NO_LINE, readSegment, type Segment } from "./journal.ts";
import { emptySnapshot, SNAPSHOT, SnapshotFile } from "./snapshot.ts";
import type { Collection } from "./store.ts";
import { apply, notFolded, readState, sorted, type Entries } from "./stored-state.ts";
import { salvageSnapshot } from "./salvage-snapshot.ts";
import { TransactionOnTables } from "./transaction.ts";

/** What a folder holds, or what of it can be kept. */
export interface Findings {
  /** What is wrong; undefined if the folder is sound. */
  readonly problem: string | undefined;
  /** False if an older version wrote it: its files do not show whether they were changed. */
  readonly sealed: boolean;
  readonly collections: ReadonlyMap<string, Entries>;
  /** The last line of the journal that is included. */
  readonly last: Committed;
  /** What cannot be kept, as sentences without full stops. */
  readonly losses: readonly string[];
}

/** Checks the folder and changes nothing. Throws DataFolderError if a newer version wrote it. */
export async function verify(disk: Disk, known: readonly Collection<never>[]): Promise<Findings> {
  try {
    const { collections, last, sealed } = await readState(disk, { known: new Set(known.map(({ name }) => name)) });
    const [misplaced] = misplacedEntities(collections, known);
    if (misplaced !== undefined) throw new DamagedFolder(disk.folder, `${disk.folder}: ${misplaced.why}`);
    return { problem: undefined, sealed, collections, last, losses: [] };
  } catch (error) {
    if (error instanceof DamagedFolder) return await salvage(disk, known, error.what);
    throw error;
  }
}

/**
 * Makes what can be kept the folder's state. The existing files stay beside it under other names, which are returned.
 */
export async function accept(disk: Disk, { collections, last }: Findings): Promise<readonly string[]> {
  const files = await disk.list();
  const old = files.filter((file) => file === SNAPSHOT || file === COMMITTED || /^journal-\d+\.jsonl$/.test(file));
  let number = 1;
  while (files.some((file) => file.endsWith(`.replaced-${number}`))) number++;
  const renamed = new Map(old.map((file) => [file, `${file}.replaced-${number}`]));
  try {
    for (const [from, to] of renamed) await disk.rename(from, to);
    const collected = Object.fromEntries(sorted(collections));
    await new SnapshotFile(disk).write({ ...emptySnapshot, ...last, collections: collected });
    await createCommitted(disk, last);
  } catch (error) {
    const now = await disk.list();
    for (const [from, to] of renamed) if (now.includes(to)) await disk.rename(to, from);
    throw error;
  }
  return [...renamed.values()];
}

async function salvage(disk: Disk, known: readonly Collection<never>[], problem: string): Promise<Findings> {
  const losses: string[] = [];
  const committed = await readCommitted(disk).catch(ignoreDamage);
  const snapshot = salvageSnapshot(await disk.read(SNAPSHOT));
  losses.push(...snapshot.losses);
  const collections = snapshot.collections;
  const journal = await salvageJournal(disk, collections, snapshot);
  losses.push(...journal.losses);
  if (committed && committed.sequence > journal.last.sequence) {
    losses.push(`the journal's lines from ${journal.last.sequence + 1} to ${committed.sequence} are missing`);
  }
  for (const name of collections.keys()) {
    if (known.some((collection) => collection.name === name)) continue;
    losses.push(`the collection ${JSON.stringify(name)} is none that this version knows`);
    collections.delete(name);
  }
  for (const { name, key, why } of misplacedEntities(collections, known)) {
    losses.push(why);
    collections.get(name)!.delete(key);
  }
  return { problem, sealed: true, collections, last: journal.last, losses };
}

/** Applies the lines that follow the snapshot without a gap; if the snapshot is lost, all lines that are there. */
async function salvageJournal(
  disk: Disk,
  collections: Map<string, Entries>,
  { sequence, line }: { readonly sequence: number | undefined; readonly line: string | undefined },
): Promise<{ readonly last: Committed; readonly losses: readonly string[] }> {
  const all = await listSegments(disk);
  let last: { sequence: number; line: string | undefined } = { sequence: sequence ?? (all[0]?.first ?? 1) - 1, line };
  const segments = notFolded(all, last.sequence);
  const losses: string[] = [];
  for (const [i, segment] of segments.entries()) {
    const stopped = await applySegment(disk, segment, collections, last, segment === segments.at(-1));
    last = stopped.last;
    if (stopped.why === undefined) continue;
    losses.push(stopped.why, ...segments.slice(i + 1).map(({ file }) => `${file}: it follows what is lost`));
    break;
  }
  return { last: { sequence: last.sequence, line: last.line ?? NO_LINE }, losses };
}

async function applySegment(
  disk: Disk,
  segment: Segment,
  collections: Map<string, Entries>,
  before: { readonly sequence: number; readonly line: string | undefined },
  isLast: boolean,
) {
  let last = before;
  try {
    const content = (await disk.read(segment.file))!;
    for (const line of readSegment(content, { ...segment, folder: disk.folder, last: isLast })) {
      if (line.sequence <= last.sequence) continue;
      const follows = line.sequence === last.sequence + 1;
      if (!follows || (last.line !== undefined && line.previous !== undefined && line.previous !== last.line)) {
        return {
          last,
          why: `${segment.file}: from line ${line.sequence} of the journal on it continues something else`,
        };
      }
      for (const change of line.changes) apply(change, collections);
      last = { sequence: line.sequence, line: line.checksum };
    }
    return { last, why: undefined };
  } catch (error) {
    if (!(error instanceof DamagedFolder)) throw error;
    return { last, why: `${error.what.slice(disk.folder.length + 1)}, and all behind it cannot be trusted` };
  }
}

/** Entities that are stored under a key other than their own. */
function* misplacedEntities(collections: ReadonlyMap<string, Entries>, known: readonly Collection<never>[]) {
  const tables = new TransactionOnTables(known);
  for (const [name, entries] of collections) {
    for (const [key, [parts, entity]] of entries) {
      try {
        tables.restore(name, parts, entity);
      } catch (error) {
        yield { name, key, why: (error as Error).message };
      }
    }
  }
}

function ignoreDamage(error: unknown): undefined {
  if (!(error instanceof DataFolderError)) throw error;
}
