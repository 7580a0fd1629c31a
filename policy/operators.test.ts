import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type ContextKeys, KeyLookup, lowerCase } from "./keys.ts";
import { OPERATORS } from "./operators.ts";

const outcome = (operator: string, literals: readonly string[], value: string, keys: ContextKeys, simulated: boolean) =>
  OPERATORS.get(operator)!.valueTest(literals, true)(value, new KeyLookup(keys), simulated);

/** Tries the literals one by one, in order; the first that decides counts. */
function oneByOne(operator: string, literals: readonly string[], value: string, keys: ContextKeys, simulated: boolean) {
  const { negated } = OPERATORS.get(operator)!;
  const differs = negated ? "met" : "unmet";
  const bare = outcome(operator, [], value, keys, simulated);
  if (bare !== differs) return bare;
  for (const literal of literals) {
    const alone = outcome(operator, [literal], value, keys, simulated);
    if (alone !== differs) return alone;
    // A malformed literal that ends the comparison without an error looks like one that differs, except for `Not`.
    const isMalformed = !OPERATORS.get(operator)!.isLiteral(literal, true);
    if (isMalformed && simulated && /^Num|Ip/.test(operator)) return "unmet";
  }
  return differs;
}

describe("literals of an operator", () => {
  const texts = ["a", "A", "ab", "a*", "?b", "*", "${t:x}", "${t:x}b", "${t:none}", "Σ", "σς", "İ"];
  const pools: Readonly<Record<string, { literals: readonly string[]; values: readonly string[] }>> = {
    String: { literals: texts, values: ["a", "A", "ab", "aB", "xb", "ς", "σς", "i\u0307", ""] },
    Numeric: { literals: ["1", "2", "-3.5", "2.0", "1e1", "no"], values: ["1", "01", "2", "9", "-4", "10", "no"] },
    Date: { literals: ["2030", "2031-06-01", "1893456000", "no"], values: ["2030-01-01", "2031", "0", "2040", "no"] },
    IpAddress: {
      literals: ["10.0.0.0/8", "10.1.0.0/16", "::1", "192.0.2.1", "no"],
      values: ["10.1.2.3", "::1", "11.0.0.1", "no"],
    },
    Arn: {
      literals: ["arn:aws:s3:::a*", "arn:aws:*:::?", "*", "arn:aws:s3:::${t:x}", "no", "arn:aws:s3:::b"],
      values: ["arn:aws:s3:::a", "arn:aws:iam:::b", "arn:aws:s3:::b", "no"],
    },
    Bool: { literals: ["true", "TRUE", "false", "yes"], values: ["true", "True", "no"] },
    Binary: { literals: ["YQ==", "Yg==", "YQ"], values: ["YQ==", "Yg==", "x"] },
  };

  for (const operator of OPERATORS.keys()) {
    const pool = Object.entries(pools).find(([name]) => operator.includes(name))![1];
    // Also more literals than are matched one by one.
    const padding = pool.literals === texts ? Array.from({ length: 20 }, (_, i) => `\${t:x}-${i}*`) : [];
    it(`decide together as one by one: ${operator}`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom(...pool.literals), { maxLength: 6 }),
          fc.boolean(),
          fc.constantFrom(...pool.values),
          fc.constantFrom<ContextKeys[]>({ "t:x": "a" }, { "t:x": "Σ" }, {}),
          fc.boolean(),
          (chosen, padded, value, keys, simulated) => {
            const literals = padded ? [...chosen, ...padding] : chosen;
            const text = operator.includes("IgnoreCase") ? lowerCase(value) : value;
            const expected = oneByOne(operator, literals, text, keys, simulated);
            assert.equal(outcome(operator, literals, text, keys, simulated), expected);
          },
        ),
        { numRuns: 400 },
      );
    });
  }
});
