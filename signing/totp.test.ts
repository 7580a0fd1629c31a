import assert from "node:assert/strict";
import * as fc from "fast-check";
import { consecutivePair, generateSeed, matchingSteps, stepOf, totpCode, validSeed } from "./totp.ts";

/** The seed of RFC 6238's test vectors: the ASCII text 12345678901234567890. */
const SEED = generateSeed(Buffer.from("12345678901234567890"));
const NOW = 1_000_000;

const codesBetween = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => totpCode(SEED, from + i));

const pairAt = (step: number): [string, string] => [totpCode(SEED, step - 1), totpCode(SEED, step)];

describe("totpCode", () => {
  // Appendix B has eight digits; our six are the last six of them.
  for (const [seconds, code] of [
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ] as const) {
    it(`is RFC 6238's at ${seconds} s`, () => {
      assert.equal(totpCode(SEED, stepOf(seconds * 1000)), code.slice(-6));
    });
  }

  it("is RFC 4226's for the first ten counters", () => {
    assert.deepEqual(codesBetween(0, 9), [
      "755224",
      "287082",
      "359152",
      "969429",
      "338314",
      "254676",
      "287922",
      "162583",
      "399871",
      "520489",
    ]);
  });

  it("reads a seed in small letters and with padding", () => {
    const seed = generateSeed(Buffer.alloc(17, 3));
    const padded = seed.padEnd(Math.ceil(seed.length / 8) * 8, "=").toLowerCase();
    assert.equal(totpCode(padded, 5), totpCode(seed, 5));
  });

  it("refuses a seed that is not base32 or too short or long, without repeating it", () => {
    for (const [seed, message] of [
      ["0189 not base32", "A seed is base32 text (letters A-Z, digits 2-7)"],
      ["JBSWY3DPEHPK3PXP", "A seed has 16 to 64 bytes, not 10"],
      [generateSeed(Buffer.alloc(65)), "A seed has 16 to 64 bytes, not 65"],
    ] as const) {
      assert.throws(() => totpCode(seed, 1), { name: "RangeError", message });
    }
  });
});

describe("stepOf", () => {
  it("changes every 30 seconds", () => {
    assert.deepEqual([0, 29_999, 30_000, 59_999, 60_000].map(stepOf), [0, 0, 1, 1, 2]);
  });
});

describe("seeds", () => {
  it("of 40 bytes have the 64 letters that AWS issues", () => {
    assert.match(generateSeed(Buffer.alloc(40, 200)), /^[A-Z2-7]{64}$/);
  });

  it("of 16 to 64 bytes are valid, odd lengths included", () => {
    for (let length = 0; length <= 80; length++) {
      assert.equal(validSeed(generateSeed(Buffer.alloc(length, 1))), length >= 16 && length <= 64, `${length} bytes`);
    }
  });

  it("are not valid with blanks, other letters or a length that no bytes have", () => {
    for (const text of [`${SEED.slice(0, 4)} ${SEED.slice(4)}`, SEED.replace("G", "1"), `${SEED}A`, `${SEED}===`]) {
      assert.equal(validSeed(text), false, text);
    }
  });
});

describe("matchingSteps", () => {
  it("finds a code at either end of the range and not beyond", () => {
    const code = totpCode(SEED, NOW);
    assert.deepEqual(matchingSteps(SEED, code, NOW, NOW + 2), [NOW]);
    assert.deepEqual(matchingSteps(SEED, code, NOW - 2, NOW), [NOW]);
    assert.deepEqual(matchingSteps(SEED, code, NOW + 1, NOW + 4), []);
    assert.deepEqual(matchingSteps(SEED, code, NOW - 4, NOW - 1), []);
  });

  it("finds every step whose code it is, in ascending order", () => {
    const codes = codesBetween(NOW, NOW + 4000);
    const repeated = codes.find((code, i) => codes.indexOf(code) !== i)!;
    const expected = codes.flatMap((code, i) => (code === repeated ? [NOW + i] : []));
    assert.ok(expected.length >= 2);
    assert.deepEqual(matchingSteps(SEED, repeated, NOW, NOW + 4000), expected);
  });

  it("has no match for what is no code", () => {
    for (const code of ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"]) {
      assert.deepEqual(matchingSteps(SEED, code, NOW - 2, NOW + 2), []);
    }
  });

  it("does not look before 1970", () => {
    assert.deepEqual(matchingSteps(SEED, "755224", -5, 0), [0]);
  });
});

describe("consecutivePair", () => {
  it("is the step of the second code, anywhere in the range", () => {
    fc.assert(
      fc.property(fc.integer({ min: -30, max: 30 }), (offset) => {
        assert.equal(consecutivePair(SEED, ...pairAt(NOW + offset), NOW - 30, NOW + 30), NOW + offset);
      }),
      { numRuns: 40 },
    );
  });

  it("finds the ends of AWS's range for enabling and resynchronising, and not a step more (evidence: mfa-enable-codes)", () => {
    for (const offset of [-998, 1000]) {
      assert.equal(consecutivePair(SEED, ...pairAt(NOW + offset), NOW - 998, NOW + 1000), NOW + offset);
    }
    for (const offset of [-999, 1001]) {
      assert.equal(consecutivePair(SEED, ...pairAt(NOW + offset), NOW - 998, NOW + 1000), undefined);
    }
  });

  it("takes a first code from the step before the range", () => {
    assert.equal(consecutivePair(SEED, ...pairAt(NOW), NOW, NOW + 5), NOW);
  });

  it("is nothing for equal, reversed or non-adjacent codes", () => {
    const [first, second] = pairAt(NOW);
    const third = totpCode(SEED, NOW + 1);
    for (const [one, two] of [
      [first, first],
      [second, first],
      [first, third],
    ] as const) {
      assert.equal(consecutivePair(SEED, one, two, NOW - 10, NOW + 10), undefined);
    }
  });

  it("does not look before 1970", () => {
    assert.equal(consecutivePair(SEED, "755224", "287082", -20, 5), 1);
    assert.equal(consecutivePair(SEED, "000000", "755224", -20, 5), undefined);
  });
});
