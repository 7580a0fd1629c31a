import { ArnPatterns } from "../policy/arn-patterns.ts";
import { compile, type CompiledStatement, type Subject } from "../policy/compile.ts";
import { subjectOf } from "../policy/evaluate.ts";
import { groupsOf } from "../policy/explain.ts";
import { ActionList } from "../policy/match.ts";
import { hasVariables, structureOf, type StatementStructure } from "../policy/structure.ts";
import type { Authorization } from "../handlers/authorize.ts";
import type { Assertion } from "./assertions.ts";
import type { PartKind } from "./test-results.ts";
import { policyKey, type TestedPolicy } from "./policies.ts";

/** A part of a statement, and the tests that have made use of it. */
export interface Part {
  readonly kind: PartKind;
  /** The pattern, or operator and key of a condition; empty for a statement. */
  readonly text: string;
  /** The way to it in the document. */
  readonly path: readonly (string | number)[];
  readonly tests: Set<string>;
  /** How many assertions. */
  hits: number;
}

export interface StatementCoverage {
  /** Place in the document, from 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly parts: readonly Part[];
  /** The tests that it has not decided because of its conditions. */
  readonly kept: Set<string>;
  /** The tests in which it allowed what other policies refused. */
  readonly overruled: Set<string>;
}

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

/** Notes for one statement what a decision has to do with it. */
interface Tracker {
  readonly coverage: StatementCoverage;
  note(subject: Subject, statement: CompiledStatement, allowed: boolean, denied: boolean, test: string): void;
}

function note(
  { policies, request, decision }: Authorization,
  test: string,
  trackers: ReadonlyMap<string, readonly Tracker[]>,
): void {
  const subject = subjectOf(request);
  for (const { type, sources, names } of groupsOf(policies, request)) {
    for (const source of sources) {
      const ofPolicy = trackers.get(policyKey(type, source, request));
      if (ofPolicy === undefined) continue;
      for (const statement of compile(source.document).statements) {
        if (!names(statement)) continue;
        ofPolicy[statement.index]!.note(subject, statement, decision.allowed, decision.kind === "explicitDeny", test);
      }
    }
  }
}

function trackersOf({ document }: TestedPolicy): Tracker[] {
  const policy = structureOf(document);
  return policy.statements.map((statement, index) => trackerOf(statement, index, hasVariables(policy)));
}

function trackerOf(structure: StatementStructure, index: number, variables: boolean): Tracker {
  const part = (kind: Part["kind"], text: string, ...path: (string | number)[]): Part => ({
    kind,
    text,
    path: ["Statement", index, ...path],
    tests: new Set(),
    hits: 0,
  });
  const { sid, actions, notActions, resources, notResources } = structure;
  const [actionName, actionTexts] = actions === undefined ? ["NotAction", notActions ?? []] : ["Action", actions];
  const [resourceName, resourceTexts] =
    resources === undefined ? ["NotResource", notResources ?? []] : ["Resource", resources];
  const whole = part("statement", "");
  const actionParts = actionTexts.map((text, at) => ({
    part: part("action", text, actionName, at),
    fits: actionTest([text]),
  }));
  const resourceParts = resourceTexts.map((text, at) => ({
    part: part("resource", text, resourceName, at),
    fits: resourceTest([text], variables),
  }));
  const conditionParts = structure.conditions.map(({ operator, key }) => ({
    met: part("met", `${operator} ${key}`, "Condition", operator, key),
    unmet: part("unmet", `${operator} ${key}`, "Condition", operator, key),
  }));
  const coverage: StatementCoverage = {
    index,
    sid,
    parts: [
      whole,
      ...[...actionParts, ...resourceParts].map((pattern) => pattern.part),
      ...conditionParts.flatMap(({ met, unmet }) => [met, unmet]),
    ],
    kept: new Set(),
    overruled: new Set(),
  };
  const hasAction = actionTest(actionTexts);
  const hasResource = resourceTest(resourceTexts, variables);
  const isAction = (subject: Subject) => hasAction(subject) === (actions !== undefined);
  const isResource = (subject: Subject) =>
    resourceTexts.length === 0 || hasResource(subject) === (resources !== undefined);

  return {
    coverage,
    note(subject, statement, allowed, denied, test) {
      const hit = (found: Part) => {
        found.hits++;
        found.tests.add(test);
      };
      const hitFitting = (patterns: typeof actionParts) => {
        for (const pattern of patterns) if (pattern.fits(subject)) hit(pattern.part);
      };
      const [action, resource] = [isAction(subject), isResource(subject)];
      if (!action && resource && actions === undefined) hitFitting(actionParts);
      if (action && !resource && resources === undefined) hitFitting(resourceParts);
      if (!action || !resource) return;
      for (const [at, condition] of statement.conditions.entries()) {
        const { met, unmet } = conditionParts[at]!;
        hit(condition.test(subject.keys, subject.simulated) === "met" ? met : unmet);
      }
      if (!statement.isMet(subject)) coverage.kept.add(test);
      else if (statement.effect === "Allow" ? allowed : denied) {
        hit(whole);
        if (actions !== undefined) hitFitting(actionParts);
        if (resources !== undefined) hitFitting(resourceParts);
      } else if (statement.effect === "Allow") coverage.overruled.add(test);
    },
  };
}

function actionTest(texts: readonly string[]): (subject: Subject) => boolean {
  const list = new ActionList(texts);
  return ({ action, keys }) => list.has(action, keys);
}

function resourceTest(texts: readonly string[], variables: boolean): (subject: Subject) => boolean {
  const patterns = new ArnPatterns(texts, variables, true);
  return ({ resource, keys }) => patterns.has(resource, keys);
}
