import { baseOperator, isOperator } from "../conditions.ts";
import type { Path } from "../json.ts";
import type { Code } from "./checks.ts";
import { found, type LintFinding, type Placed, placedStatements, type Subject } from "./finding.ts";

/** Policy variables that are not written as such, or stand where there are none. */
export function* variableFindings(subject: Subject): Iterable<LintFinding> {
  for (const placed of placedStatements(subject)) {
    yield* whereNone(placed);
    for (const [text, at] of whereSome(placed)) {
      if (subject.variables) yield* malformed(text, at);
      else if (PLAIN.test(text)) yield found("VARIABLE_UNSUPPORTED_IN_VERSION", at);
    }
  }
}

/** A variable named as a condition key is. */
const PLAIN = /\$\{[\w.-]+:[^}]+\}/;

function* whereNone({ statement, path }: Placed): Iterable<LintFinding> {
  const { sid, actions, notActions, principals, notPrincipals } = statement;
  const places: [string, Path][] = [
    [sid ?? "", [...path, "Sid"]],
    ...(actions ?? []).map((text, place): [string, Path] => [text, [...path, "Action", place]]),
    ...(notActions ?? []).map((text, place): [string, Path] => [text, [...path, "NotAction", place]]),
    ...(principals ?? []).map(({ value }): [string, Path] => [value, [...path, "Principal"]]),
    ...(notPrincipals ?? []).map(({ value }): [string, Path] => [value, [...path, "NotPrincipal"]]),
  ];
  for (const [text, at] of places) {
    const [variable] = /\$\{[^}]*\}/.exec(text) ?? [];
    if (variable !== undefined) yield found("VARIABLE_UNSUPPORTED_IN_ELEMENT", at, { variable });
  }
}

/** The texts of a statement that may have variables in them. */
function* whereSome({ statement, path }: Placed): Iterable<[string, Path]> {
  const { resources = [], notResources = [], conditions } = statement;
  for (const [place, text] of resources.entries()) yield [text, [...path, "Resource", place]];
  for (const [place, text] of notResources.entries()) yield [text, [...path, "NotResource", place]];
  for (const { operator, key, values } of conditions) {
    if (!isOperator(operator) || !/^(?:String|Arn)/.test(baseOperator(operator)!)) continue;
    for (const [place, text] of values.entries()) yield [text, [...path, "Condition", operator, key, place]];
  }
}

function* malformed(text: string, at: Path): Iterable<LintFinding> {
  const told = new Set<Code>();
  for (let start = text.indexOf("${"); start >= 0;) {
    const end = text.indexOf("}", start);
    const next = text.indexOf("${", start + 2);
    const isOpen = end < 0 || (next >= 0 && next < end);
    const code: Code | undefined = isOpen ? "MISSING_BRACE_IN_VARIABLE" : faultOf(text.slice(start + 2, end));
    if (code !== undefined && !told.has(code)) yield found(code, at);
    if (code !== undefined) told.add(code);
    // Nothing is closed from here on.
    if (end < 0) return;
    start = next;
  }
}

function faultOf(inside: string): Code | undefined {
  if (inside.trim() === "") return "EMPTY_VARIABLE";
  const [name = "", fallback] = inside.split(/,(.*)/s);
  // A blank is part of the names of some tags.
  if (/\s/.test(name.trim()) && !/tag\//i.test(name)) return "UNSUPPORTED_SPACE_IN_VARIABLE";
  if (fallback !== undefined && !/^\s*'[^']*'\s*$/.test(fallback)) return "MISSING_QUOTE_IN_VARIABLE";
  return undefined;
}
