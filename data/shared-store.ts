import { uuid, type Random } from "./random.ts";
import {
  StoreConflict,
  StoreFailed,
  StoreUnavailable,
  type Change,
  type Collection,
  type Transaction,
} from "./contract.ts";
import { isCommitted, OutcomeUnknown } from "./commit-outcome.ts";
import { Follower } from "./follower.ts";
import type { LogRow, SharedLog } from "./shared-log.ts";
import { runAll, type Queued, type Settle } from "./queued-work.ts";
import type { Soon } from "./soon.ts";
import { afterDelay, Refusal } from "./store.ts";
import { present } from "./transaction.ts";
import type { Store } from "./store-type.ts";

export interface SharedStoreOptions {
  readonly collections: readonly Collection<never>[];
  readonly log: SharedLog;
  readonly random: Random;
  /** Runs `work` a few seconds later, if the process is still alive; tests inject their own. */
  readonly later?: (work: () => void) => void;
  /** Runs `work` a moment later, to ask again for a database that is gone. */
  readonly soon?: (work: () => void) => void;
}

/** Reads everything that the database holds. Rejects with StoreFailed. */
export async function openSharedStore(options: SharedStoreOptions): Promise<SharedStore> {
  const store = new SharedStore(options);
  await store.load();
  return store;
}

/** More works in one transaction would keep the event loop and the other processes waiting. */
const MOST_IN_BATCH = 200;
/** How often a transaction is begun anew that the database, or a broken connection, has ended. */
const MOST_TRIES = 20;
/**
 * One state in many processes. Each has all of it in memory; a database has it too, with the log of all commits, and its
 * lock on the end of the log puts the commits of all processes in one order. Memory only ever has what is committed:
 *
 * - `read` answers from memory, after one look at the end of the log (`fresh`), which all requests of a moment share.
 * - `transact` runs its work on memory, and if it has written nothing, that was all. Else what it wrote is undone and the
 *   work waits for the next batch: the log is locked, what others have committed is applied, and the works run again, one
 *   after the other; what they wrote is undone, committed as one row of the log, and then applied like any other row.
 *
 * So nothing is speculated, and a process that dies or stands still at any moment has no part in what the others do.
 */
export class SharedStore implements Store {
  readonly #log: SharedLog;
  readonly #random: Random;
  readonly #later: (work: () => void) => void;
  readonly #soon: (work: () => void) => void;
  readonly #memory: Follower;
  readonly #queue: Queued[] = [];
  #draining: Promise<void> | undefined;
  #notesAreDue = false;
  #closing: Promise<void> | undefined;

  constructor({ collections, log, random, later = afterDelay, soon = afterMoment }: SharedStoreOptions) {
    this.#log = log;
    this.#random = random;
    this.#later = later;
    this.#soon = soon;
    this.#memory = new Follower({ collections, log, soon });
  }

  /** To be awaited before anything else. */
  async load(): Promise<void> {
    await this.#memory.load();
    this.#log.follow(() => this.#memory.fresh());
  }

  /** Calls `watcher` for each entity of a collection that a commit of any process has put; one watcher per collection. */
  watch<T>(collection: Collection<T>, watcher: (entity: T) => void): void {
    this.#memory.watch(collection, watcher);
  }

  read<R>(work: (tx: Transaction) => R): R {
    this.#check();
    try {
      return this.#memory.tx.read(work);
    } finally {
      this.#scheduleNotes();
    }
  }

  /** At once if the work writes nothing, or throws; else when what it wrote is committed. */
  transact<R>(work: (tx: Transaction) => R): Soon<R> {
    this.#check();
    const { tx } = this.#memory;
    tx.open = "to write";
    try {
      const result = present(work(tx));
      if (!tx.hasAnyWrites) return result;
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
    } finally {
      tx.undo();
      tx.open = undefined;
      this.#scheduleNotes();
    }
    return this.#inOrder(work, false);
  }

  fresh(): Promise<void> {
    return this.#memory.fresh();
  }

  /** Nothing: whatever can be read is committed. */
  durable(): undefined {
    return undefined;
  }

  get failure(): StoreFailed | undefined {
    return this.#memory.failure;
  }

  remember(): never {
    throw new Error(NO_CHECKPOINTS);
  }

  forget(): never {
    throw new Error(NO_CHECKPOINTS);
  }

  goBackTo(): never {
    throw new Error(NO_CHECKPOINTS);
  }

