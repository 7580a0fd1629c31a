// The types of iam-local/policy as `require` sees them: one and the same as those for `import`.
import type {
  AccessAsked,
  AssertionResult,
  CoverageReport,
  Expected,
  FilePlace,
  MatcherResult,
  matchers as matchersType,
  MutationReport,
  PartReport,
  PolicyDocument,
  PolicyMatchers,
  PolicyReport,
  PolicyTestError as PolicyTestErrorType,
  PolicyTestOptions,
  PolicyTestResult,
  StatementReport,
  StatementShown,
  SurvivorReport,
} from "./index.js" with { "resolution-mode": "import" };

export type {
  AccessAsked,
  AssertionResult,
  CoverageReport,
  Expected,
  FilePlace,
  MatcherResult,
  MutationReport,
  PartReport,
  PolicyDocument,
  PolicyMatchers,
  PolicyReport,
  PolicyTestOptions,
  PolicyTestResult,
  StatementReport,
  StatementShown,
  SurvivorReport,
};
export declare const matchers: typeof matchersType;
export declare const PolicyTestError: typeof PolicyTestErrorType;
export type PolicyTestError = PolicyTestErrorType;
export declare const policyTest: (tests: string | object, options?: PolicyTestOptions) => Promise<PolicyTestResult>;
