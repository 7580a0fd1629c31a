import type { Change, Key } from "./contract.ts";

/** What one transaction of the database made: the changes of all works that it was shared by. */
export interface LogRow {
  /** Rows are numbered without gaps. */
  readonly sequence: number;
  /** Unique, so that its maker finds out whether it was committed. */
  readonly batch: string;
  readonly changes: readonly Change[];
}

/** Rows that follow a sequence number; undefined if the first of them are no longer kept. */
export type LogRows = readonly LogRow[] | undefined;

/**
 * The ordered log of all commits, in a database that several processes share. Every method rejects with
 * StoreUnavailable if the database cannot be reached or does not answer, with StoreConflict if it asks to try again, and
 * with StoreFailed if it can never work.
 */
export interface SharedLog {
  /** Passes the state to `restore` and resolves to the sequence number of its last row. May be called again. */
  load(restore: (collection: string, key: Key, entity: unknown) => void): Promise<number>;
  /** The rows after `sequence` that are committed by now. */
  after(sequence: number): Promise<LogRows>;
  /**
   * Begins a transaction that keeps all others out until `append` or `unlock`, and resolves to the rows after
   * `sequence`.
   */
  lock(sequence: number): Promise<LogRows>;
  /** Commits a row in the transaction begun by `lock`. After a rejection with StoreUnavailable only `has` knows. */
  append(row: LogRow): Promise<void>;
  /** Ends the transaction begun by `lock` without a row. Never rejects. */
  unlock(): Promise<void>;
  /** Whether a row was committed, once that cannot change any more. */
  has(row: LogRow): Promise<boolean>;
  close(): Promise<void>;
}
