import { writeFileSync } from "node:fs";
import { fileFailure } from "../server/file-failure.ts";
import { coverageOf, type Coverage } from "./coverage.ts";
import { mutationOf } from "./mutation.ts";
import { policiesOf, type TestedPolicy } from "./policies.ts";
import { PolicyTestError } from "./policy-test-error.ts";
import { coverageReport, mutationReport } from "./reporters/coverage-json.ts";
import { coverageLcov } from "./reporters/coverage-lcov.ts";
import { coverageText, mutationText } from "./reporters/coverage-text.ts";
import { jsonReport } from "./reporters/json.ts";
import { reporters, type ReporterName } from "./reporters/reporters.ts";
import { countsOf } from "./reporters/words.ts";
import { runFile, type TestRun } from "./run.ts";
import { testFiles } from "./test-files.ts";

export type CoverageForm = "text" | "json" | "lcov";

export interface TestCommandOptions {
  readonly reporter: ReporterName;
  readonly filter?: string | undefined;
  readonly coverage?: CoverageForm | undefined;
  /** The file that gets the coverage. */
  readonly coverageFile?: string | undefined;
  /** Percent of coverage below which the command fails. */
  readonly threshold?: number | undefined;
  readonly mutate?: boolean | undefined;
  /** Percent of noticed mutants below which the command fails. */
  readonly mutateThreshold?: number | undefined;
}

export interface Output {
  write(text: string): unknown;
}

/**
 * Runs test files and tells the results. Answers the exit code: 0 where all passed, 1 where not or where a threshold is
 * missed, 2 where a file cannot be run, which is said in one line on `errors`.
 */
export async function policyTestCommand(
  paths: readonly string[],
  options: TestCommandOptions,
  output: Output,
  errors: Output,
): Promise<number> {
  try {
    const runs: TestRun[] = [];
    for (const file of testFiles(paths)) runs.push(await runFile(file, options));
    return tell(runs, options, output, errors);
  } catch (cause) {
    if (!(cause instanceof PolicyTestError)) throw cause;
    errors.write(`iam-local: ${cause.message}\n`);
    return 2;
  }
}

function tell(runs: readonly TestRun[], options: TestCommandOptions, output: Output, errors: Output): number {
  const { reporter, threshold, mutateThreshold } = options;
  const assertions = runs.flatMap((run) => run.assertions);
  const policies = distinct(runs);
  const isCovering = (options.coverage ?? options.coverageFile ?? threshold) !== undefined;
  const coverage = isCovering ? coverageOf(policies, assertions) : undefined;
  const isMutating = options.mutate === true || mutateThreshold !== undefined;
  const mutation = isMutating ? mutationOf(policies, assertions) : undefined;

  if (reporter === "json") {
    const more = {
      ...(coverage && { coverage: coverageReport(coverage) }),
      ...(mutation && { mutation: mutationReport(mutation) }),
    };
    output.write(jsonReport(runs, more));
  } else output.write(reporters[reporter](runs));
  // What other programs read has nothing else in it.
  const people = reporter === "text" || reporter === "github" ? output : errors;
  if (coverage) tellCoverage(coverage, options, people);
  if (mutation) people.write(mutationText(mutation));
  const misses = [
    ...missed("coverage", coverage, threshold),
    ...missed("the share of mutants that tests notice", mutation, mutateThreshold),
  ];
  for (const miss of misses) errors.write(`iam-local: ${miss}\n`);
  return countsOf(runs).failed + misses.length > 0 ? 1 : 0;
}

/** The policies of all files; those of an account that several files are about count once. */
const distinct = (runs: readonly TestRun[]): readonly TestedPolicy[] => [
  ...new Map(runs.flatMap(({ accounts }) => policiesOf(accounts)).map((policy) => [policy.key, policy])).values(),
];

const DEFAULT_FILES = { text: undefined, json: "coverage.json", lcov: "lcov.info" };

/** Text goes to people unless there is a file for it, the other forms into files. */
function tellCoverage(
  coverage: Coverage,
  { coverage: form = "text", coverageFile }: TestCommandOptions,
  people: Output,
) {
  const file = coverageFile ?? DEFAULT_FILES[form];
  if (file === undefined) return people.write(coverageText(coverage));
  try {
    writeFileSync(file, inForm(coverage, form, file));
  } catch (cause) {
    throw new PolicyTestError(`${file} cannot be written: ${fileFailure(cause)}.`);
  }
}

function inForm(coverage: Coverage, form: CoverageForm, file: string): string {
  if (form === "lcov") return coverageLcov(coverage, `${file}.policies`);
  return form === "text" ? coverageText(coverage) : `${JSON.stringify(coverageReport(coverage), undefined, 2)}\n`;
}

function* missed(what: string, measure: { readonly percent: number } | undefined, threshold: number | undefined) {
  if (measure && threshold !== undefined && measure.percent < threshold) {
    yield `${what} is ${measure.percent}%, below the threshold of ${threshold}%.`;
  }
}
