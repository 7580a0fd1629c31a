import type { Change, Key } from "./contract.ts";

/**
 * A state that was committed. A sequence number alone would not tell it from the state of another history, as of a
 * database that was set back and has gone on.
 */
export interface Position {
  /** Rows of the log are numbered from 1, without gaps. */
  readonly sequence: number;
  /** Of the last row, unique, so that its maker finds out whether it was committed. */
  readonly batch: string;
}

/** Before the first row. */
export const BEGINNING: Position = { sequence: 0, batch: "" };

/** What one transaction of the database made: the changes of all works that it was shared by. */
export interface LogRow extends Position {
  readonly changes: readonly Change[];
}

/** Rows that follow a position; undefined if the first of them are no longer kept, or the position is of another history. */
export type LogRows = readonly LogRow[] | undefined;

/**
 * The ordered log of all commits, in a database that several processes share. Every method rejects with
 * StoreUnavailable if the database cannot be reached or does not answer, with StoreConflict if it asks to try again, and
 * with StoreFailed if it can never work.
 */
export interface SharedLog {
  /** Passes the state to `restore` and resolves to its position. May be called again. */
  load(restore: (collection: string, key: Key, entity: unknown) => void): Promise<Position>;
  /** The rows after `position` that are committed by now. */
  after(position: Position): Promise<LogRows>;
  /**
   * Begins a transaction that keeps all others out until `append` or `unlock`, and resolves to the rows after
   * `position`.
   */
  lock(position: Position): Promise<LogRows>;
  /** Commits a row in the transaction begun by `lock`. After a rejection with StoreUnavailable only `has` knows. */
  append(row: LogRow): Promise<void>;
  /** Ends the transaction begun by `lock` without a row. Never rejects. */
  unlock(): Promise<void>;
  /** Whether a row was committed, once that cannot change any more; StoreFailed if that can no longer be told. */
  has(row: LogRow): Promise<boolean>;
  /**
   * Calls `look`, which is to ask for the rows that follow, every few seconds until the close: a process that nobody asks
   * anything follows the others, too, and they need not keep the log for it.
   */
  follow(look: () => Promise<void>): void;
  close(): Promise<void>;
}
