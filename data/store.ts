import type { Checkpoint } from "./checkpoint.ts";
import type { Backend, Collection, StoreFailed, Transaction } from "./contract.ts";
import type { Store } from "./store-type.ts";
import { present, TransactionOnTables } from "./transaction.ts";

export type { Checkpoint } from "./checkpoint.ts";
export { collection, ephemeral, StoreConflict, StoreFailed, StoreUnavailable } from "./contract.ts";
export type { Backend, Change, Collection, Key, Transaction } from "./contract.ts";
export type { Store } from "./store-type.ts";

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

export interface LocalStoreOptions {
  readonly collections: readonly Collection<never>[];
  readonly backend: Backend;
  /** Runs `work` a few seconds later, if the process is still alive; tests inject their own. */
  readonly later?: (work: () => void) => void;
}

/** Reads everything that the backend holds. Throws what its `load` throws. */
export async function openStore(options: LocalStoreOptions): Promise<LocalStore> {
  const tx = new TransactionOnTables(options.collections);
  await options.backend.load(tx.names, (name, key, entity) => tx.restore(name, key, entity));
  return new LocalStore(options, tx);
}

/** An empty store that lives in memory, at once. */
export const memoryStore = (collections: LocalStoreOptions["collections"]): LocalStore =>
  new LocalStore({ collections, backend: memoryBackend() }, new TransactionOnTables(collections));

/**
 * The state of this process alone: memory is the truth while it runs; a backend loads it at the start and makes each
 * commit durable. Made by `openStore` and `memoryStore`.
 */
export class LocalStore implements Store {
  readonly #collections: readonly Collection<never>[];
  readonly #backend: Backend;
  readonly #later: (work: () => void) => void;
  #tx: TransactionOnTables;
  #notesAreDue = false;
  #closing: Promise<void> | undefined;

  constructor({ collections, backend, later = afterDelay }: LocalStoreOptions, tx: TransactionOnTables) {
    this.#collections = collections;
    this.#backend = backend;
    this.#later = later;
    this.#tx = tx;
  }

  read<R>(work: (tx: Transaction) => R): R {
    this.#check();
    try {
      return this.#tx.read(work);
    } finally {
      this.#scheduleNotes();
    }
  }

  /** At once. */
  transact<R>(work: (tx: Transaction) => R): R {
    this.#check();
    this.#tx.open = "to write";
    try {
      return this.#attempt(work);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      this.#attempt(thrown.changes);
      throw thrown.error;
    } finally {
      this.#tx.open = undefined;
    }
  }

  fresh(): undefined {
    return undefined;
  }

  durable(): Promise<void> | undefined {
    return this.#backend.durable();
  }

  get failure(): StoreFailed | undefined {
    return this.#backend.failure;
  }

  remember(): Checkpoint {
    this.#check();
    return this.#tx.remember();
  }

  forget(checkpoint: Checkpoint): void {
    this.#tx.forget(checkpoint);
  }

  goBackTo(checkpoint: Checkpoint): void {
    this.transact(() => this.#tx.goBackTo(checkpoint));
    checkpoint.reached();
  }

  reset(grow?: (tx: Transaction) => void): void {
    this.#check();
    this.#backend.commit(["reset"]);
    this.#tx = new TransactionOnTables(this.#collections);
    if (grow) this.transact(grow);
  }

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
      const result = present(work(tx));
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
      this.#scheduleNotes();
    }
  }

  #scheduleNotes(): void {
    if (this.#notesAreDue || !this.#tx.hasNotes) return;
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

/** Long enough for many notes to share a commit. */
export const afterDelay = (work: () => void): void => void setTimeout(work, NOTE_DELAY_MS).unref();
