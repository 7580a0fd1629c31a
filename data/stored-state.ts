import { Low } from "lowdb";
import { DataFolderError } from "./data-folder-error.ts";
import type { Disk } from "./disk.ts";
import { damaged, listSegments, readSegment, type Segment, type StoredChange } from "./journal.ts";
import { emptySnapshot, SNAPSHOT, SnapshotFile, type Snapshot } from "./snapshot.ts";
import type { Key } from "./store.ts";
import { joinKey } from "./table.ts";

type Entries = Map<string, readonly [key: Key, entity: unknown]>;

/** What a folder holds: the snapshot and, applied to it, the journal's lines that are newer. */
export interface StoredState {
  /** By name, the entities by joined key. */
  readonly collections: ReadonlyMap<string, Entries>;
  /** The number of the last line that is contained. */
  readonly sequence: number;
  readonly snapshotBytes: number;
  readonly journalBytes: number;
  /** The journal's last segment; behind its whole lines may be what a crash left of one that was never acknowledged. */
  readonly end?: { readonly file: string; readonly wholeBytes: number; readonly tornBytes: number };
}

/**
 * Reads the folder, up to the journal's line `upTo`. Throws DataFolderError where something that was acknowledged cannot
 * be read, or belongs to none of the `known` collections.
 */
export async function readState(
  disk: Disk,
  { upTo = Infinity, known }: { readonly upTo?: number; readonly known?: ReadonlySet<string> } = {},
): Promise<StoredState> {
  const snapshotFile = new SnapshotFile(disk);
  const db = new Low<Snapshot>(snapshotFile, emptySnapshot);
  await db.read();

  const collections = new Map<string, Entries>();
  const check = (name: string, file: string) => {
    if (known && !known.has(name)) throw unknown(disk.folder, file, name);
  };
  for (const [name, entries] of Object.entries(db.data.collections)) {
    check(name, SNAPSHOT);
    collections.set(name, new Map(entries.map((entry) => [joinKey(entry[0]), entry])));
  }

  let { sequence } = db.data;
  let journalBytes = 0;
  let end: StoredState["end"];
  const segments = notFolded(await listSegments(disk), sequence).filter(({ first }) => first <= upTo);
  for (const segment of segments) {
    const { file, first } = segment;
    if (first > sequence + 1) throw gap(disk.folder, file, sequence, first);
    const content = (await disk.read(file))!;
    const lines = readSegment(content, { ...segment, folder: disk.folder, last: segment === segments.at(-1) });
    let line = lines.next();
    for (; !line.done; line = lines.next()) {
      if (line.value.sequence <= sequence) continue;
      for (const change of line.value.changes) {
        if (change[0] !== "reset") check(change[1], file);
        apply(change, collections);
      }
      sequence = line.value.sequence;
    }
    journalBytes += line.value;
    end = { file, wholeBytes: line.value, tornBytes: content.length - line.value };
  }
  return { collections, sequence, snapshotBytes: snapshotFile.bytes, journalBytes, ...(end && { end }) };
}

/**
 * Puts the journal's lines up to `upTo` into the snapshot, whose new size it answers. The segments may be removed then,
 * and are without meaning where a crash keeps them.
 */
export async function fold(disk: Disk, upTo: number): Promise<number> {
  const { collections, sequence } = await readState(disk, { upTo });
  if (sequence !== upTo) throw new Error(`the journal ends with line ${sequence}, not ${upTo}`);
  const snapshotFile = new SnapshotFile(disk);
  const db = new Low<Snapshot>(snapshotFile, emptySnapshot);
  db.data = { ...emptySnapshot, sequence, collections: Object.fromEntries(sorted(collections)) };
  await db.write();
  return snapshotFile.bytes;
}

/** The segments that may hold lines newer than `sequence`: a crash can keep some of those that were folded, even with gaps. */
function notFolded(segments: readonly Segment[], sequence: number): Segment[] {
  return segments.filter((_, i) => (segments[i + 1]?.first ?? Infinity) > sequence + 1);
}

function apply(change: StoredChange, collections: Map<string, Entries>): void {
  if (change[0] === "reset") return collections.clear();
  const [verb, name, key, entity] = change;
  const entries = collections.get(name) ?? new Map();
  collections.set(name, entries);
  if (verb === "put") entries.set(joinKey(key), [key, entity]);
  else entries.delete(joinKey(key));
}

const byCodeUnits = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** As a snapshot has them: collections by name, entities by key, and nothing for a collection that is empty. */
const sorted = (collections: ReadonlyMap<string, Entries>): [string, (readonly [Key, unknown])[]][] =>
  [...collections]
    .filter(([, entries]) => entries.size > 0)
    .sort(byCodeUnits)
    .map(([name, entries]) => [name, [...entries].sort(byCodeUnits).map(([, entry]) => entry)]);

const gap = (folder: string, file: string, last: number, first: number): DataFolderError =>
  last === 0
    ? new DataFolderError(
        `${folder}/${SNAPSHOT} is missing, although ${file} continues it. Nothing was changed. Restore the whole folder from a copy, ` +
          `or use another folder.`,
      )
    : damaged(
        folder,
        file,
        `it begins with line ${first} of the journal, but what is before it ends with line ${last}`,
      );

const unknown = (folder: string, file: string, name: string): DataFolderError =>
  new DataFolderError(
    `${folder}/${file} holds the collection ${JSON.stringify(name)}, which this version of iam-local does not know. Nothing was ` +
      `changed. Use the version that wrote it, or another folder.`,
  );
