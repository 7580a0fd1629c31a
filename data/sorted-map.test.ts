import assert from "node:assert/strict";
import * as fc from "fast-check";
import { SortedMap } from "./sorted-map.ts";

const SIZE = 5000;
const keyOf = (n: number): string => String(n).padStart(5, "0");
const all = Array.from({ length: SIZE }, (_, n) => n);

/** A permutation of the numbers below SIZE. */
const orders: Record<string, readonly number[]> = {
  "in order": all,
  "in reverse": all.toReversed(),
  scattered: all.map((n) => (n * 1237) % SIZE),
  "alternating between both ends": all.map((n) => (n % 2 === 0 ? n / 2 : SIZE - (n + 1) / 2)),
};

describe("A sorted map", () => {
  for (const [how, order] of Object.entries(orders)) {
    it(`holds thousands of keys that come ${how}, and gives them up in any order`, () => {
      const map = new SortedMap<number>();
      for (const n of order) map.insert(keyOf(n), n);
      assert.deepEqual([...map.range("")], all);
      assert.deepEqual([...map.range("012")], all.slice(1200, 1300));
      assert.deepEqual([...map.range("012", "01250")], all.slice(1251, 1300));
      assert.deepEqual([...map.range("012", "00")], all.slice(1200, 1300));
      assert.equal(map.first("0123"), 1230);
      assert.equal(map.first("x"), undefined);
      for (const n of order) if (n % 3 !== 0) map.remove(keyOf(n));
      assert.deepEqual(
        [...map.range("")],
        all.filter((n) => n % 3 === 0),
      );
      for (const n of order) if (n % 3 === 0) map.remove(keyOf(n));
      assert.deepEqual([...map.range("")], []);
    });
  }

  it("does what a sorted array does", () => {
    const key = fc.string({ unit: fc.constantFrom("a", "b", "\0", "\uFFFF"), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), key, key, (keys, prefix, after) => {
        const map = new SortedMap<string>();
        const model = new Set<string>();
        for (const k of keys) {
          if (model.delete(k)) map.remove(k);
          else {
            map.insert(k, k);
            model.add(k);
          }
        }
        const expected = [...model].sort().filter((k) => k.startsWith(prefix));
        assert.deepEqual([...map.range(prefix)], expected);
        assert.equal(map.first(prefix), expected[0]);
        assert.deepEqual(
          [...map.range(prefix, after)],
          expected.filter((k) => k > after),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
