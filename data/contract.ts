/**
 * The parts of a key, compared one by one in code unit order. No part may contain NUL. All keys of a collection, or of
 * an index, have the same number of parts. A prefix of a key is its first parts, each of them whole.
 */
export type Key = readonly string[];

/** A kind of entity: the key of its records and its indexes. Records are replaced, never mutated. */
export interface Collection<T, IndexName extends string = string> {
  readonly name: string;
  readonly key: (entity: T) => Key;
  /** Further orders. An entity for which the function returns undefined is not in that index. */
  readonly indexes: Readonly<Record<IndexName, (entity: T) => Key | undefined>>;
  /** Lives as long as the emulator runs: no folder keeps it, and no checkpoint restores it. */
  readonly ephemeral?: boolean;
}

/** Declares that the entities of a collection are of this run of the emulator only, such as who is signed in. */
export const ephemeral = <C extends Collection<never>>(declared: C): C => ({ ...declared, ephemeral: true });

/** Declares a collection; the type of `key`'s parameter is the type of its entities. */
export function collection<T, IndexName extends string = never>(
  name: string,
  key: (entity: T) => Key,
  indexes = {} as Record<IndexName, (entity: T) => Key | undefined>,
): Collection<T, IndexName> {
  return { name, key, indexes };
}

export interface Transaction {
  /** The entity with exactly this key. */
  get<T>(collection: Collection<T>, ...key: string[]): T | undefined;
  /** Inserts the entity, or replaces the one with the same key. */
  put<T>(collection: Collection<T>, entity: T): void;
  /** Removes the entity with this key; false if there is none. */
  delete<T>(collection: Collection<T>, ...key: string[]): boolean;
  /**
   * The entities whose key begins with `prefix` and comes after `after`, in key order. Lazy: a page costs only what is
   * read. Changes made during the reading are seen in the part that has not been read yet.
   */
  list<T>(collection: Collection<T>, prefix: Key, after?: Key): Iterable<T>;
  /** The first entity with exactly this index key. */
  find<T, IndexName extends string>(
    collection: Collection<T, IndexName>,
    index: IndexName,
    ...key: string[]
  ): T | undefined;
  /** The entities whose index key begins with `prefix`, in index order, then key order. */
  listBy<T, IndexName extends string>(collection: Collection<T, IndexName>, index: IndexName, prefix: Key): Iterable<T>;
  /** How many entities have a key that begins with `prefix`; far cheaper than listing them. */
  count<T>(collection: Collection<T>, ...prefix: string[]): number;
  /**
   * Writes a "last used" fact: visible at once in this process, stored with a later commit, and not undone by a throw.
   * Nothing waits for it. Never for anything that a decision depends on.
   */
  note<T extends Noted>(collection: Collection<T>, entity: T): void;
}

/** What can be noted: of two notes of one key, the later one counts. */
export interface Noted {
  /** Milliseconds. */
  readonly at: number;
}

/** What a commit changes. `entity` is undefined if it is removed. */
export type Change = { readonly collection: string; readonly key: Key; readonly entity: unknown } | "reset";

/** Makes commits outlive the process. `openStore` calls `load` once and first, `close` once and last. */
export interface Backend {
  /** Passes every stored entity to `restore`. Throws a readable error if some cannot be read, or are unknown. */
  load(
    collections: ReadonlySet<string>,
    restore: (collection: string, key: Key, entity: unknown) => void,
  ): Promise<void>;
  /** Takes one commit. Reads `changes` before it returns, if at all. If it throws, it has taken nothing. */
  commit(changes: Iterable<Change>): void;
  /** Settles when everything committed so far is durable; undefined if it is already. Rejects with StoreFailed. */
  durable(): Promise<void> | undefined;
  /** Set once a commit could not be made durable: from then on memory is ahead of what is stored. */
  readonly failure: StoreFailed | undefined;
  /** Makes everything durable and releases all resources, even if it fails. Rejects with StoreFailed. */
  close(): Promise<void>;
}

/** A commit could not be made durable. The process must be restarted, since its memory is ahead of what is stored. */
export class StoreFailed extends Error {
  override readonly name: string = "StoreFailed";
  /** What clients are told. */
  readonly told: string = "The state could not be stored. Restart the emulator once its disk works.";
}

/** The database that several processes share cannot be reached; it may be back any time. */
export class StoreUnavailable extends StoreFailed {
  override readonly name = "StoreUnavailable";
  override readonly told = "The database that holds the state cannot be used now. Try again later.";
}

/** The database asks to run a transaction again (SQLSTATE 40001 and its like). */
export class StoreConflict extends Error {
  override readonly name = "StoreConflict";
}
