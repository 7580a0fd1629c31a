/**
 * State: collections of readonly records with declared keys and indexes, changed in synchronous transactions. Memory is
 * the truth while the process runs; a backend loads it at the start and makes each commit durable.
 */

/** The parts of a key, compared one by one in code unit order. No part may contain NUL. */
export type Key = readonly string[];

/** A kind of entity: how its records are keyed and by what else they are found. Records are replaced, never mutated. */
export interface Collection<T> {
  readonly name: string;
  readonly key: (entity: T) => Key;
  /** Further orders. An entity for which the function answers undefined is not in that index. */
  readonly indexes: Readonly<Record<string, (entity: T) => Key | undefined>>;
}

/** Declares a collection. */
export function collection<T>(
  name: string,
  key: (entity: T) => Key,
  indexes: Record<string, (entity: T) => Key | undefined> = {},
): Collection<T> {
  return { name, key, indexes };
}

export interface Transaction {
  /** The entity with exactly this key. */
  get<T>(collection: Collection<T>, ...key: string[]): T | undefined;
  /** Inserts, or replaces the entity of the same key. */
  put<T>(collection: Collection<T>, entity: T): void;
  /** Removes the entity with this key; false where there was none. */
  delete<T>(collection: Collection<T>, ...key: string[]): boolean;
  /** In key order, the entities whose key begins with `prefix`, those after the key `after` only. Lazy: a page costs the page. */
  list<T>(collection: Collection<T>, prefix: Key, after?: Key): Iterable<T>;
  /** The first entity under exactly this index key. */
  find<T>(collection: Collection<T>, index: string, ...key: string[]): T | undefined;
  /** In index order, then key order, the entities whose index key begins with `prefix`. */
  listBy<T>(collection: Collection<T>, index: string, prefix: Key): Iterable<T>;
  /** How many entities have a key that begins with `prefix`; far cheaper than listing them. */
  count<T>(collection: Collection<T>, ...prefix: string[]): number;
  /**
   * Writes a "last used" fact: visible at once, stored with a later commit, not waited for by anyone and not undone by a
   * throw. Never for anything that a decision depends on.
   */
  note<T>(collection: Collection<T>, entity: T): void;
}
