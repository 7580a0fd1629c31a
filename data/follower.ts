import { StoreFailed, StoreUnavailable, type Collection, type Key } from "./contract.ts";
import type { LogRow, LogRows, SharedLog } from "./shared-log.ts";
import { TransactionOnTables } from "./transaction.ts";

export interface FollowerOptions {
  readonly collections: readonly Collection<never>[];
  readonly log: SharedLog;
  /** Runs `work` a moment later, to ask again for a database that is gone. */
  readonly soon: (work: () => void) => void;
}

/** The memory of one of several processes: everything that is committed, up to a row of the log. */
export class Follower {
  readonly #collections: readonly Collection<never>[];
  readonly #log: SharedLog;
  readonly #soon: (work: () => void) => void;
  #tx: TransactionOnTables;
  /** The last row that memory has. */
  #sequence = 0;
  /** A look at the end of the log that is under way, and the one for all who have come since. */
  #looking: Promise<void> | undefined;
  #nextLook: Promise<void> | undefined;
  #loading: Promise<void> | undefined;
  #failure: StoreFailed | undefined;
  #isClosed = false;
  readonly #watchers = new Map<string, (entity: never) => void>();

  constructor({ collections, log, soon }: FollowerOptions) {
    this.#collections = collections;
    this.#log = log;
    this.#soon = soon;
    this.#tx = this.newTables();
  }

  get tx(): TransactionOnTables {
    return this.#tx;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Why nothing can be read or changed; undefined if all is well. */
  get failure(): StoreFailed | undefined {
    return this.#failure;
  }

  newTables(): TransactionOnTables {
    return new TransactionOnTables(this.#collections);
  }

  /** See `SharedStore.watch`. */
  watch<T>(collection: Collection<T>, watcher: (entity: T) => void): void {
    this.#watchers.set(collection.name, watcher);
  }

  /** Reads all of the state: to be awaited first. It happens again if the log no longer has what memory lacks. */
  async load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    await this.#loading;
  }

  /** Settles when memory has all that was committed at the time of the call. */
  async fresh(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#looking === undefined) return await this.look();
    // A look that has begun may have seen the end of the log before the last acknowledged commit.
    this.#nextLook ??= this.#looking.catch(() => {}).then(() => this.look());
    return await this.#nextLook;
  }

  /** Asks the database what memory lacks, even if it has failed before. */
  async look(): Promise<void> {
    const looking = this.#log.after(this.#sequence).then((rows) => this.catchUp(rows));
    this.#looking = looking;
    this.#nextLook = undefined;
    try {
      await looking;
    } catch (cause) {
      this.fail(cause);
      throw cause;
    } finally {
      if (this.#looking === looking) this.#looking = undefined;
    }
  }

  async catchUp(rows: LogRows): Promise<void> {
    if (rows === undefined) return await this.load();
    for (const row of rows) {
      if (row.sequence === this.#sequence + 1) this.apply(row);
      else if (row.sequence > this.#sequence) return await this.load();
    }
  }

  /** Applies the row that follows, unless memory has it. */
  apply({ sequence, changes }: LogRow): void {
    if (sequence <= this.#sequence) return;
    if (changes[0] === "reset") this.#tx = this.newTables();
    for (const change of changes) {
      if (change !== "reset") this.#tx.apply(change.collection, change.key, change.entity);
    }
    this.#sequence = sequence;
    for (const change of changes) {
      if (change !== "reset" && change.entity !== undefined) this.#tell(change.collection, change.entity);
    }
  }

  /** From now on everything is refused at once, until the database answers again. */
  fail(cause: unknown): void {
    if (!(cause instanceof StoreFailed) || this.#failure) return;
    this.#failure = cause;
    if (cause instanceof StoreUnavailable) this.#soon(() => void this.#askAgain());
  }

  close(): void {
    this.#isClosed = true;
  }

  async #load(): Promise<void> {
    const tx = this.newTables();
    const watched: (readonly [name: string, entity: unknown])[] = [];
    const restore = (name: string, key: Key, entity: unknown) => {
      tx.apply(name, key, entity);
      if (this.#watchers.has(name)) watched.push([name, entity]);
    };
    const sequence = await this.#log.load(restore);
    tx.giveBackNotes(this.#tx.takeNotes().filter((note) => note !== "reset" && tx.has(note.collection, note.key)));
    this.#tx = tx;
    this.#sequence = sequence;
    for (const [name, entity] of watched) this.#tell(name, entity);
  }

  #tell(collection: string, entity: unknown): void {
    this.#watchers.get(collection)?.(entity as never);
  }

  async #askAgain(): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.catchUp(await this.#log.after(this.#sequence));
      this.#failure = undefined;
    } catch (cause) {
      if (cause instanceof StoreUnavailable) this.#soon(() => void this.#askAgain());
      else if (cause instanceof StoreFailed) this.#failure = cause;
    }
  }
}
