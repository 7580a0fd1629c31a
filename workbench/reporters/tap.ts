import type { TestRun } from "../run.ts";
import { detailLines, oneLine, placeText, sentence } from "./words.ts";

/** The Test Anything Protocol, version 14: a line for each assertion, and what is wrong with it as YAML. */
export function tapReport(runs: readonly TestRun[]): string {
  const results = runs.flatMap((run) => run.results);
  return [
    "TAP version 14",
    `1..${results.length}`,
    ...results.flatMap((result, index) => {
      const { passed, test, expected, actual, at } = result;
      const title = escaped(`${oneLine(test)}: ${sentence(result)}: ${expected}`);
      if (passed) return [`ok ${index + 1} - ${title}`];
      return [
        `not ok ${index + 1} - ${title}`,
        "  ---",
        ...(at === undefined ? [] : [`  at: ${JSON.stringify(placeText(at))}`]),
        `  expected: ${expected}`,
        `  actual: ${actual}`,
        "  details:",
        ...detailLines(result).map((line) => `    - ${JSON.stringify(line)}`),
        "  ...",
      ];
    }),
    "",
  ].join("\n");
}

/** A number sign would begin a directive, such as `# SKIP`. */
const escaped = (title: string): string => title.replace(/[\\#]/g, "\\$&");
