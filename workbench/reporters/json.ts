import type { TestRun } from "../run.ts";
import { countsOf, fromHere } from "./words.ts";

/** Everything, as JSON; `more` is what else was asked for. */
export function jsonReport(runs: readonly TestRun[], more: object = {}): string {
  const report = {
    ...countsOf(runs),
    files: runs.map(({ name, results, accounts: { notes } }) => ({ file: fromHere(name), notes, results })),
    ...more,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
