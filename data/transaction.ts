import { Checkpoint } from "./checkpoint.ts";
import type { Change, Collection, Key, Noted, Transaction } from "./contract.ts";
import { joinKey, splitKey, Table } from "./table.ts";

/** One write, and how to undo it. */
interface Step {
  readonly table: Table;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
  /** Notes are stored later, and a throw does not undo them. */
  readonly note: boolean;
}

/**
 * The tables, and the transaction running on them. Writes go to the tables at once; `steps` remembers how to undo them.
 * Transactions never overlap, so one object serves them all.
 */
export class TransactionOnTables implements Transaction {
  /** What the transaction that is running may do; undefined if none is. */
  open: "to read" | "to write" | undefined;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #steps: Step[] = [];
  /** Keys of noted entities that no commit has included yet. */
  readonly #noted = new Map<Table, Set<string>>();
  readonly #checkpoints = new Set<Checkpoint>();

  constructor(collections: readonly Collection<never>[]) {
    this.#tables = new Map(collections.map((declared) => [declared.name, new Table(declared)]));
    if (this.#tables.size < collections.length) throw new Error("two collections have one name");
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#tables.keys());
  }

  /** Runs work that only reads. What it notes stays, even if it throws. */
  read<R>(work: (tx: Transaction) => R): R {
    this.open = "to read";
    try {
      return present(work(this));
    } finally {
      this.settle();
      this.open = undefined;
    }
  }

  get<T>(collection: Collection<T>, ...key: string[]): T | undefined {
    return this.#table(collection).slot(key)?.entity as T | undefined;
  }

  put<T>(collection: Collection<T>, entity: T): void {
    const table = this.#table(collection);
    this.#write(table, table.keyOf(entity), entity, false);
  }

  delete<T>(collection: Collection<T>, ...key: string[]): boolean {
    const table = this.#table(collection);
    const slot = table.slot(key);
    if (slot === undefined) return false;
    this.#write(table, slot.key, undefined, false);
    return true;
  }

  *list<T>(collection: Collection<T>, prefix: Key, after?: Key): Iterable<T> {
    for (const slot of this.#table(collection).list(prefix, after)) yield slot.entity as T;
  }

  find<T, IndexName extends string>(
    collection: Collection<T, IndexName>,
    index: IndexName,
    ...key: string[]
  ): T | undefined {
    return this.#table(collection).find(index, key) as T | undefined;
  }

  *listBy<T, IndexName extends string>(
    collection: Collection<T, IndexName>,
    index: IndexName,
    prefix: Key,
  ): Iterable<T> {
    for (const slot of this.#table(collection).listBy(index, prefix)) yield slot.entity as T;
  }

  count<T>(collection: Collection<T>, ...prefix: string[]): number {
    return this.#table(collection).count(prefix);
  }

  note<T extends Noted>(collection: Collection<T>, entity: T): void {
    const table = this.#table(collection);
    const key = table.keyOf(entity);
    this.#write(table, key, entity, true);
    this.#noteKey(table, key);
  }

  /**
   * Inserts an entity that was stored earlier. Throws if its key is not the one that the collection now makes of it.
   */
  restore(collection: string, key: Key, entity: unknown): void {
    const table = this.#tables.get(collection)!;
    const joined = table.keyOf(entity);
    if (joined !== joinKey(key)) {
      throw new Error(`${collection}: an entity is stored under ${JSON.stringify(key)}, not its key`);
    }
    table.set(joined, entity);
  }

  /** Whether there are notes that no commit has included. */
  get hasNotes(): boolean {
    return this.#noted.size > 0;
  }

  /** Whether there is anything for a folder to keep; reads, notes and what is ephemeral do not count. */
  get hasWrites(): boolean {
    return this.#steps.some(({ note, table }) => !note && !table.ephemeral);
  }

  /** What the transaction has written, in order, then the noted entities as they are now; nothing that is ephemeral. */
  *changes(): Iterable<Change> {
    for (const { table, key, after, note } of this.#steps)
      if (!note && !table.ephemeral) yield changeOf(table, key, after);
    for (const [table, keys] of this.#noted)
      if (!table.ephemeral) for (const key of keys) yield changeOf(table, key, table.at(key));
  }

  /** Called when the notes are on their way to the disk. */
  forgetNotes(): void {
    if (this.hasNotes) this.#noted.clear();
  }

  /** Whether anything was written but notes. */
  get hasAnyWrites(): boolean {
    return this.#steps.some(({ note }) => !note);
  }

  /** How much the transaction has done; `undo` and `hasWrites` can begin there. */
  get mark(): number {
    return this.#steps.length;
  }

  /** The last write of each key, whatever its collection. */
  written(): Change[] {
    const last = new Map<Table, Map<string, unknown>>();
    for (const { table, key, after, note } of this.#steps) {
      if (note) continue;
      const keys = last.get(table) ?? new Map<string, unknown>();
      last.set(table, keys.set(key, after));
    }
    return Array.from(last, ([table, keys]) =>
      Array.from(keys, ([key, entity]) => changeOf(table, key, entity)),
    ).flat();
  }

  /** The noted entities as they are now, which no longer count as noted. */
  takeNotes(): Change[] {
    const taken = Array.from(this.#noted, ([table, keys]) =>
      Array.from(keys, (key) => changeOf(table, key, table.at(key))),
    ).flat();
    this.#noted.clear();
    return taken;
  }

  /** They count as noted again, as far as there still is something with their key. */
  giveBackNotes(notes: readonly Change[]): void {
    this.#renote(notes, () => {});
  }

  /** Takes over what was noted in earlier tables. Of what is here as well, the later one stays. */
  inheritNotes(earlier: TransactionOnTables): void {
    this.#renote(earlier.takeNotes(), (table, key, note) => {
      if ((table.at(key) as Noted).at < note.at) table.set(key, note);
    });
  }

  /** Does what was committed elsewhere, outside of any transaction. Of a note that both have, the later one stays. */
  apply(collection: string, key: Key, entity: unknown): void {
    const table = this.#tables.get(collection);
    if (table === undefined) throw new Error(`the collection ${JSON.stringify(collection)} is not known`);
    const joined = joinKey(key);
    const noted = this.#noted.get(table)?.has(joined) ? (table.at(joined) as Noted) : undefined;
    if (noted && entity !== undefined && noted.at >= (entity as Noted).at) return;
    if (entity === undefined) this.#forgetNote(table, joined);
    table.set(joined, entity);
  }

  /** Keeps the writes. */
  settle(): void {
    this.#steps.length = 0;
  }

  /** Undoes the writes, all or those since a mark; notes stay. */
  undo(since = 0): void {
    const undone = this.#steps.splice(since);
    for (const { table, key, before } of undone.toReversed()) table.set(key, before);
    for (const { table, key, after, note } of undone) if (note) table.set(key, after);
  }

  /** Remembers the current state, until it is forgotten. */
  remember(): Checkpoint {
    const checkpoint = new Checkpoint();
    this.#checkpoints.add(checkpoint);
    return checkpoint;
  }

  forget(checkpoint: Checkpoint): void {
    this.#checkpoints.delete(checkpoint);
  }

  /**
   * Writes back what has changed since, to be committed like other writes. Throws if the checkpoint is not of these
   * tables.
   */
  goBackTo(checkpoint: Checkpoint): void {
    if (!this.#checkpoints.has(checkpoint)) throw new Error("the checkpoint was forgotten, or ended with a reset");
    for (const [table, key, entity] of checkpoint.former()) this.#write(table, key, entity, false);
  }

  #renote(notes: readonly Change[], meet: (table: Table, key: string, note: Noted) => void): void {
    for (const note of notes) {
      if (note === "reset" || note.entity === undefined) continue;
      const table = this.#tables.get(note.collection)!;
      const key = joinKey(note.key);
      if (table.at(key) === undefined) continue;
      meet(table, key, note.entity as Noted);
      this.#noteKey(table, key);
    }
  }

  #forgetNote(table: Table, key: string): void {
    const keys = this.#noted.get(table);
    if (keys?.delete(key) && keys.size === 0) this.#noted.delete(table);
  }

  #noteKey(table: Table, key: string): void {
    const keys = this.#noted.get(table);
    if (keys === undefined) this.#noted.set(table, new Set([key]));
    else keys.add(key);
  }

  #write(table: Table, key: string, after: unknown, note: boolean): void {
    if (this.open === "to read" && !note) throw new Error("a write where only reads were announced");
    const before = table.at(key);
    if (before === after) return;
    if (!table.ephemeral) for (const checkpoint of this.#checkpoints) checkpoint.note(table, key, before);
    table.set(key, after);
    this.#steps.push({ table, key, before, after, note });
  }

  #table(collection: Collection<never>): Table {
    if (!this.open) throw new Error("a transaction was used after its end");
    const table = this.#tables.get(collection.name);
    if (table === undefined) throw new Error(`the store was opened without the collection ${collection.name}`);
    return table;
  }
}

const changeOf = (table: Table, key: string, entity: unknown): Change => ({
  collection: table.name,
  key: splitKey(key),
  entity,
});

/** The result of a transaction's work. Throws TypeError for a promise: the work must not wait. */
export function present<R>(result: R): R {
  if (!(result instanceof Promise)) return result;
  result.catch(() => {});
  throw new TypeError("the work of a transaction must not wait, but it returned a promise");
}
