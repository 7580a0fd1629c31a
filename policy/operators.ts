import { type Address, NetworkSet, parseAddress, parseNetwork } from "./addresses.ts";
import { ArnPatterns, isMalformedArn } from "./arn-patterns.ts";
import { isArn, type ResourceName } from "./arn.ts";
import { parseDate } from "./dates.ts";
import { compareDecimals, type Decimal, parseDecimal } from "./decimals.ts";
import { type KeyLookup, lowerCase } from "./keys.ts";
import { PatternSet } from "./pattern-set.ts";
import { isPlain, parseTemplate, resolve, type Template } from "./template.ts";
import { MANY, TextPatterns } from "./text-patterns.ts";

/**
 * `failed`: a literal could not be evaluated. Such an Allow does not allow, and such a Deny denies
 * (evidence: condition-malformed-literal).
 */
export type Outcome = "met" | "unmet" | "failed";

/** A type of value: how to read a request's text, and how to compare it with a policy's literals. */
interface Type<V> {
  /** Undefined if the text is not such a value. */
  value(text: string, keys: KeyLookup): V | undefined;
  isLiteral(text: string, variables: boolean): boolean;
  /** Whether the value matches one of the literals, none of which is malformed. */
  anyOf(literals: readonly string[], variables: boolean): (value: V, keys: KeyLookup) => boolean;
  /** A malformed text in a request differs from any literal; or, if this is set, it neither equals nor differs. */
  readonly malformedValueIsUnmet?: true;
  /** A malformed literal is ignored; or, if this is set, the evaluation fails there. */
  readonly malformedLiteralFails?: true;
  /**
   * In the policy simulator, a malformed text on either side leaves the condition unmet
   * (evidence: simulator-operators).
   */
  readonly strictWhenSimulated?: true;
}

/** Tests one value of the request. */
type ValueTest = (text: string, keys: KeyLookup, simulated: boolean) => Outcome;

export interface Operator {
  readonly negated: boolean;
  isLiteral(text: string, variables: boolean): boolean;
  /** A test against literals, which are alternatives, tried in order. */
  valueTest(literals: readonly string[], variables: boolean): ValueTest;
}

const asIs = (actual: string): string => actual;
/** A text as a Boolean: anything but `true` is false. */
export const isTrue = (text: string): boolean => text.toLowerCase() === "true";

const text = (wildcards: boolean): Type<string> => ({
  value: asIs,
  isLiteral: () => true,
  anyOf(literals, variables) {
    const patterns = new TextPatterns(literals, { wildcards, variables });
    return (value, keys) => patterns.has(value, keys);
  },
});

const textWithoutCase: Type<string> = {
  value: (actual, keys) => keys.lowerCase(actual),
  isLiteral: () => true,
  anyOf(literals, variables) {
    const syntax = { wildcards: false, variables };
    const texts = new Set(literals.filter((literal) => isPlain(literal, syntax)).map(lowerCase));
    const templates = literals
      .filter((literal) => !texts.has(lowerCase(literal)))
      .map((literal) => parseTemplate(literal, syntax));
    // The lower case of a character depends on its neighbours only for a sigma; without one, the parts of a template
    // can be converted one by one.
    const byParts =
      templates.length > MANY
        ? new PatternSet(templates.map(inLowerCase), { form: (value, keys) => keys.lowerCase(value) })
        : undefined;
    return (value, keys) => {
      if (texts.has(value)) return true;
      if (byParts !== undefined && !/[σς]/.test(value)) return byParts.matches(keys.walk(value), keys);
      return templates.some((template) => {
        // Lower case may lengthen a text but never shortens it.
        const resolved = resolve(template, keys, value.length);
        return resolved !== undefined && lowerCase(resolved.join("")) === value;
      });
    };
  },
};

const inLowerCase = (template: Template): Template =>
  template.map((part) => (typeof part === "string" ? lowerCase(part) : part));

/** Values with an order; literals have no variables. Of several literals the least or the greatest decides. */
function ordered<V>(
  parse: (text: string) => V | undefined,
  order: (a: V, b: V) => number,
  relation: "equal" | "less" | "lessOrEqual" | "greater" | "greaterOrEqual",
): Type<V> {
  return {
    value: parse,
    isLiteral: (literal) => parse(literal) !== undefined,
    anyOf(literals) {
      const sorted = literals.map((literal) => parse(literal)!).toSorted(order);
      if (sorted.length === 0) return () => false;
      const [least, greatest] = [sorted[0]!, sorted.at(-1)!];
      switch (relation) {
        case "equal":
          return (value) => includes(sorted, value, order);
        case "less":
          return (value) => order(value, greatest) < 0;
        case "lessOrEqual":
          return (value) => order(value, greatest) <= 0;
        case "greater":
          return (value) => order(value, least) > 0;
        case "greaterOrEqual":
          return (value) => order(value, least) >= 0;
      }
    },
  };
}

