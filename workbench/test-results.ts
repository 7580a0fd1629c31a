import type { PolicyType } from "../policy/policy-type.ts";

/** What a test may say of a decision; `deny` is either kind. */
export type Expected = "allow" | "deny" | "explicitDeny" | "implicitDeny";

/** A place in a file: line and column from 1. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What became of one assertion. */
export interface AssertionResult {
  readonly passed: boolean;
  /** The name of the test that it belongs to. */
  readonly test: string;
  /** Where it stands; undefined for tests that came as an object. */
  readonly at: FilePlace | undefined;
  /** As the test calls it. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly expected: Expected;
  readonly actual: "allow" | "explicitDeny" | "implicitDeny";
  /** The type of policy that decided. */
  readonly decidedBy: PolicyType;
  /** What is wrong, in sentences; empty where it passed. */
  readonly problems: readonly string[];
  /** Why the engine decided so, in sentences; empty where the assertion passed. */
  readonly reasons: readonly string[];
  /** The statements that decided, or that would have allowed; empty where the assertion passed. */
  readonly statements: readonly StatementShown[];
}

/** A statement for people. */
export interface StatementShown {
  /** Its policy, and its place in that from 1. */
  readonly policy: string;
  readonly statement: number;
  readonly sid: string | undefined;
  /** Where it stands, if that is known. */
  readonly at: FilePlace | undefined;
  readonly text: string;
}

/** What of the policies the tests have made use of. */
export interface CoverageReport {
  /** Whole, rounded down; 100 where there is nothing to cover. */
  readonly percent: number;
  readonly covered: number;
  readonly parts: number;
  readonly policies: readonly PolicyReport[];
}

export interface PolicyReport extends Partial<Line> {
  readonly policy: string;
  readonly percent: number;
  readonly statements: readonly StatementReport[];
}

export interface StatementReport {
  /** From 1. */
  readonly statement: number;
  readonly sid: string | undefined;
  /** The tests that its conditions kept it from. */
  readonly kept: readonly string[];
  /** The tests in which it allowed what other policies refused. */
  readonly overruled: readonly string[];
  readonly parts: readonly PartReport[];
}

/** A statement as a whole, a pattern of it, or one outcome of a condition. */
export interface PartReport extends Partial<Line> {
  readonly kind: PartKind;
  /** The pattern, or operator and key of the condition. */
  readonly text?: string;
  /** How many assertions made use of it, and which tests these belong to. */
  readonly hits: number;
  readonly tests: readonly string[];
}

export type PartKind = "statement" | "action" | "resource" | "met" | "unmet";

/** Where something stands, if it stands in a file. */
interface Line {
  readonly file: string;
  readonly line: number;
}

/** What tests notice when statements are weakened one by one. */
export interface MutationReport {
  /** Of mutants that a test notices; whole, rounded down; 100 where there are none. */
  readonly percent: number;
  readonly mutants: number;
  /** Those that no test notices. */
  readonly survivors: readonly SurvivorReport[];
}

export interface SurvivorReport extends Partial<Line> {
  readonly policy: string;
  /** From 1. */
  readonly statement: number;
  /** Such as `without the condition Bool aws:MultiFactorAuthPresent`. */
  readonly change: string;
}
