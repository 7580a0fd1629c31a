import type { KeyLookup } from "./keys.ts";
import { ANY_RUN, ANY_UNIT, isVariable, type Template, valueOf, type Variable } from "./template.ts";
import type { Walk } from "./walk.ts";

/** A pattern as numbers: UTF-16 units, wildcards, and its variables from VARIABLES on. */
type Pattern = readonly number[];
const RUN = -1;
const UNIT = -2;
/** The `*` at an open end. */
const REST = -3;
const VARIABLES = 0x10000;

type Form = (value: string, keys: KeyLookup) => string;

interface Options {
  /** The form in which variables' values are compared. */
  readonly form?: Form;
  /** Whether a `*` at the end of a pattern crosses the stops of the text. */
  readonly openEnded?: boolean;
}

/**
 * Patterns that are matched together. They are sorted, so that patterns with the same beginning are neighbours, and the
 * beginning is matched once: a pattern whose beginning matches nowhere costs one comparison. Matching the rest takes
 * one step for each unit of the pattern and 32 places of the text, whatever they contain.
 */
export class PatternSet {
  readonly #patterns: readonly Pattern[];
  /** For each pattern, the length of the beginning that it shares with the one before. */
  readonly #common: readonly number[];
  readonly #variables: readonly Variable[];
  readonly #form: Form;

  constructor(templates: readonly Template[], { form = (value) => value, openEnded = false }: Options = {}) {
    const variables: Variable[] = [];
    const numbers = new Map<string, number>();
    const numberOf = (variable: Variable): number => {
      const name = JSON.stringify([variable.key, variable.fallback]);
      const number = numbers.get(name) ?? VARIABLES + variables.push(variable) - 1;
      numbers.set(name, number);
      return number;
    };
    const numbered = templates.map((template) => numbersOf(template, numberOf));
    const patterns = (openEnded ? numbered.map(withOpenEnd) : numbered).toSorted(compare);
    this.#patterns = patterns;
    this.#common = patterns.map((pattern, i) => (i === 0 ? 0 : common(patterns[i - 1]!, pattern)));
    this.#variables = variables;
    this.#form = form;
  }

  /** Whether a pattern matches the text of the walk. */
  matches(walk: Walk, keys: KeyLookup): boolean {
    const values = new Map<number, string | undefined>();
    // How far the last pattern that was tried matches.
    let reached = 0;
    for (let i = 0; i < this.#patterns.length; i++) {
      if (this.#common[i]! > reached) continue;
      const pattern = this.#patterns[i]!;
      let depth = walk.resume(this.#common[i]!);
      while (depth < pattern.length && this.#step(walk, depth, pattern[depth]!, values, keys)) depth++;
      if (depth === pattern.length && walk.isComplete(depth)) return true;
      reached = depth;
    }
    return false;
  }

  #step(walk: Walk, depth: number, number: number, values: Map<number, string | undefined>, keys: KeyLookup): boolean {
    if (number === RUN) return walk.overAnyRun(depth);
    if (number === UNIT) return walk.overAnyUnit(depth);
    if (number === REST) return walk.overRest(depth);
    if (number < VARIABLES) return walk.overUnit(depth, number);
    if (!values.has(number)) {
      const value = valueOf(this.#variables[number - VARIABLES]!, keys);
      values.set(number, value === undefined ? undefined : this.#form(value, keys));
    }
    const value = values.get(number);
    return value !== undefined && walk.overText(depth, value);
  }
}

function numbersOf(template: Template, numberOf: (variable: Variable) => number): Pattern {
  const numbers: number[] = [];
  for (const part of template) {
    if (part === ANY_RUN) {
      if (numbers.at(-1) !== RUN) numbers.push(RUN);
    } else if (part === ANY_UNIT) {
      numbers.push(UNIT);
    } else if (isVariable(part)) {
      numbers.push(numberOf(part));
    } else {
      for (let i = 0; i < part.length; i++) numbers.push(part.charCodeAt(i));
    }
  }
  return numbers;
}

const withOpenEnd = (pattern: Pattern): Pattern =>
  pattern.at(-1) === RUN ? pattern.with(pattern.length - 1, REST) : pattern;

function common(a: Pattern, b: Pattern): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** A beginning sorts before what begins with it. */
function compare(a: Pattern, b: Pattern): number {
  const at = common(a, b);
  if (at === a.length || at === b.length) return a.length - b.length;
  return a[at]! - b[at]!;
}