  reset(grow: (tx: Transaction) => void = () => {}): Promise<void> {
    this.#check();
    return this.#inOrder(grow, true);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#draining;
    try {
      if (this.#memory.tx.hasNotes && !this.failure) await this.#commit([], false);
    } finally {
      this.#memory.close();
      await this.#log.close();
    }
  }

  #check(): void {
    if (this.failure) throw this.failure;
    if (this.#closing) throw new Error("the store is closed");
    if (this.#memory.tx.open) throw new Error("a transaction inside a transaction");
  }

  #inOrder<R>(work: (tx: Transaction) => R, resets: boolean): Promise<R> {
    const done = new Promise<R>((resolve, reject) => this.#queue.push({ resets, work, resolve, reject }));
    // Whatever comes in this turn of the event loop shares the batch.
    this.#draining ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#drain());
    return done;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      const settled = await this.#commit(batch, batch[0]!.resets).catch((error: unknown) => () => {
        for (const { reject } of batch) reject(error);
      });
      settled();
    }
    this.#draining = undefined;
  }

  /** A reset stands alone. */
  #nextBatch(): readonly Queued[] {
    const end = this.#queue.findIndex(({ resets }) => resets);
    return this.#queue.splice(0, end === 0 ? 1 : Math.min(MOST_IN_BATCH, end === -1 ? Infinity : end));
  }

  /** Commits a batch and resolves to what tells its works how they ended. Rejects if it was not committed. */
  async #commit(batch: readonly Queued[], resets: boolean): Promise<Settle> {
    if (this.failure) throw this.failure;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#attempt(batch, resets);
      } catch (cause) {
        if (tries < MOST_TRIES && (await this.#isWorthATry(cause))) continue;
        throw cause instanceof StoreConflict ? new StoreUnavailable(cause.message, { cause }) : cause;
      }
    }
  }

  /** Whether a batch that was not committed can be run again: a single connection may have broken, or all is gone. */
  async #isWorthATry(cause: unknown): Promise<boolean> {
    if (cause instanceof StoreConflict) return true;
    if (!(cause instanceof StoreUnavailable) || cause instanceof OutcomeUnknown) return false;
    return await this.#memory.look().then(
      () => true,
      () => false,
    );
  }

  async #attempt(batch: readonly Queued[], resets: boolean): Promise<Settle> {
    const memory = this.#memory;
    const { settlements, notes, changes } = await this.#runInOrder(batch, resets);
    if (changes.length === 0) await this.#log.unlock();
    else {
      const row = { sequence: memory.position.sequence + 1, batch: uuid(this.#random), changes };
      try {
        await this.#append(row);
      } catch (cause) {
        memory.tx.giveBackNotes(notes);
        throw cause;
      }
      memory.apply(row);
    }
    return () => settlements.forEach((settle) => settle());
  }

  /** Runs works at the end of the log, which is locked then, and leaves memory as it was. */
  async #runInOrder(batch: readonly Queued[], resets: boolean) {
    const memory = this.#memory;
    const rows = await this.#log.lock(memory.position);
    try {
      await memory.catchUp(rows);
      const tx = resets ? memory.newTables() : memory.tx;
      const settlements = runAll(batch, tx);
      const writes = tx.written();
      // Before the undo, since what was written or removed after a note counts more than the note.
      const notes = resets ? [] : tx.takeNotes();
      tx.undo();
      const changes: readonly Change[] = resets ? ["reset", ...writes] : [...writes, ...notes];
      return { settlements, notes, changes };
    } catch (cause) {
      await this.#log.unlock();
      throw cause;
    }
  }

  async #append(row: LogRow): Promise<void> {
    try {
      await this.#log.append(row);
    } catch (cause) {
      if (!(cause instanceof StoreUnavailable) || !(await isCommitted(row, this.#log, this.#memory, this.#soon)))
        throw cause;
      // Others may have gone on from it.
      await this.#memory.look().catch(() => {});
    }
  }

  #scheduleNotes(): void {
    if (this.#notesAreDue || !this.#memory.tx.hasNotes) return;
    this.#notesAreDue = true;
    this.#later(() => {
      this.#notesAreDue = false;
      if (!this.failure && !this.#closing && this.#memory.tx.hasNotes) this.#inOrder(() => {}, false).catch(() => {});
    });
  }
}

const NO_CHECKPOINTS = "a shared store has no checkpoints";

const afterMoment = (work: () => void): void => void setTimeout(work, 200).unref();
