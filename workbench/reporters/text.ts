import type { TestRun } from "../run.ts";
import { countsOf, detailLines, fromHere, oneLine, placeText, sentence, testsIn } from "./words.ts";

/** For people: what failed and why, then the counts. */
export function textReport(runs: readonly TestRun[]): string {
  return [...runs.flatMap(fileLines), summary(runs), ""].join("\n");
}

function fileLines(run: TestRun): string[] {
  const failed = [...testsIn(run)].filter(([, results]) => results.some(({ passed }) => !passed));
  const notes = [...new Set(run.accounts.notes)].map((note) => `  note: ${oneLine(note)}`);
  if (failed.length + notes.length === 0) return [];
  return [
    fromHere(run.name),
    ...notes,
    ...failed.flatMap(([name, results]) => [
      `  ✗ ${oneLine(name)}`,
      ...results
        .filter(({ passed }) => !passed)
        .flatMap((result) => [
          `      ${[placeText(result.at), sentence(result)].filter(Boolean).join(" ")}`,
          ...detailLines(result).map((line) => `        ${line}`),
        ]),
    ]),
    "",
  ];
}

/** `12 assertions in 3 tests of 1 file: 11 passed, 1 failed` */
function summary(runs: readonly TestRun[]): string {
  const { tests, assertions, failed } = countsOf(runs);
  const of = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  return `${of(assertions, "assertion")} in ${of(tests, "test")} of ${of(runs.length, "file")}: ${assertions - failed} passed, ${failed} failed`;
}
