import { relative } from "node:path";
import type { AssertionResult } from "../test-results.ts";
import type { TestRun } from "../run.ts";

/** `role/Deploy s3:GetObject on arn:aws:s3:::data/x`, also of what has no resource. */
export const sentence = ({ principal, action, resource }: AssertionResult): string =>
  oneLine(`${principal} ${action}${resource === "*" ? "" : ` on ${resource}`}`);

/** Control characters of a document could move the cursor, or begin a line of another form. */
export const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[^\\]$/, "?"),
  );

/** A path as it is seen from the current folder, with slashes. */
export const fromHere = (path: string): string => (relative("", path) || path).replaceAll("\\", "/");

/** `deploy.test.yaml:9:14` */
export const placeText = (at: AssertionResult["at"]): string =>
  at === undefined ? "" : `${fromHere(at.file)}:${at.line}:${at.column}`;

/** What is wrong, why it is so, and the statements behind it, a line each. */
export function detailLines({ problems, reasons, statements }: AssertionResult): string[] {
  return [
    ...problems.map(capitalized),
    ...reasons,
    ...statements.map(({ text, at }) => `${at === undefined ? "" : `${placeText(at)}  `}${compact(text)}`),
  ].map(oneLine);
}

const capitalized = (problem: string): string => `${problem.slice(0, 1).toUpperCase()}${problem.slice(1)}.`;

/** A statement on one line. */
const compact = (statement: string): string => statement.replace(/\s*\n\s*/g, " ");

export interface Counts {
  readonly tests: number;
  readonly assertions: number;
  readonly failed: number;
}

export function countsOf(runs: readonly TestRun[]): Counts {
  const results = runs.flatMap((run) => run.results);
  return {
    tests: runs.reduce((sum, run) => sum + testsIn(run).size, 0),
    assertions: results.length,
    failed: results.filter(({ passed }) => !passed).length,
  };
}

/** The results of each test of a file, by its name, in order. */
export function testsIn({ results }: TestRun): ReadonlyMap<string, readonly AssertionResult[]> {
  const tests = new Map<string, AssertionResult[]>();
  for (const result of results) {
    const ofTest = tests.get(result.test);
    if (ofTest) ofTest.push(result);
    else tests.set(result.test, [result]);
  }
  return tests;
}
