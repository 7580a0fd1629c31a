import { PolicyTestError } from "./policy-test-error.ts";
import { reporters, type ReporterName } from "./reporters/reporters.ts";
import { countsOf } from "./reporters/words.ts";
import { runFile, type TestRun } from "./run.ts";
import { testFiles } from "./test-files.ts";

export interface TestCommandOptions {
  readonly reporter: ReporterName;
  readonly filter?: string | undefined;
}

interface Output {
  write(text: string): unknown;
}

/**
 * Runs test files and tells the results. Answers the exit code: 0 where all passed, 1 where not, 2 where a file cannot be
 * run, which is said in one line on `errors`.
 */
export async function policyTestCommand(
  paths: readonly string[],
  { reporter, filter }: TestCommandOptions,
  output: Output,
  errors: Output,
): Promise<number> {
  const runs: TestRun[] = [];
  try {
    for (const file of testFiles(paths)) runs.push(await runFile(file, { filter }));
  } catch (cause) {
    if (!(cause instanceof PolicyTestError)) throw cause;
    errors.write(`iam-local: ${cause.message}\n`);
    return 2;
  }
  output.write(reporters[reporter](runs));
  return countsOf(runs).failed > 0 ? 1 : 0;
}
