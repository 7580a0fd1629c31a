import { StoreConflict, StoreUnavailable } from "./contract.ts";
import type { Follower } from "./follower.ts";
import type { LogRow, SharedLog } from "./shared-log.ts";

/** For how long the outcome of a commit is asked for, and how often: each client that has sent a work waits. */
const PATIENCE_MS = 10_000;
const MOST_QUESTIONS = 50;

/** Whether a batch was committed could not be found out: it may have been. */
export class OutcomeUnknown extends StoreUnavailable {
  constructor(cause: unknown) {
    super(`whether a commit was made could not be found out: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Whether a row was committed, after the connection broke over it: asks until that is known, since it must not be run
 * twice. Rejects with OutcomeUnknown.
 */
export async function isCommitted(
  row: LogRow,
  log: SharedLog,
  memory: Follower,
  soon: (work: () => void) => void,
): Promise<boolean> {
  let isOver = false;
  // A database that does not answer takes its time for each question.
  const patience = setTimeout(() => (isOver = true), PATIENCE_MS);
  try {
    for (let tries = 1; ; tries++) {
      try {
        return await log.has(row);
      } catch (cause) {
        if (cause instanceof StoreUnavailable) memory.fail(cause);
        else if (!(cause instanceof StoreConflict)) throw new OutcomeUnknown(cause);
        if (isOver || tries === MOST_QUESTIONS) throw new OutcomeUnknown(cause);
        await new Promise<void>((resolve) => soon(resolve));
      }
    }
  } finally {
    clearTimeout(patience);
  }
}
