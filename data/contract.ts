/**
 * The parts of a key, compared one by one in code unit order. No part may contain NUL, and all keys of a collection, or
 * of an index, have the same number of parts. A prefix of a key is some of its parts, each of them whole.
 */
export type Key = readonly string[];

/** A kind of entity: how its records are keyed and by what else they are found. Records are replaced, never mutated. */
export interface Collection<T, IndexName extends string = string> {
  readonly name: string;
  readonly key: (entity: T) => Key;
  /** Further orders. An entity for which the function answers undefined is not in that index. */
  readonly indexes: Readonly<Record<IndexName, (entity: T) => Key | undefined>>;
}

/** Declares a collection; what it holds is told by the type of `key`'s parameter. */
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
  /** Inserts, or replaces the entity of the same key. */
  put<T>(collection: Collection<T>, entity: T): void;
  /** Removes the entity with this key; false where there was none. */
  delete<T>(collection: Collection<T>, ...key: string[]): boolean;
  /**
   * In key order, the entities whose key begins with `prefix`, those after the key `after` only. Lazy: a page costs the
   * page. What is changed meanwhile is seen where the reading has not yet come to it.
   */
  list<T>(collection: Collection<T>, prefix: Key, after?: Key): Iterable<T>;
  /** The first entity under exactly this index key. */
  find<T, IndexName extends string>(
    collection: Collection<T, IndexName>,
    index: IndexName,
    ...key: string[]
  ): T | undefined;
  /** In index order, then key order, the entities whose index key begins with `prefix`. */
  listBy<T, IndexName extends string>(collection: Collection<T, IndexName>, index: IndexName, prefix: Key): Iterable<T>;
  /** How many entities have a key that begins with `prefix`; far cheaper than listing them. */
  count<T>(collection: Collection<T>, ...prefix: string[]): number;
  /**
   * Writes a "last used" fact: visible at once, stored with a later commit, not waited for by anyone and not undone by a
   * throw. Never for anything that a decision depends on.
   */
  note<T>(collection: Collection<T>, entity: T): void;
}

/** What a commit changes; an entity that is undefined is removed. */
export type Change = { readonly collection: string; readonly key: Key; readonly entity: unknown } | "reset";

/** What makes commits outlive the process. `openStore` calls `load` once and first, `close` once and last. */
export interface Backend {
  /** Gives every stored entity to `restore`. Throws a readable error where some of them cannot be read, or are unknown. */
  load(
    collections: ReadonlySet<string>,
    restore: (collection: string, key: Key, entity: unknown) => void,
  ): Promise<void>;
  /** Takes one commit, reading `changes` before it returns, if at all. Where it throws, it has taken nothing. */
  commit(changes: Iterable<Change>): void;
  /** Settles when all that was committed so far is durable; undefined where it is already. Rejects with StoreFailed. */
  durable(): Promise<void> | undefined;
  /** Set from the first commit that could not be made durable: memory is then ahead of what is stored, and stays so. */
  readonly failure: StoreFailed | undefined;
  /** Makes everything durable and lets go of all resources, in any case. Rejects with StoreFailed. */
  close(): Promise<void>;
}

/** A commit could not be made durable. The process must be restarted, since its memory is ahead of what is stored. */
export class StoreFailed extends Error {
  override readonly name = "StoreFailed";
}
