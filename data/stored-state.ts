import { Low } from "lowdb";
import { COMMITTED, readCommitted, type Committed } from "./committed.ts";
import { DamagedFolder, DataFolderError } from "./data-folder-error.ts";
import type { Disk } from "./disk.ts";
import {
  damaged,
  listSegments,
  NO_LINE,
  readSegment,
  type JournalLine,
  type Segment,
  type StoredChange,
} from "./journal.ts";
import { emptySnapshot, SNAPSHOT, SnapshotFile, type Snapshot } from "./snapshot.ts";
import type { Key } from "./store.ts";
import { joinKey } from "./table.ts";

export type Entries = Map<string, readonly [key: Key, entity: unknown]>;

/** What a folder holds: the snapshot with the newer lines of the journal applied to it. */
export interface StoredState {
  /** By name, entities by joined key. */
  readonly collections: ReadonlyMap<string, Entries>;
  /** The last line that is included. */
  readonly last: Committed;
  /**
   * What was known to be committed: `last`, or an earlier line after a loss of power; undefined in a new folder or one
   * of an older version.
   */
  readonly committed: Committed | undefined;
  /** False if an older version wrote the folder: changes to its files cannot be detected. */
  readonly sealed: boolean;
  readonly snapshotBytes: number;
  readonly journalBytes: number;
  /**
   * The journal's last segment. After its whole lines there may be a torn one, which a crash interrupted before it was
   * acknowledged.
   */
  readonly end?: { readonly file: string; readonly wholeBytes: number; readonly tornBytes: number };
}

/**
 * Reads the folder, up to the journal's line `upTo`. Throws DataFolderError if something that was acknowledged is
 * missing, changed or unreadable, or belongs to none of the `known` collections.
 */
export async function readState(
  disk: Disk,
  { upTo = Infinity, known }: { readonly upTo?: number; readonly known?: ReadonlySet<string> } = {},
): Promise<StoredState> {
  const committed = await readCommitted(disk);
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

  const chain = new Chain(db.data, committed, disk.folder);
  let journalBytes = 0;
  let end: StoredState["end"];
  const segments = notFolded(await listSegments(disk), chain.sequence).filter(({ first }) => first <= upTo);
  for (const segment of segments) {
    const { file, first } = segment;
    if (first > chain.sequence + 1) throw gap(disk.folder, file, chain.sequence, first);
    const content = (await disk.read(file))!;
    const lines = readSegment(content, { ...segment, folder: disk.folder, last: segment === segments.at(-1) });
    let line = lines.next();
    for (; !line.done; line = lines.next()) {
      if (!chain.add(line.value, file)) continue;
      for (const change of line.value.changes) {
        if (change[0] !== "reset") check(change[1], file);
        apply(change, collections);
      }
    }
    journalBytes += line.value;
    end = { file, wholeBytes: line.value, tornBytes: content.length - line.value };
  }
  if (upTo === Infinity) chain.checkEnd(end?.file);
  const { last, sealed } = chain;
  const snapshotBytes = snapshotFile.bytes;
  return { collections, last, committed, sealed, snapshotBytes, journalBytes, ...(end && { end }) };
}

/**
 * Follows the journal's lines from the snapshot on, and checks that none is missing and none belongs to another
 * journal.
 */
class Chain {
  sequence: number;
  #line: string | undefined;
  /** Undefined until the first line decides it, in a folder without a snapshot. */
  #sealed: boolean | undefined;
  readonly #committed: Committed | undefined;
  readonly #folder: string;

  constructor({ sequence, line }: Snapshot, committed: Committed | undefined, folder: string) {
    this.sequence = sequence;
    this.#line = line;
    this.#sealed = sequence === 0 ? undefined : line !== undefined;
    this.#committed = committed;
    this.#folder = folder;
    this.#checkCommitted(SNAPSHOT);
  }

