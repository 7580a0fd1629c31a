import type { TestRun } from "../run.ts";
import { detailLines, fromHere, sentence } from "./words.ts";
import { textReport } from "./text.ts";

/** GitHub's workflow commands, which become annotations of a pull request's lines; then the text for people. */
export function githubReport(runs: readonly TestRun[]): string {
  const failed = runs.flatMap((run) => run.results.filter(({ passed }) => !passed));
  const commands = failed.map((result) => {
    const { at, test } = result;
    const place = at === undefined ? "" : `file=${property(fromHere(at.file))},line=${at.line},col=${at.column},`;
    return `::error ${place}title=${property(test)}::${data([sentence(result), ...detailLines(result)].join("\n"))}\n`;
  });
  return commands.join("") + textReport(runs);
}

/** As GitHub's toolkit escapes what comes after the two colons, and the properties before them. */
const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
