import { Glob } from "../glob.ts";
import { found, type LintFinding, type Placed, placedStatements, type Subject } from "./finding.ts";
import type { StatementStructure } from "../structure.ts";

/** Patterns of a list that are compared with the others: each costs a comparison with every value. */
const MOST_PATTERNS = 200;

/** Actions and resources that others of the list cover, and statements that say the same. */
export function* redundancyFindings(subject: Subject): Iterable<LintFinding> {
  const statements = placedStatements(subject);
  for (const { statement, path } of statements) {
    yield* ofList("REDUNDANT_ACTION", statement.actions, [...path, "Action"], (text) => text.toLowerCase());
    yield* ofList("REDUNDANT_ACTION", statement.notActions, [...path, "NotAction"], (text) => text.toLowerCase());
    yield* ofList("REDUNDANT_RESOURCE", statement.resources, [...path, "Resource"], (text) => text);
    yield* ofList("REDUNDANT_RESOURCE", statement.notResources, [...path, "NotResource"], (text) => text);
  }
  yield* sameStatements(statements);
}

function* ofList(
  code: "REDUNDANT_ACTION" | "REDUNDANT_RESOURCE",
  values: readonly string[] | undefined,
  path: Placed["path"],
  form: (text: string) => string,
): Iterable<LintFinding> {
  if (values === undefined || values.length < 2) return;
  const redundant = redundantPlaces(values.map(form));
  const [first] = redundant;
  if (first === undefined) return;
  yield found(code, [...path, first], { count: redundant.length, value: values[first]! });
}

/** The places of texts that are there before, or that a pattern of the list covers. */
function redundantPlaces(texts: readonly string[]): number[] {
  // A `*` covers whatever another pattern has in its place; `?` covers no `*`, so patterns with it cover none that have one.
  const patterns = [...new Set(texts.filter((text) => text.includes("*")))]
    .slice(0, MOST_PATTERNS)
    .map((text) => ({ text, glob: Glob.of(text), hasUnits: text.includes("?") }));
  const known = new Set<string>();
  return texts.flatMap((text, place) => {
    const isCovered = (pattern: (typeof patterns)[number]) =>
      pattern.text !== text && !(pattern.hasUnits && text.includes("*")) && pattern.glob.matches(text);
    const isRedundant =
      known.has(text) || patterns.some((pattern) => isCovered(pattern) && !isSame(pattern.text, text));
    known.add(text);
    return isRedundant ? [place] : [];
  });
}

/** Two patterns that cover each other, such as `a*` and `a**`: neither is then left out for the other. */
const isSame = (one: string, other: string): boolean => one.replace(/\*+/g, "*") === other.replace(/\*+/g, "*");

function* sameStatements(statements: readonly Placed[]): Iterable<LintFinding> {
  const known = new Set<string>();
  for (const { statement, path } of statements) {
    const says = saying(statement);
    if (known.has(says)) yield found("REDUNDANT_STATEMENT", path);
    known.add(says);
  }
}

/** What a statement says, whatever the order, without its Sid. */
function saying({ sid: _sid, conditions, ...elements }: StatementStructure): string {
  const sorted = (list: readonly unknown[]) => [...new Set(list.map((item) => JSON.stringify(item)))].toSorted();
  const parts = Object.entries(elements).map(([name, value]) => [name, Array.isArray(value) ? sorted(value) : value]);
  return JSON.stringify([parts, sorted(conditions.map((entry) => ({ ...entry, values: sorted(entry.values) })))]);
}
