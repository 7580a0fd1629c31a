import type { TestRun } from "../run.ts";
import { githubReport } from "./github.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { tapReport } from "./tap.ts";
import { textReport } from "./text.ts";

/** The forms in which results are told. */
export const reporters = {
  text: textReport,
  junit: junitReport,
  tap: tapReport,
  json: jsonReport,
  github: githubReport,
} satisfies Record<string, (runs: readonly TestRun[]) => string>;

export type ReporterName = keyof typeof reporters;
