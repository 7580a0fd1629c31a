import { StoreConflict, StoreFailed, StoreUnavailable, type Collection, type Key } from "./contract.ts";
import { BEGINNING, type LogRow, type LogRows, type Position, type SharedLog } from "./shared-log.ts";
import { TransactionOnTables } from "./transaction.ts";

export interface FollowerOptions {
  readonly collections: readonly Collection<never>[];
  readonly log: SharedLog;
  /** Runs `work` a moment later, to ask again for a database that is gone. */
  readonly soon: (work: () => void) => void;
}

/** How often something is asked again that the database has ended in favour of something else. */
const MOST_TRIES = 20;

/** The memory of one of several processes: everything that is committed, up to a row of the log. */
export class Follower {
  readonly #collections: readonly Collection<never>[];
  readonly #log: SharedLog;
  readonly #soon: (work: () => void) => void;
  #tx: TransactionOnTables;
  /** That of the last row that memory has. */
  #position = BEGINNING;
  /** A look at the end of the log that is under way, and the one for all who have come since. */
  #looking: Promise<void> | undefined;
  #nextLook: Promise<void> | undefined;
  #loading: Promise<void> | undefined;
  #failure: StoreFailed | undefined;
  #isAsking = false;
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

  get position(): Position {
    return this.#position;
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
    await persist(() => this.#load());
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
    const looking = persist(async () => await this.catchUp(await this.#log.after(this.#position)));
    this.#looking = looking;
    this.#nextLook = undefined;
    try {
      await looking;
      if (this.#failure instanceof StoreUnavailable) this.#failure = undefined;
    } catch (cause) {
      this.fail(cause);
      throw cause;
    } finally {
      if (this.#looking === looking) this.#looking = undefined;
    }
  }

  /** Brings memory to the end of the log, as it was when the rows were read. Rejects like the log, which has failed then. */
  async catchUp(rows: LogRows): Promise<void> {
    let missing = rows;
    try {
      while (!this.#follow(missing)) {
        await this.#load();
        // The load may have begun long before: others have gone on.
        missing = await this.#log.after(this.#position);
      }
    } catch (cause) {
      this.fail(cause);
      throw cause;
    }
  }

  /** Applies the row that follows; any other one is left to the next look. */
  apply({ sequence, batch, changes }: LogRow): void {
    if (sequence !== this.#position.sequence + 1) return;
    if (changes[0] === "reset") this.#tx = this.newTables();
    for (const change of changes) {
      if (change !== "reset") this.#tx.apply(change.collection, change.key, change.entity);
    }
    this.#position = { sequence, batch };
    for (const change of changes) {
      if (change !== "reset" && change.entity !== undefined) this.#tell(change.collection, change.entity);
    }
  }

  /** From now on everything is refused at once, until the database answers again. */
  fail(cause: unknown): void {
    if (!(cause instanceof StoreFailed)) return;
    if (!this.#failure || !(cause instanceof StoreUnavailable)) this.#failure = cause;
    if (cause instanceof StoreUnavailable) this.#askSoon();
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Applies the rows that memory lacks; false if some before them are missing. */
  #follow(rows: LogRows): boolean {
    if (rows === undefined) return false;
    for (const row of rows) {
      if (row.sequence > this.#position.sequence + 1) return false;
      this.apply(row);
    }
    return true;
  }

  async #load(): Promise<void> {
    this.#loading ??= this.#loadAnew().finally(() => (this.#loading = undefined));
    await this.#loading;
  }

  async #loadAnew(): Promise<void> {
    const from = this.#position;
    const tx = this.newTables();
    const watched: (readonly [name: string, entity: unknown])[] = [];
    const position = await this.#log.load((name: string, key: Key, entity: unknown) => {
      tx.apply(name, key, entity);
      if (this.#watchers.has(name)) watched.push([name, entity]);
    });
    // Memory has found its way on by rows meanwhile, and must not go back.
    if (this.#position !== from) return;
    tx.inheritNotes(this.#tx);
    this.#tx = tx;
    this.#position = position;
    for (const [name, entity] of watched) this.#tell(name, entity);
  }

  #tell(collection: string, entity: unknown): void {
    this.#watchers.get(collection)?.(entity as never);
  }

  #askSoon(): void {
    if (this.#isAsking || this.#isClosed) return;
    this.#isAsking = true;
    this.#soon(() => {
      this.#isAsking = false;
      // A look that fails asks again.
      if (!this.#isClosed && this.#failure instanceof StoreUnavailable) void this.look().catch(() => {});
    });
  }
}

/** Tries again what can be repeated, where the database asks for it. */
async function persist(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof StoreConflict)) throw cause;
      if (tries === MOST_TRIES) throw new StoreUnavailable(cause.message, { cause });
    }
  }
}
