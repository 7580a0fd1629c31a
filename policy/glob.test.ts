import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Glob } from "./glob.ts";
import { matchesByTable } from "./textbook-glob.ts";

const matches = (pattern: string, text: string): boolean => Glob.of(pattern).matches(text);

describe("Glob", () => {
  const unit = fc.constantFrom("a", "b", "?", "\ud801", "\udc00");
  const text = (alphabet: fc.Arbitrary<string>, maxLength: number) =>
    fc.array(alphabet, { maxLength }).map((units) => units.join(""));

  it("matches as the textbook says", () => {
    const pattern = text(fc.oneof(unit, fc.constantFrom("*", "?")), 12);
    fc.assert(
      fc.property(pattern, text(unit, 12), (glob, subject) => {
        assert.equal(matches(glob, subject), matchesByTable(glob, subject));
      }),
      { numRuns: 3000 },
    );
  });

  it("finds long pieces with question marks as the textbook says", () => {
    const piece = fc
      .array(fc.constantFrom("a", "?"), { minLength: 30, maxLength: 70 })
      .chain((units) => fc.tuple(fc.constant(units.join("")), fc.constantFrom("", "a", "b")));
    const subject = fc.array(fc.constantFrom("a", "a", "a", "a", "a", "a", "b"), { minLength: 60, maxLength: 400 });
    fc.assert(
      fc.property(piece, subject, ([middle, end], units) => {
        const pattern = `*${middle}${end}*`;
        assert.equal(matches(pattern, units.join("")), matchesByTable(pattern, units.join("")));
      }),
      { numRuns: 1000 },
    );
  });

  it("gets through patterns that make others go back and forth without end", () => {
    const length = 2000;
    const all = "a".repeat(length);
    assert.equal(matches("*a".repeat(length / 2) + "*b", all), false);
    assert.equal(matches(`*${"a".repeat(length / 2)}b*`, all), false);
    assert.equal(matches(`*${"a?".repeat(length / 4)}b*`, all), false);
    assert.equal(matches(`*${"?a".repeat(length / 4)}*`, all), true);
    assert.equal(matches("*".repeat(length), all), true);
    assert.equal(matches("?".repeat(length) + "*", all), true);
    assert.equal(matches("?".repeat(length + 1) + "*", all), false);
  });
});
