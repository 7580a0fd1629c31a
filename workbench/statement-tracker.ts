import { ArnPatterns } from "../policy/arn-patterns.ts";
import type { CompiledStatement, Subject } from "../policy/compile.ts";
import { ActionList } from "../policy/match.ts";
import type { StatementStructure } from "../policy/structure.ts";
import type { PartKind } from "./test-results.ts";

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
  /** The statement as a whole, its actions, its resources, and of each condition that it was met and that it was not. */
  readonly parts: readonly Part[];
  /** The tests that it has not decided because of its conditions. */
  readonly kept: Set<string>;
  /** The tests in which it allowed what other policies refused. */
  readonly overruled: Set<string>;
}

/** Action or NotAction, Resource or NotResource of a statement. */
interface Patterns {
  readonly isNot: boolean;
  readonly patterns: readonly { readonly part: Part; readonly fits: Test }[];
  /** Whether the statement is about a request, as far as this element goes. */
  readonly covers: Test;
}

type Test = (subject: Subject) => boolean;

/** Notes what decisions have to do with one statement. */
export class StatementTracker {
  readonly coverage: StatementCoverage;
  readonly #whole: Part;
  readonly #actions: Patterns;
  readonly #resources: Patterns;
  readonly #conditions: readonly { readonly met: Part; readonly unmet: Part }[];

  constructor(structure: StatementStructure, index: number, variables: boolean) {
    const part = (kind: PartKind, text: string, ...path: (string | number)[]): Part => ({
      kind,
      text,
      path: ["Statement", index, ...path],
      tests: new Set(),
      hits: 0,
    });
    const { sid, actions, notActions, resources, notResources, conditions } = structure;
    this.#whole = part("statement", "");
    this.#actions = patternsOf("Action", actions, notActions, actionTest, (text, ...path) =>
      part("action", text, ...path),
    );
    const resourceTest = (texts: readonly string[]) => resourceTestOf(texts, variables);
    this.#resources = patternsOf("Resource", resources, notResources, resourceTest, (text, ...path) =>
      part("resource", text, ...path),
    );
    this.#conditions = conditions.map(({ operator, key }) => ({
      met: part("met", `${operator} ${key}`, "Condition", operator, key),
      unmet: part("unmet", `${operator} ${key}`, "Condition", operator, key),
    }));
    const patterns = [...this.#actions.patterns, ...this.#resources.patterns].map((pattern) => pattern.part);
    const outcomes = this.#conditions.flatMap(({ met, unmet }) => [met, unmet]);
    this.coverage = {
      index,
      sid,
      parts: [this.#whole, ...patterns, ...outcomes],
      kept: new Set(),
      overruled: new Set(),
    };
  }

  /** A decision about somebody whom the statement is about. */
  note(
    subject: Subject,
    statement: CompiledStatement,
    decision: "allowed" | "explicitDeny" | "implicitDeny",
    test: string,
  ) {
    const [isAction, isResource] = [this.#actions.covers(subject), this.#resources.covers(subject)];
    if (!isAction && isResource && this.#actions.isNot) hitFitting(this.#actions, subject, test);
    if (isAction && !isResource && this.#resources.isNot) hitFitting(this.#resources, subject, test);
    if (!isAction || !isResource) return;
    for (const [at, condition] of statement.conditions.entries()) {
      const { met, unmet } = this.#conditions[at]!;
      hit(statement.test(condition, subject) === "met" ? met : unmet, test);
    }
    const { kept, overruled } = this.coverage;
    if (!statement.isMet(subject)) kept.add(test);
    else if (decision === (statement.effect === "Allow" ? "allowed" : "explicitDeny")) {
      hit(this.#whole, test);
      for (const element of [this.#actions, this.#resources]) {
        if (!element.isNot) hitFitting(element, subject, test);
      }
    } else overruled.add(test);
  }
}

function hit(part: Part, test: string): void {
  part.hits++;
  part.tests.add(test);
}

function hitFitting({ patterns }: Patterns, subject: Subject, test: string): void {
  for (const { part, fits } of patterns) if (fits(subject)) hit(part, test);
}

/** `name` or `Not…`; a statement with neither is about everything. */
function patternsOf(
  name: string,
  texts: readonly string[] | undefined,
  notTexts: readonly string[] | undefined,
  testOf: (texts: readonly string[]) => Test,
  part: (text: string, ...path: (string | number)[]) => Part,
): Patterns {
  const isNot = texts === undefined && notTexts !== undefined;
  const element = isNot ? `Not${name}` : name;
  const listed = texts ?? notTexts;
  const fits = testOf(listed ?? []);
  return {
    isNot,
    patterns: (listed ?? []).map((text, at) => ({ part: part(text, element, at), fits: testOf([text]) })),
    covers: listed === undefined ? () => true : (subject) => fits(subject) !== isNot,
  };
}

function actionTest(texts: readonly string[]): Test {
  const list = new ActionList(texts);
  return ({ action, keys }) => list.has(action, keys);
}

function resourceTestOf(texts: readonly string[], variables: boolean): Test {
  const patterns = new ArnPatterns(texts, variables, true);
  return ({ resource, keys }) => patterns.has(resource, keys);
}
