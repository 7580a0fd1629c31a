import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { Limits } from "./limits.ts";

const QUARTER_HOUR = 15 * 60 * 1000;
const NOW = Date.UTC(2026, 10, 24, 12);

describe("tries at the console", () => {
  let limits: Limits;
  /** How many tries pass before one is refused. */
  const passing = (kind: "user" | "address" | "message", subject: string, now = NOW) => {
    let count = 0;
    while (limits.take(kind, subject, now)) count++;
    return count;
  };
  beforeEach(() => {
    limits = new Limits();
  });

  it("are ten against a user, a hundred from an address and five messages to a phone", () => {
    assert.deepEqual(
      [passing("user", "x"), passing("address", "x"), passing("message", "x"), passing("user", "y")],
      [10, 100, 5, 10],
    );
  });

  it("count for a quarter of an hour from the first of them, whichever way the clock is moved", () => {
    passing("user", "ann");
    for (const [moved, count] of [
      [QUARTER_HOUR - 1, 0],
      [1 - QUARTER_HOUR, 0],
      [-QUARTER_HOUR, 10],
      [QUARTER_HOUR, 10],
    ] as const) {
      assert.equal(passing("user", "ann", NOW + moved), count, String(moved));
    }
  });

  it("do not count where they were right", () => {
    for (let i = 0; i < 20; i++) {
      assert.ok(limits.take("user", "ann", NOW));
      limits.giveBack("user", "ann");
    }
    assert.equal(passing("user", "ann"), 10);
    limits.giveBack("user", "nobody");
    assert.equal(passing("user", "nobody"), 10);
  });

  it("are remembered of the last ten thousand subjects", () => {
    passing("user", "first");
    for (let i = 0; i < 9999; i++) limits.take("user", String(i), NOW);
    assert.equal(limits.take("user", "first", NOW), false);
    limits.take("user", "one more", NOW);
    assert.equal(passing("user", "first"), 10);
  });
});
