import type { Transaction } from "./contract.ts";
import { Refusal } from "./store.ts";
import { present, type TransactionOnTables } from "./transaction.ts";

/** Something to be done in the order of the log. */
export interface Queued {
  /** Whether everything is removed before. */
  readonly resets: boolean;
  readonly work: (tx: Transaction) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** How a work ended, to be told once its batch is committed. */
export type Settle = () => void;

/** Runs works one after the other, each on what the former ones have left; one that throws leaves nothing. */
export function runAll(batch: readonly Queued[], tx: TransactionOnTables): Settle[] {
  tx.open = "to write";
  try {
    return batch.map((queued) => runOne(queued, tx));
  } finally {
    tx.open = undefined;
  }
}

function runOne({ work, resolve, reject }: Queued, tx: TransactionOnTables): Settle {
  const { mark } = tx;
  try {
    const result = present(work(tx));
    return () => resolve(result as never);
  } catch (thrown) {
    tx.undo(mark);
    if (!(thrown instanceof Refusal)) return () => reject(thrown);
    try {
      present(thrown.changes(tx));
      return () => reject(thrown.error);
    } catch (again) {
      tx.undo(mark);
      return () => reject(again);
    }
  }
}
