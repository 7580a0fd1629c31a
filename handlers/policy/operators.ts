import { type Address, contains, parseAddress, parseNetwork } from "./addresses.ts";
import { type ArnParts, ArnPattern, isArn, splitArn } from "./arn.ts";
import { parseDate } from "./dates.ts";
import { compareDecimals, type Decimal, parseDecimal } from "./decimals.ts";
import { Glob, type GlobToken } from "./glob.ts";
import type { KeyLookup } from "./keys.ts";
import { constant, parseTemplate, resolve } from "./template.ts";

/** `failed`: a literal could not be evaluated; such an Allow does not allow, and such a Deny denies (facts: aws-more 3.2). */
export type Outcome = "met" | "unmet" | "failed";

/** A kind of value: how a request's text is read, and what a policy's literal says about it. */
interface Type<V> {
  /** Undefined where the text is no such value. */
  value(text: string): V | undefined;
  /** Undefined where the literal is malformed. */
  literal(text: string, variables: boolean): ((value: V, keys: KeyLookup) => boolean) | undefined;
  /** Malformed text of a request differs from any literal; or, if this is set, it neither equals nor differs. */
  readonly malformedValueIsUnmet?: true;
  /** A malformed literal is passed over; or, if this is set, the evaluation fails there. */
  readonly malformedLiteralFails?: true;
  /** Malformed text on either side leaves the condition unmet in the policy simulator (facts: aws-more 3.4). */
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

const asIs = (text: string): string => text;
/** What the text is as a Boolean: anything but `true` is false. */
export const isTrue = (text: string): boolean => text.toLowerCase() === "true";

/** Text with variables; `value` is the form in which texts are compared. */
function textType(value: (text: string) => string, wildcards: boolean): Type<string> {
  const comparison = (tokens: readonly GlobToken[]) => {
    if (wildcards) return new Glob(tokens);
    const text = value(tokens.join(""));
    return { matches: (actual: string) => actual === text };
  };
  return {
    value,
    literal(text, variables) {
      const template = parseTemplate(text, { wildcards, variables });
      const tokens = constant(template);
      if (tokens !== undefined) {
        const fixed = comparison(tokens);
        return (actual) => fixed.matches(actual);
      }
      return (actual, keys) => {
        const resolved = resolve(template, keys);
        return resolved !== undefined && comparison(resolved).matches(actual);
      };
    },
  };
}

/** Values with an order; literals have no variables. */
function orderedType<V>(
  parse: (text: string) => V | undefined,
  order: (a: V, b: V) => number,
  holds: (sign: number) => boolean,
): Type<V> {
  return {
    value: parse,
    literal(text) {
      const expected = parse(text);
      return expected === undefined ? undefined : (actual) => holds(order(actual, expected));
    },
  };
}

const number = (holds: (sign: number) => boolean): Type<Decimal> => ({
  ...orderedType(parseDecimal, compareDecimals, holds),
  strictWhenSimulated: true,
});
const date = (holds: (sign: number) => boolean) => orderedType(parseDate, (a, b) => a - b, holds);

const bool: Type<boolean> = {
  value: isTrue,
  literal: (text) => (actual) => actual === isTrue(text),
};

/** Base64 is compared as text; a literal must be in canonical form. */
const binary: Type<string> = {
  value: asIs,
  literal: (text) =>
    Buffer.from(text, "base64").toString("base64") === text ? (actual) => actual === text : undefined,
};

const address: Type<Address> = {
  value: parseAddress,
  literal(text) {
    const network = parseNetwork(text);
    return network && ((actual) => contains(network, actual));
  },
  malformedValueIsUnmet: true,
  strictWhenSimulated: true,
};

const arn: Type<ArnParts> = {
  value(text) {
    const parts = splitArn(text);
    return isArn(parts) ? parts : undefined;
  },
  literal(text, variables) {
    const pattern = new ArnPattern(text, variables);
    return pattern.malformed ? undefined : (actual, keys) => pattern.matches(actual, keys);
  },
  malformedValueIsUnmet: true,
  malformedLiteralFails: true,
};

function operatorOf<V>(type: Type<V>, negated: boolean): Operator {
  const equals: Outcome = negated ? "unmet" : "met";
  const differs: Outcome = negated ? "met" : "unmet";
  return {
    negated,
    isLiteral: (text, variables) => type.literal(text, variables) !== undefined,
    valueTest(texts, variables) {
      const literals = texts.map((text) => type.literal(text, variables));
      return (text, keys, simulated) => {
        const strict = simulated && type.strictWhenSimulated;
        const value = type.value(text);
        if (value === undefined) return strict || type.malformedValueIsUnmet ? "unmet" : differs;
        for (const literal of literals) {
          if (literal !== undefined) {
            if (literal(value, keys)) return equals;
          } else if (type.malformedLiteralFails) {
            return "failed";
          } else if (strict) {
            return "unmet";
          }
        }
        return differs;
      };
    },
  };
}

const is = <V>(type: Type<V>): Operator => operatorOf(type, false);
const isNot = <V>(type: Type<V>): Operator => operatorOf(type, true);

const equal = (sign: number) => sign === 0;
const less = (sign: number) => sign < 0;
const lessOrEqual = (sign: number) => sign <= 0;
const greater = (sign: number) => sign > 0;
const greaterOrEqual = (sign: number) => sign >= 0;

const exactText = textType(asIs, false);
const textWithoutCase = textType(lowerCase, false);
const textPattern = textType(asIs, true);

/** All operators but `Null`, each also with `IfExists` after it, `ForAllValues:` or `ForAnyValue:` before it. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>(
  Object.entries({
    StringEquals: is(exactText),
    StringNotEquals: isNot(exactText),
    StringEqualsIgnoreCase: is(textWithoutCase),
    StringNotEqualsIgnoreCase: isNot(textWithoutCase),
    StringLike: is(textPattern),
    StringNotLike: isNot(textPattern),
    NumericEquals: is(number(equal)),
    NumericNotEquals: isNot(number(equal)),
    NumericLessThan: is(number(less)),
    NumericLessThanEquals: is(number(lessOrEqual)),
    NumericGreaterThan: is(number(greater)),
    NumericGreaterThanEquals: is(number(greaterOrEqual)),
    DateEquals: is(date(equal)),
    DateNotEquals: isNot(date(equal)),
    DateLessThan: is(date(less)),
    DateLessThanEquals: is(date(lessOrEqual)),
    DateGreaterThan: is(date(greater)),
    DateGreaterThanEquals: is(date(greaterOrEqual)),
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

/**
 * Lower case as AWS compares it: that of each character, with the final sigma, but characters beyond U+FFFF stay as they
 * are (facts: aws-more 3.2).
 */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (!/[\ud800-\udbff]/.test(text)) return lower;
  const originals = text.match(/[\ud800-\udbff][\udc00-\udfff]/g) ?? [];
  let next = 0;
  return lower.replace(/[\ud800-\udbff][\udc00-\udfff]/g, (pair) => originals[next++] ?? pair);
}
