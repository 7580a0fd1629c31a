import type { KeyLookup } from "./keys.ts";

/** `*`: any run of UTF-16 units, including none. */
export const ANY_RUN = Symbol("*");
/** `?`: exactly one UTF-16 unit, so that an emoji matches `??` but not `?` (evidence: condition-wildcards). */
export const ANY_UNIT = Symbol("?");

/** A piece of a pattern: literal text, in which nothing is special, or a wildcard. */
export type GlobToken = string | typeof ANY_RUN | typeof ANY_UNIT;

/** Splits a text at its `*` and `?`, all of which are wildcards. */
export function globTokens(text: string): GlobToken[] {
  const parts = text.split(/([*?])/).filter((part) => part !== "");
  return parts.map((part) => (part === "*" ? ANY_RUN : part === "?" ? ANY_UNIT : part));
}

/** A policy variable: `${aws:username}` or `${aws:username, 'fallback'}`. */
export interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

/** A text of a policy, split into literal text, wildcards and variables. */
export type Template = readonly (GlobToken | Variable)[];

export interface Syntax {
  /** Whether `*` and `?` are wildcards. */
  readonly wildcards: boolean;
  /** Whether `${…}` is a variable: only in documents of Version 2012-10-17. */
  readonly variables: boolean;
}

export const isVariable = (part: GlobToken | Variable): part is Variable => typeof part === "object";

/** Whether the text has nothing special in it, so that it matches only itself. */
export function isPlain(text: string, { wildcards, variables }: Syntax): boolean {
  return !(wildcards && (text.includes("*") || text.includes("?"))) && !(variables && text.includes("${"));
}

export function parseTemplate(text: string, syntax: Syntax): Template {
  const parts = syntax.variables ? splitAtVariables(text) : [text];
  return parts.flatMap((part): Template => {
    if (typeof part !== "string") return [isEscape(part.key) ? part.key : part];
    return syntax.wildcards ? globTokens(part) : [part];
  });
}

/** The names in the text's `${…}`, including `*`, `?` and `$`, which stand for themselves there. */
export function variableNames(text: string): string[] {
  return splitAtVariables(text).flatMap((part) => (typeof part === "string" ? [] : [part.key]));
}

/** Splits a text at its colons, except for those inside a `${…}`. */
export function splitAtColons(text: string): string[] {
  const pieces = [""];
  for (const part of splitAtVariables(text)) {
    const [first = "", ...rest] = typeof part === "string" ? part.split(":") : [`\${${part.key}}`];
    pieces[pieces.length - 1] += first;
    for (const piece of rest) pieces.push(piece);
  }
  return pieces;
}

/** The template as literals and wildcards, or undefined if it has variables. */
export function constant(template: Template): readonly GlobToken[] | undefined {
  const tokens = template.filter((part): part is GlobToken => !isVariable(part));
  return tokens.length === template.length ? tokens : undefined;
}

/**
 * The template with variables replaced by the request's values, which are always literal. Undefined if a variable has
 * no value, or if the result takes more than `most` units, so that no text of that length can match.
 */
export function resolve(template: Template, keys: KeyLookup, most: number): readonly GlobToken[] | undefined {
  const tokens: GlobToken[] = [];
  let length = 0;
  for (const part of template) {
    const token = isVariable(part) ? valueOf(part, keys) : part;
    if (token === undefined) return undefined;
    if (token !== ANY_RUN) length += token === ANY_UNIT ? 1 : token.length;
    if (length > most) return undefined;
    tokens.push(token);
  }
  return tokens;
}

/**
 * The value of the variable. A multivalued key never resolves, not even to the default
 * (evidence: condition-multivalued-variable).
 */
export function valueOf({ key, fallback }: Variable, keys: KeyLookup): string | undefined {
  const value = keys.get(key) ?? fallback;
  return typeof value === "string" ? value : undefined;
}

/** `${*}`, `${?}` and `${$}` are the characters themselves (IAM User Guide, "Policy variables"). */
export const isEscape = (name: string): boolean => name === "*" || name === "?" || name === "$";

function splitAtVariables(text: string): (string | Variable)[] {
  const parts: (string | Variable)[] = [];
  let done = 0;
  for (let start = text.indexOf("${"); start >= 0; start = text.indexOf("${", done)) {
    const end = text.indexOf("}", start);
    if (end < 0) break;
    if (start > done) parts.push(text.slice(done, start));
    parts.push(variableOf(text.slice(start + 2, end)));
    done = end + 1;
  }
  if (done < text.length) parts.push(text.slice(done));
  return parts;
}

function variableOf(inside: string): Variable {
  const comma = inside.indexOf(",");
  if (comma < 0) return { key: inside.trim(), fallback: undefined };
  const quoted = inside.slice(comma + 1).trim();
  const fallback =
    quoted.length >= 2 && quoted.startsWith("'") && quoted.endsWith("'") ? quoted.slice(1, -1) : undefined;
  return { key: inside.slice(0, comma).trim(), fallback };
}
