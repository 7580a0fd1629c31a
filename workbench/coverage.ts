import type { Authorization } from "../handlers/authorize.ts";
import { compile } from "../policy/compile.ts";
import { subjectOf } from "../policy/evaluate.ts";
import { groupsOf } from "../policy/explain.ts";
import { hasVariables, structureOf } from "../policy/structure.ts";
import type { Assertion } from "./assertions.ts";
import { policyKey, type TestedPolicy } from "./policies.ts";
import { StatementTracker, type StatementCoverage } from "./statement-tracker.ts";

export interface PolicyCoverage {
  readonly policy: TestedPolicy;
  readonly statements: readonly StatementCoverage[];
}

export interface Coverage {
  readonly policies: readonly PolicyCoverage[];
  readonly covered: number;
  readonly parts: number;
  /** Whole, rounded down; 100 where there is nothing to cover. */
  readonly percent: number;
}

/**
 * What of the policies the tests have made use of. A statement, and the patterns of it that fit, are covered where it has
 * decided an assertion: it allowed, or denied. A pattern of NotAction and NotResource is covered where it kept its
 * statement from one. A condition is two parts: that it was met, and that it was not.
 */
export function coverageOf(policies: readonly TestedPolicy[], assertions: readonly Assertion[]): Coverage {
  const trackers = new Map(policies.map((policy) => [policy.key, trackersOf(policy)]));
  for (const { test, steps } of assertions) {
    for (const step of steps) {
      note(step, test, trackers);
      // What comes after a refusal is not reached.
      if (!step.decision.allowed) break;
    }
  }
  const covered = policies.map((policy) => ({
    policy,
    statements: trackers.get(policy.key)!.map(({ coverage }) => coverage),
  }));
  return { policies: covered, ...shareOf(covered) };
}

/** How much of these policies is covered. */
export function shareOf(policies: readonly PolicyCoverage[]): Pick<Coverage, "covered" | "parts" | "percent"> {
  const parts = policies.flatMap(({ statements }) => statements.flatMap((statement) => statement.parts));
  const covered = parts.filter(({ hits }) => hits > 0).length;
  const percent = parts.length === 0 ? 100 : Math.floor((100 * covered) / parts.length);
  return { covered, parts: parts.length, percent };
}

function note(
  { policies, request, decision }: Authorization,
  test: string,
  trackers: ReadonlyMap<string, readonly StatementTracker[]>,
): void {
  const subject = subjectOf(request);
  for (const { type, sources, names } of groupsOf(policies, request)) {
    for (const source of sources) {
      const ofPolicy = trackers.get(policyKey(type, source, request));
      if (ofPolicy === undefined) continue;
      for (const statement of compile(source.document).statements) {
        if (names(statement)) ofPolicy[statement.index]!.note(subject, statement, decision.kind, test);
      }
    }
  }
}

function trackersOf({ document }: TestedPolicy): StatementTracker[] {
  const policy = structureOf(document);
  const variables = hasVariables(policy);
  return policy.statements.map((statement, index) => new StatementTracker(statement, index, variables));
}
