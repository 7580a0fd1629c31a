import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArnPatterns } from "./arn-patterns.ts";
import { resourceName } from "./arn.ts";
import { matchesByTable } from "./textbook-glob.ts";
import { type ContextKeys, KeyLookup } from "./keys.ts";
import { PatternSet } from "./pattern-set.ts";
import { parseTemplate } from "./template.ts";
import { TextPatterns } from "./text-patterns.ts";

const SYNTAX = { wildcards: true, variables: true };

function matches(patterns: readonly string[], text: string, keys: ContextKeys = {}): boolean {
  const lookup = new KeyLookup(keys);
  const set = new PatternSet(patterns.map((pattern) => parseTemplate(pattern, SYNTAX)));
  return set.matches(lookup.walk(text), lookup);
}

/** A text made of these pieces. */
const textOf = (pieces: readonly string[], minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...pieces), { minLength, maxLength }).map((parts) => parts.join(""));

describe("PatternSet", () => {
  it("matches where one of its patterns does by the textbook", () => {
    const pattern = textOf(["a", "b", "ab", "?", "*", "\u4e00"], 0, 12);
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 30 }), textOf(["a", "b", "ab", "\u4e00"], 0, 90), (patterns, text) => {
        assert.equal(
          matches(patterns, text),
          patterns.some((one) => matchesByTable(one, text)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("matches long pieces that begin alike as the textbook says", () => {
    const pattern = fc
      .tuple(
        fc.constantFrom("a*", "*", "?*"),
        fc.constantFrom(31, 32, 64, 250, 256, 257, 300),
        textOf(["a", "b", "?", "*"], 0, 4),
      )
      .map(([begin, length, end]) => begin + "a".repeat(length) + end);
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 6 }), textOf(["a".repeat(60), "a", "b"], 0, 20), (patterns, text) => {
        assert.equal(
          matches(patterns, text),
          patterns.some((one) => matchesByTable(one, text)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("takes the values of variables for plain text", () => {
    const pattern = textOf(["a", "b", "?", "*", "${t:x}", "${t:y, 'ab'}", "${*}"], 0, 8);
    const value = textOf(["a", "b", "*", "?"], 0, 40);
    const keys = fc.record({ "t:x": value, "t:y": fc.oneof(value, fc.constant(["a"])) }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 20 }),
        textOf(["a", "b", "*", "?"], 0, 60),
        keys,
        (patterns, text, given) => {
          const lookup = new KeyLookup(given);
          assert.equal(
            matches(patterns, text, given),
            patterns.some((one) => new TextPatterns([one], SYNTAX).has(text, lookup)),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("matches ARNs part by part, as each pattern by itself does", () => {
    const part = fc.constantFrom(
      ...Array<string>(6).fill("*"),
      "a",
      "a*",
      "?",
      "*a*",
      "",
      "${t:x}",
      "${t:colons}",
      "*b",
    );
    const pattern = fc.array(part, { minLength: 2, maxLength: 8 }).map((parts) => parts.join(":"));
    const arn = fc.array(textOf(["a", "b"], 0, 2), { minLength: 5, maxLength: 9 }).map((parts) => parts.join(":"));
    const keys = fc.record(
      { "t:x": textOf(["a", "b"], 0, 3), "t:colons": textOf(["a", ":"], 0, 4) },
      { requiredKeys: [] },
    );
    const list = fc.array(pattern, { minLength: 5, maxLength: 20 });
    // Enough patterns to be matched together, none of which matches anything.
    const others = Array.from({ length: 20 }, (_, i) => `${i}:*`);
    let found = 0;
    fc.assert(
      fc.property(list, arn, keys, fc.boolean(), (patterns, text, given, openEnded) => {
        const has = (alternatives: readonly string[]) =>
          new ArnPatterns(alternatives, true, openEnded).has(resourceName(text), new KeyLookup(given));
        const expected = patterns.some((one) => has([one]));
        assert.equal(has([...patterns, ...others]), expected);
        if (expected) found++;
      }),
      { numRuns: 3000 },
    );
    assert.ok(found > 100, `${found}`);
  });

  it("gets through thousands of patterns that nearly match a long text everywhere", () => {
    const all = "a".repeat(60_000);
    const numbers = Array.from({ length: 20_000 }, (_, i) => i);
    const pieces = numbers.map((i) => i.toString(2).replaceAll("0", "a").replaceAll("1", "?"));
    const inAny = (patterns: string[]) => matches([...patterns, "b*"], all, { "t:x": all.slice(59_000) });
    assert.equal(inAny(pieces.map((piece) => `*${piece}b*`)), false);
    assert.equal(inAny(numbers.map((i) => `*\${t:x}${i}*`)), false);
    assert.equal(inAny([...numbers.map((i) => `*${i}*`), "*aa"]), true);
  });
});
