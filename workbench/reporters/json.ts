import type { TestRun } from "../run.ts";
import { countsOf, fromHere } from "./words.ts";

/** Everything, as JSON. */
export function jsonReport(runs: readonly TestRun[]): string {
  const report = {
    ...countsOf(runs),
    files: runs.map(({ name, results, accounts: { notes } }) => ({ file: fromHere(name), notes, results })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