  get last(): Committed {
    return { sequence: this.sequence, line: this.#line ?? NO_LINE };
  }

  get sealed(): boolean {
    return this.#sealed ?? true;
  }

  /** Whether the line is new; the snapshot may include it already. */
  add({ sequence, previous, checksum }: JournalLine, file: string): boolean {
    if (sequence < this.sequence) return false;
    if (sequence === this.sequence) {
      if (this.#line !== undefined && checksum !== this.#line) throw this.#foreign(sequence, file);
      return false;
    }
    this.#sealed ??= previous !== undefined;
    if (previous !== (this.#sealed ? this.#line : undefined)) throw this.#foreign(sequence, file);
    this.sequence = sequence;
    this.#line = checksum;
    this.#checkCommitted(file);
    return true;
  }

  /** To be called after the last line. */
  checkEnd(lastSegment: string | undefined): void {
    if (this.#committed === undefined) {
      if (this.sequence === 0 || !this.sealed) return;
      throw new DamagedFolder(this.#folder, `${this.#folder}/${COMMITTED} is missing`);
    }
    const { sequence } = this.#committed;
    if (sequence <= this.sequence) return;
    throw lastSegment === undefined
      ? new DamagedFolder(
          this.#folder,
          `${this.#folder}: line ${sequence} of the journal was committed, but ${this.#whatIsThere()}`,
        )
      : damaged(
          this.#folder,
          lastSegment,
          `it ends with line ${this.sequence} of the journal, but line ${sequence} was committed: its end is missing`,
        );
  }

  #whatIsThere(): string {
    return this.sequence === 0
      ? `neither ${SNAPSHOT} nor the journal is there`
      : `${SNAPSHOT} holds those up to ${this.sequence}, and no journal is there: ${SNAPSHOT} is an older one, or the journal was removed`;
  }

  #checkCommitted(file: string): void {
    const { sequence, line } = this.#committed ?? {};
    if (sequence !== this.sequence || this.#line === undefined || line === this.#line) return;
    throw damaged(this.#folder, file, `line ${sequence} of the journal is not the one that was committed`);
  }

  #foreign(sequence: number, file: string): DamagedFolder {
    return damaged(
      this.#folder,
      file,
      `line ${sequence} of the journal does not continue what is before it, but another journal`,
    );
  }
}

/**
 * Folds the journal's lines up to `upTo` into the snapshot and returns its new size. The segments may then be removed;
 * any that a crash leaves behind are ignored.
 */
export async function fold(disk: Disk, upTo: number): Promise<number> {
  const { collections, last } = await readState(disk, { upTo });
  if (last.sequence !== upTo) throw new Error(`the journal ends with line ${last.sequence}, not ${upTo}`);
  const snapshotFile = new SnapshotFile(disk);
  const db = new Low<Snapshot>(snapshotFile, emptySnapshot);
  db.data = { ...emptySnapshot, ...last, collections: Object.fromEntries(sorted(collections)) };
  await db.write();
  return snapshotFile.bytes;
}

/**
 * The segments that may hold lines newer than `sequence`: a crash can leave some of the folded ones, even with gaps.
 */
export function notFolded(segments: readonly Segment[], sequence: number): Segment[] {
  return segments.filter((_, i) => (segments[i + 1]?.first ?? Infinity) > sequence + 1);
}

export function apply(change: StoredChange, collections: Map<string, Entries>): void {
  if (change[0] === "reset") return collections.clear();
  const [verb, name, key, entity] = change;
  const entries = collections.get(name) ?? new Map();
  collections.set(name, entries);
  if (verb === "put") entries.set(joinKey(key), [key, entity]);
  else entries.delete(joinKey(key));
}

const byCodeUnits = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** In the form of a snapshot: collections by name, entities by key, without empty collections. */
export const sorted = (collections: ReadonlyMap<string, Entries>): [string, (readonly [Key, unknown])[]][] =>
  [...collections]
    .filter(([, entries]) => entries.size > 0)
    .sort(byCodeUnits)
    .map(([name, entries]) => [name, [...entries].sort(byCodeUnits).map(([, entry]) => entry)]);

const gap = (folder: string, file: string, last: number, first: number): DamagedFolder =>
  last === 0
    ? new DamagedFolder(folder, `${folder}/${SNAPSHOT} is missing, although ${file} continues it`)
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
