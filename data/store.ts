import type { Checkpoint } from "./checkpoint.ts";
import type { Backend, Collection, StoreFailed, Transaction } from "./contract.ts";
import { TransactionOnTables } from "./transaction.ts";

export type { Checkpoint } from "./checkpoint.ts";
export { collection, StoreFailed } from "./contract.ts";
export type { Backend, Change, Collection, Key, Transaction } from "./contract.ts";

/**
 * State: collections of readonly records with declared keys and indexes, changed in synchronous transactions. Memory is
 * the truth while the process runs; a backend loads it at the start and makes each commit durable.
 */

/** Keeps nothing beyond the process. */
export const memoryBackend = (): Backend => ({
  load: async () => {},
  commit: () => {},
  durable: () => undefined,
  failure: undefined,
  close: async () => {},
});

/** Made by `refuse`, to be thrown. */
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
 * `throw refuse(error, changes)` ends a transaction like `throw error`: everything it did is undone. Then `changes` are
 * made and committed: used codes, attempt counters, lockouts.
 */
export const refuse = (error: Error, changes: (tx: Transaction) => void): Refusal => new Refusal(error, changes);

/** How long a note may wait for a commit that stores it too. */
const NOTE_DELAY_MS = 5000;

export interface StoreOptions {
  readonly collections: readonly Collection<never>[];
  readonly backend: Backend;
  /** Runs `work` a few seconds later, if the process is still alive; tests inject their own. */
  readonly later?: (work: () => void) => void;
}

/** Reads everything that the backend holds. Throws what its `load` throws. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const tx = new TransactionOnTables(options.collections);
  await options.backend.load(tx.names, (name, key, entity) => tx.restore(name, key, entity));
  return new Store(options, tx);
}

/** An empty store that lives in memory, at once. */
export const memoryStore = (collections: StoreOptions["collections"]): Store =>
  new Store({ collections, backend: memoryBackend() }, new TransactionOnTables(collections));

/** Made by `openStore` and `memoryStore`. */
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
   * Runs `work`, which must be synchronous, and commits what it wrote. If it throws, everything is undone and the error
   * is thrown on (see `refuse` for the exception). Throws StoreFailed once a commit could not be made durable. Answers
   * to clients must wait for `durable()`.
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
   * Settles when everything committed so far is durable, or rejects with StoreFailed; undefined if there is nothing to
   * wait for. No answer, to a read or a write, may be sent before.
   */
  durable(): Promise<void> | undefined {
    return this.#backend.durable();
  }

  /** Why nothing can be read or changed any more; undefined if all is well. */
  get failure(): StoreFailed | undefined {
    return this.#backend.failure;
  }

  /** Remembers the current state for `goBackTo`, until a reset or `forget`. */
  remember(): Checkpoint {
    this.#check();
    return this.#tx.remember();
  }

  forget(checkpoint: Checkpoint): void {
    this.#tx.forget(checkpoint);
  }

  /** Restores the state, as one commit. Takes time only for the entities that have changed since. */
  goBackTo(checkpoint: Checkpoint): void {
    this.transact(() => this.#tx.goBackTo(checkpoint));
    checkpoint.reached();
  }

  /** Removes everything, as one commit, and ends all checkpoints. */
  reset(): void {
    this.#check();
    this.#backend.commit(["reset"]);
    this.#tx = new TransactionOnTables(this.#collections);
  }

  /** Makes everything durable, including notes, and closes the backend. Rejects with StoreFailed. */
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
