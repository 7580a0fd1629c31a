import { StoreFailed, StoreUnavailable, type Change, type Key } from "./contract.ts";
import { encodeChange, type StoredChange } from "./journal.ts";
import { BEGINNING, type LogRow, type LogRows, type Position, type SharedLog } from "./shared-log.ts";

/**
 * What a test lets happen in place of a call: `run` does what was asked, and `release` ends the transaction that the call
 * was in, as a database does that notices a broken connection. It may be called much later.
 */
export type Fault = (run: () => Promise<never>, release: () => void) => Promise<never>;

export const gone = (): StoreUnavailable => new StoreUnavailable("the database is gone");

/** A database that several stores share, for tests: they let its calls fail as they like. */
export class DatabaseInMemory {
  /** As JSON, so that stores have no entity in common. */
  rows: { readonly sequence: number; readonly batch: string; readonly changes: string }[] = [];
  entities = new Map<string, string>();
  /** Everything is refused then. */
  isGone = false;
  /** Ends when the transaction that is last in the queue for the lock does. */
  lockedUntil: Promise<void> = Promise.resolve();

  get end(): Position {
    return this.rows.at(-1) ?? BEGINNING;
  }

  /** Removes the rows before this one. */
  prune(first: number): void {
    this.rows = this.rows.filter(({ sequence }) => sequence >= first);
  }

  /** Restores the state that a copy remembers. */
  copy(): () => void {
    const [rows, entities] = [[...this.rows], new Map(this.entities)];
    return () => void ([this.rows, this.entities] = [[...rows], new Map(entities)]);
  }
}

type Call = "load" | "after" | "lock" | "append" | "has";

export class LogInMemory implements SharedLog {
  readonly #database: DatabaseInMemory;
  readonly #faults: { readonly call: Call; readonly fault: Fault }[] = [];
  /** All calls so far. */
  readonly calls: (Call | "unlock" | "close")[] = [];
  /** What `follow` was given. */
  look: (() => Promise<void>) | undefined;
  #release: (() => void) | undefined;

  constructor(database: DatabaseInMemory) {
    this.#database = database;
  }

  /** Lets the next call of this kind that has no fault yet meet one. */
  meet(call: Call, fault: Fault): void {
    this.#faults.push({ call, fault });
  }

  async load(restore: (collection: string, key: Key, entity: unknown) => void): Promise<Position> {
    return await this.#call("load", async () => {
      const { end } = this.#database;
      for (const [named, value] of this.#database.entities) {
        const [collection, key] = JSON.parse(named) as [string, Key];
        restore(collection, key, JSON.parse(value));
      }
      return end;
    });
  }

  async after(position: Position): Promise<LogRows> {
    return await this.#call("after", async () => this.#rowsAfter(position));
  }

  async lock(position: Position): Promise<LogRows> {
    return await this.#call("lock", async () => {
      await this.#lock();
      return this.#rowsAfter(position);
    });
  }

  async append({ sequence, batch, changes }: LogRow): Promise<void> {
    const release = this.#release;
    // If the call fails, this process has nothing to do with the transaction any more, whatever becomes of it.
    this.#release = undefined;
    if (!release) throw new Error("a row was appended without the lock");
    const run = async () => {
      const { end } = this.#database;
      if (sequence !== end.sequence + 1) throw new Error(`row ${sequence} was appended to row ${end.sequence}`);
      this.#database.rows.push({ sequence, batch, changes: `[${changes.map(encodeChange).join(",")}]` });
      for (const change of changes) this.#apply(change);
      release();
    };
    await this.#call("append", run, release);
  }

  async unlock(): Promise<void> {
    this.calls.push("unlock");
    this.#unlock();
  }

  async has({ sequence, batch }: LogRow): Promise<boolean> {
    return await this.#call("has", async () => {
      await this.#lock();
      this.#unlock();
      const row = this.#database.rows.find((stored) => stored.sequence === sequence);
      if (!row && this.#database.end.sequence >= sequence) throw new StoreFailed("the row is no longer kept");
      return row?.batch === batch;
    });
  }

  follow(look: () => Promise<void>): void {
    this.look = look;
  }

  async close(): Promise<void> {
    this.calls.push("close");
    this.#unlock();
  }

  async #call<T>(call: Call, run: () => Promise<T>, release = () => {}): Promise<T> {
    this.calls.push(call);
    const index = this.#faults.findIndex((met) => met.call === call);
    const [met] = index === -1 ? [] : this.#faults.splice(index, 1);
    if (met) return await met.fault(run as () => Promise<never>, release);
    if (!this.#database.isGone) return await run();
    release();
    throw gone();
  }

  async #lock(): Promise<void> {
    if (this.#release) throw new Error("a transaction was begun inside a transaction");
    const before = this.#database.lockedUntil;
    let release: () => void;
    this.#database.lockedUntil = new Promise((resolve) => (release = resolve));
    await before;
    this.#release = release!;
  }

  #unlock(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #rowsAfter({ sequence, batch }: Position): LogRows {
    const { rows, end } = this.#database;
    const later = rows.filter((row) => row.sequence > sequence);
    const isContinued = sequence === 0 || rows.some((row) => row.sequence === sequence && row.batch === batch);
    if (!isContinued || later.length !== end.sequence - sequence) return undefined;
    return later.map(({ changes, ...position }) => ({
      ...position,
      changes: (JSON.parse(changes) as readonly StoredChange[]).map((stored) =>
        stored[0] === "reset" ? "reset" : { collection: stored[1], key: stored[2], entity: stored[3] },
      ),
    }));
  }

  #apply(change: Change): void {
    const { entities } = this.#database;
    if (change === "reset") entities.clear();
    else {
      const named = JSON.stringify([change.collection, change.key]);
      if (change.entity === undefined) entities.delete(named);
      else entities.set(named, JSON.stringify(change.entity));
    }
  }
}
