import type { Operation } from "./linearizability.ts";

/** Whether an operation has happened, as far as its client knows. */
export type Outcome = "acknowledged" | "refused" | "unknown";

/** What clients have done, with which answers: the history of some registers. */
export interface Journal {
  readonly operations: readonly Operation[];
  /** The longest that a client waited for an acknowledgement, in milliseconds. */
  readonly longestWait: () => number;
  /** Answers that cannot be, in words. */
  readonly surprises: Set<string>;
  /** Writes a register. A refusal is a surprise. */
  readonly write: (client: string, key: string, value: string | null, act: () => Promise<unknown>) => Promise<Outcome>;
  /** Reads registers at once: `act` resolves with their values by their keys. */
  readonly read: (client: string, act: () => Promise<Readonly<Record<string, string | null>>>) => Promise<Outcome>;
}

export function newJournal(): Journal {
  const operations: Operation[] = [];
  const surprises = new Set<string>();
  let longestWait = 0;
  const answered = (invoked: number): number => {
    const completed = performance.now();
    longestWait = Math.max(longestWait, completed - invoked);
    return completed;
  };
  const failed = (client: string, error: unknown): Outcome => {
    const outcome = outcomeOf(error);
    if (outcome === "refused") surprises.add(`${client} got ${String(error)}`);
    return outcome;
  };
  return {
    operations,
    surprises,
    longestWait: () => longestWait,
    async write(client, key, value, act) {
      const invoked = performance.now();
      // There from the beginning, since others may see what it does before it is answered.
      const operation = { client, key, kind: "write" as const, value, invoked, completed: null as number | null };
      operations.push(operation);
      try {
        await act();
        operation.completed = answered(invoked);
        return "acknowledged";
      } catch (error) {
        return failed(client, error);
      }
    },
    async read(client, act) {
      const invoked = performance.now();
      try {
        const values = Object.entries(await act());
        const completed = answered(invoked);
        for (const [key, value] of values) operations.push({ client, key, kind: "read", value, invoked, completed });
        return "acknowledged";
      } catch (error) {
        return failed(client, error);
      }
    },
  };
}

/** What IAM refuses has not happened; if there is no answer, or a failure, it may have happened. */
function outcomeOf(error: unknown): Outcome {
  const status =
    (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 ? "refused" : "unknown";
}
