/** How much is done: what every test run can wait for, or what the figures in docs/reliability.md are of. */
export type Scale = "small" | "full";

/** When an attack that counts requests ends in any case, by `performance.now()`, however slow the machine. */
export const deadlineOf = (scale: Scale): number => performance.now() + (scale === "full" ? 600_000 : 60_000);

/** One way to bring the emulator down, or its state. */
export interface Attack {
  /** Its row in the table is found by it. */
  readonly name: string;
  readonly run: (scale: Scale) => Promise<Result>;
}

/** What came of an attack; figures that do not belong to it are absent. */
export interface Result {
  /** What was done and how often, such as "1,000,000 requests". */
  readonly done: string;
  /** What should not have happened, in words; empty where the emulator held out. */
  readonly failures: readonly string[];
  /** The longest that somebody else waited for an answer meanwhile, in milliseconds. */
  readonly longestWait?: number;
  /** The most memory that the process had, in MiB. */
  readonly peakMemory?: number;
  /** How long it took to stop with what the attack had left open, in milliseconds. */
  readonly stopping?: number;
}
