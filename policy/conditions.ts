import type { KeyLookup } from "./keys.ts";
import { isTrue, OPERATORS, type Outcome } from "./operators.ts";

/** One key of one operator in a statement's Condition. */
export interface Condition {
  /** As written, such as `ForAllValues:StringLike` or `BoolIfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly expected: readonly string[];
  test(keys: KeyLookup, simulated: boolean): Outcome;
}

const SPELLING = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

/** A condition operator, taken apart: `set` is `ForAllValues` or `ForAnyValue`, `base` has neither that nor `IfExists`. */
export interface Spelling {
  readonly set: string | undefined;
  readonly base: string;
  readonly ifExists: boolean;
}

/** Undefined where there is no such operator. */
export function spell(operator: string): Spelling | undefined {
  const match = SPELLING.exec(operator);
  if (match === null) return undefined;
  const [, set, base = "", ifExists] = match;
  const known = base === "Null" ? ifExists === undefined : OPERATORS.has(base);
  return known ? { set, base, ifExists: ifExists !== undefined } : undefined;
}

/** Whether the operator of that base name is met by what its opposite is not met by: `StringNotEquals`. */
export const isNegated = (base: string): boolean => OPERATORS.get(base)?.negated ?? false;

/** Whether there is such a condition operator. */
export function isOperator(operator: string): boolean {
  return spell(operator) !== undefined;
}

/** The operator without set prefix and `IfExists`: `Bool` for `BoolIfExists`. */
export function baseOperator(operator: string): string | undefined {
  return spell(operator)?.base;
}

/**
 * Whether IAM accepts the literals when a policy is stored; only Boolean and text literals may have any value
 * (evidence: document-literals-stored).
 */
export function areLiterals(name: string, texts: readonly string[], variables: boolean): boolean {
  const operator = OPERATORS.get(spell(name)?.base ?? "");
  return operator === undefined || texts.every((text) => operator.isLiteral(text, variables));
}

/**
 * Prepares one key of one operator for testing. `operator` is known to exist; variables work in Version 2012-10-17
 * only.
 */
export function compileCondition(
  operator: string,
  key: string,
  expected: readonly string[],
  variables: boolean,
): Condition {
  const { set, base, ifExists } = spell(operator)!;
  const row = OPERATORS.get(base);
  const common = { operator, key, expected };
  const folded = key.toLowerCase();
  if (row === undefined) {
    // `true` requires the key to be absent; any other text means false and requires it to be present.
    const wanted = new Set(expected.map(isTrue));
    return { ...common, test: (keys) => (wanted.has(keys.get(key, folded) === undefined) ? "met" : "unmet") };
  }

  const one = row.valueTest(expected, variables);
  const whenAbsent: Outcome = ifExists || (set === undefined ? row.negated : set === "ForAllValues") ? "met" : "unmet";
  const test: Condition["test"] = (keys, simulated) => {
    const actual = keys.get(key, folded);
    if (actual === undefined) return whenAbsent;
    if (set === undefined) {
      // A multivalued key never meets a scalar operator, even a negated one or one with IfExists
      // (evidence: condition-multivalued-scalar).
      return typeof actual === "string" ? one(actual, keys, simulated) : "unmet";
    }
    const values = typeof actual === "string" ? [actual] : actual;
    // ForAnyValue looks for one value that meets the condition, ForAllValues for one that does not.
    const sought: Outcome = set === "ForAnyValue" ? "met" : "unmet";
    let result: Outcome = sought === "met" ? "unmet" : "met";
    for (const value of values) {
      const outcome = one(value, keys, simulated);
      if (outcome === sought) return sought;
      if (outcome === "failed") result = "failed";
    }
    return result;
  };
  return { ...common, test };
}
