import { TransactionOnTables } from "./transaction.ts";

/**
 * State: collections of readonly records with declared keys and indexes, changed in synchronous transactions. Memory is
 * the truth while the process runs; a backend loads it at the start and makes each commit durable.
 */

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

/** Nothing outlives the process. */
export const memoryBackend = (): Backend => ({
  load: async () => {},
  commit: () => {},
  durable: () => undefined,
  failure: undefined,
  close: async () => {},
});

/** A commit could not be made durable. The process must be restarted, since its memory is ahead of what is stored. */
export class StoreFailed extends Error {
  override readonly name = "StoreFailed";
}

/** What `refuse` makes, to be thrown. */
export class Refusal extends Error {
  readonly error: Error;
  readonly changes: (tx: Transaction) => void;

  constructor(error: Error, changes: (tx: Transaction) => void) {
    super(error.message, { cause: error });
    this.error = error;
    this.changes = changes;
  }
}

/**
 * `throw refuse(error, changes)` ends a transaction as `throw error` does, undoing all it did, except that `changes` are
 * made and committed in its place: used codes, attempt counters, lockouts.
 */
export const refuse = (error: Error, changes: (tx: Transaction) => void): Refusal => new Refusal(error, changes);

/** How long a note may wait for a commit that takes it along. */
const NOTE_DELAY_MS = 5000;

export interface StoreOptions {
  readonly collections: readonly Collection<never>[];
  readonly backend: Backend;
  /** Runs `work` a few seconds later, if the process still lives then; tests inject their own. */
  readonly later?: (work: () => void) => void;
}

/** Reads all that the backend holds. Throws what its `load` throws. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const tx = new TransactionOnTables(options.collections);
  await options.backend.load(tx.names, (name, key, entity) => tx.restore(name, key, entity));
  return new Store(options, tx);
}

/** Made by `openStore`. */
export class Store {
  readonly #collections: readonly Collection<never>[];
  readonly #backend: Backend;
  readonly #later: (work: () => void) => void;
  #tx: TransactionOnTables;
  #notesAreDue = false;
  #closing: Promise<void> | undefined;

  constructor({ collections, backend, later = afterDelay }: StoreOptions, tx: TransactionOnTables) {
    this.#collections = collections;
    this.#backend = backend;
    this.#later = later;
    this.#tx = tx;
  }

  /**
   * Runs `work`, which must not wait, and commits what it wrote; what it throws is thrown on after everything was undone
   * (see `refuse` for the exception). Throws StoreFailed once a commit could not be made durable. Answers to the outside
   * must wait for `durable()`.
   */
  transact<R>(work: (tx: Transaction) => R): R {
    this.#check();
    this.#tx.open = true;
    try {
      return this.#attempt(work);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      this.#attempt(thrown.changes);
      throw thrown.error;
    } finally {
      this.#tx.open = false;
    }
  }

  /**
   * Settles when all that was committed so far is durable, or rejects with StoreFailed; undefined where there is nothing
   * to wait for. No answer, of a read or a write, may leave before.
   */
  durable(): Promise<void> | undefined {
    return this.#backend.durable();
  }

  /** Removes everything, as one commit. */
  reset(): void {
    this.#check();
    this.#backend.commit(["reset"]);
    this.#tx = new TransactionOnTables(this.#collections);
  }

  /** Makes everything durable, notes as well, and lets go of the backend. Rejects with StoreFailed. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#storeNotes();
      this.#closing = this.#backend.close();
    }
    return this.#closing;
  }

  #check(): void {
    if (this.#backend.failure) throw this.#backend.failure;
    if (this.#closing) throw new Error("the store is closed");
    if (this.#tx.open) throw new Error("a transaction inside a transaction");
  }

  #attempt<R>(work: (tx: Transaction) => R): R {
    const tx = this.#tx;
    try {
      const result = work(tx);
      if (result instanceof Promise) {
        result.catch(() => {});
        throw new TypeError("the work of a transaction must not wait, but it returned a promise");
      }
      if (tx.hasWrites) {
        this.#backend.commit(tx.changes());
        tx.forgetNotes();
      }
      tx.settle();
      return result;
    } catch (thrown) {
      tx.undo();
      throw thrown;
    } finally {
      if (tx.hasNotes && !this.#notesAreDue) this.#scheduleNotes();
    }
  }

  #scheduleNotes(): void {
    this.#notesAreDue = true;
    this.#later(() => {
      this.#notesAreDue = false;
      this.#storeNotes();
    });
  }

  #storeNotes(): void {
    if (this.#backend.failure || !this.#tx.hasNotes) return;
    this.#backend.commit(this.#tx.changes());
    this.#tx.forgetNotes();
  }
}

const afterDelay = (work: () => void): void => void setTimeout(work, NOTE_DELAY_MS).unref();
