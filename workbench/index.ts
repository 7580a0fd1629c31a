import { coverageOf } from "./coverage.ts";
import { mutationOf } from "./mutation.ts";
import { policiesOf } from "./policies.ts";
import { coverageReport, mutationReport } from "./reporters/coverage-json.ts";
import { textReport } from "./reporters/text.ts";
import { runFile, runObject } from "./run.ts";
import type { AssertionResult, CoverageReport, MutationReport } from "./test-results.ts";

// The library `iam-local/policy`.

export { matchers } from "./matchers.ts";
export type { AccessAsked, MatcherResult, PolicyDocument, PolicyMatchers } from "./matcher-types.ts";
export { PolicyTestError } from "./policy-test-error.ts";
export type {
  AssertionResult,
  CoverageReport,
  Expected,
  FilePlace,
  MutationReport,
  PartReport,
  PolicyReport,
  StatementReport,
  StatementShown,
  SurvivorReport,
} from "./test-results.ts";

export interface PolicyTestOptions {
  /** Only tests whose names hold it, without regard to case. */
  readonly filter?: string;
  /** Where files are that are named in tests which come as an object; the current folder by default. */
  readonly folder?: string;
}

/** What has become of tests. */
export interface PolicyTestResult {
  readonly passed: boolean;
  readonly results: readonly AssertionResult[];
  /** What is odd, or could not be taken over, in sentences. */
  readonly notes: readonly string[];
  /** The failures and counts as `iam-local policy test` prints them. */
  readonly text: string;
  /** What of the policies the tests have made use of. */
  coverage(): CoverageReport;
  /** Which weakened statements the tests notice. */
  mutation(): MutationReport;
}

/**
 * Runs tests of policies (docs/policies.md): a file, or an object of the same form. Rejects with PolicyTestError where they
 * cannot be read or ask for what is not there.
 */
export async function policyTest(tests: string | object, options: PolicyTestOptions = {}): Promise<PolicyTestResult> {
  const { folder = ".", ...others } = options;
  const run = await (typeof tests === "string" ? runFile(tests, others) : runObject(tests, folder, others));
  const { accounts, assertions, results } = run;
  return {
    passed: results.every(({ passed }) => passed),
    results,
    notes: accounts.notes,
    text: textReport([run]),
    coverage: () => coverageReport(coverageOf(policiesOf(accounts), assertions)),
    mutation: () => mutationReport(mutationOf(policiesOf(accounts), assertions)),
  };
}
