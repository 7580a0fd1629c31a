/**
 * How much an attack does: little enough for every test run, or as much as the figures in docs/reliability.md are based
 * on.
 */
export type Scale = "small" | "full";

/** When an attack that counts requests ends at the latest, by `performance.now()`, however slow the machine is. */
export const deadlineOf = (scale: Scale): number => performance.now() + (scale === "full" ? 600_000 : 60_000);

/** One way to bring down the emulator, or damage its state. */
export interface Attack {
  /** Finds its row in the table. */
  readonly name: string;
  /** What it needs and this machine has not, in words; `undefined` if it can run. */
  readonly lacks?: () => Promise<string | undefined>;
  readonly run: (scale: Scale) => Promise<Result>;
}

/** The result of an attack; figures that do not apply to it are absent. */
export interface Result {
  /** What was done and how often, such as "1,000,000 requests". */
  readonly done: string;
  /** What should not have happened, in words; empty if the emulator held out. */
  readonly failures: readonly string[];
  /** The longest that another client waited for an answer meanwhile, in milliseconds. */
  readonly longestWait?: number;
  /** The most memory that the process took, in MiB. */
  readonly peakMemory?: number;
  /** How long stopping took with what the attack had left open, in milliseconds. */
  readonly stopping?: number;
}