function includes<V>(sorted: readonly V[], value: V, order: (a: V, b: V) => number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(sorted[middle]!, value) < 0) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && order(sorted[low]!, value) === 0;
}

type Relation = Parameters<typeof ordered>[2];

const number = (relation: Relation): Type<Decimal> => ({
  ...ordered(parseDecimal, compareDecimals, relation),
  strictWhenSimulated: true,
});
const date = (relation: Relation) => ordered(parseDate, (a, b) => a - b, relation);

const bool: Type<boolean> = {
  value: isTrue,
  isLiteral: () => true,
  anyOf(literals) {
    const wanted = new Set(literals.map(isTrue));
    return (value) => wanted.has(value);
  },
};

/** Base64 is compared as text; a literal must be in canonical form. */
const binary: Type<string> = {
  value: asIs,
  isLiteral: (literal) => Buffer.from(literal, "base64").toString("base64") === literal,
  anyOf(literals) {
    const wanted = new Set(literals);
    return (value) => wanted.has(value);
  },
};

const address: Type<Address> = {
  value: parseAddress,
  isLiteral: (literal) => parseNetwork(literal) !== undefined,
  anyOf(literals) {
    const networks = new NetworkSet(literals.map((literal) => parseNetwork(literal)!));
    return (value) => networks.has(value);
  },
  malformedValueIsUnmet: true,
  strictWhenSimulated: true,
};

const arn: Type<ResourceName> = {
  value(actual, keys) {
    const resource = keys.arn(actual);
    return isArn(resource.parts) ? resource : undefined;
  },
  isLiteral: (literal, variables) => !isMalformedArn(literal, variables),
  anyOf(literals, variables) {
    const patterns = new ArnPatterns(literals, variables);
    return (value, keys) => patterns.has(value, keys);
  },
  malformedValueIsUnmet: true,
  malformedLiteralFails: true,
};

function operatorOf<V>(type: Type<V>, negated: boolean): Operator {
  const equals: Outcome = negated ? "unmet" : "met";
  const differs: Outcome = negated ? "met" : "unmet";
  return {
    negated,
    isLiteral: (literal, variables) => type.isLiteral(literal, variables),
    valueTest(literals, variables) {
      const isGood = (literal: string) => type.isLiteral(literal, variables);
      const firstBad = literals.findIndex((literal) => !isGood(literal));
      const isOneOf = type.anyOf(firstBad < 0 ? literals : literals.filter(isGood), variables);
      // If a malformed literal ends the comparison, those before it still count.
      const isOneBefore = firstBad < 0 ? isOneOf : type.anyOf(literals.slice(0, firstBad), variables);
      return (actual, keys, simulated) => {
        const strict = simulated && type.strictWhenSimulated;
        const value = type.value(actual, keys);
        if (value === undefined) return strict || type.malformedValueIsUnmet ? "unmet" : differs;
        if (firstBad < 0 || !(strict || type.malformedLiteralFails)) return isOneOf(value, keys) ? equals : differs;
        if (isOneBefore(value, keys)) return equals;
        return type.malformedLiteralFails ? "failed" : "unmet";
      };
    },
  };
}

const is = <V>(type: Type<V>): Operator => operatorOf(type, false);
const isNot = <V>(type: Type<V>): Operator => operatorOf(type, true);

const exactText = text(false);
const textPattern = text(true);

/**
 * All operators except `Null`. Each also exists with `IfExists` after it, and with `ForAllValues:` or `ForAnyValue:`
 * before it.
 */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>(
  Object.entries({
    StringEquals: is(exactText),
    StringNotEquals: isNot(exactText),
    StringEqualsIgnoreCase: is(textWithoutCase),
    StringNotEqualsIgnoreCase: isNot(textWithoutCase),
    StringLike: is(textPattern),
    StringNotLike: isNot(textPattern),
    NumericEquals: is(number("equal")),
    NumericNotEquals: isNot(number("equal")),
    NumericLessThan: is(number("less")),
    NumericLessThanEquals: is(number("lessOrEqual")),
    NumericGreaterThan: is(number("greater")),
    NumericGreaterThanEquals: is(number("greaterOrEqual")),
    DateEquals: is(date("equal")),
    DateNotEquals: isNot(date("equal")),
    DateLessThan: is(date("less")),
    DateLessThanEquals: is(date("lessOrEqual")),
    DateGreaterThan: is(date("greater")),
    DateGreaterThanEquals: is(date("greaterOrEqual")),
    Bool: is(bool),
    BinaryEquals: is(binary),
    IpAddress: is(address),
    NotIpAddress: isNot(address),
    ArnEquals: is(arn),
    ArnLike: is(arn),
    ArnNotEquals: isNot(arn),
    ArnNotLike: isNot(arn),
  }),
);
