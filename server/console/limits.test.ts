import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { collections } from "../../data/entities/collections.ts";
import { memoryStore, type LocalStore } from "../../data/store.ts";
import { Limits } from "./limits.ts";

const QUARTER_HOUR = 15 * 60 * 1000;
const NOW = Date.UTC(2026, 10, 24, 12);

describe("tries at the console", () => {
  let store: LocalStore;
  let limits: Limits;
  const take = (...[kind, subject, now]: Parameters<Limits["take"]>) =>
    store.transact((tx) => limits.takeIn(tx, kind, subject, now));
  /** How many tries are allowed before one is refused. */
  const passing = (kind: "user" | "address" | "message", subject: string, now = NOW) => {
    let count = 0;
    while (take(kind, subject, now)) count++;
    return count;
  };
  beforeEach(() => {
    store = memoryStore(collections);
    limits = new Limits(store);
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

  it("do not count where they were right", async () => {
    for (let i = 0; i < 20; i++) {
      assert.ok(await limits.take("user", "ann", NOW));
      await limits.giveBack(["user", "ann"]);
    }
    assert.equal(passing("user", "ann"), 10);
    await limits.giveBack(["user", "nobody"]);
    assert.equal(passing("user", "nobody"), 10);
  });

  it("are not forgotten for others: once there is no room, nobody new may try until the window is over", () => {
    passing("user", "first");
    take("user", "second", NOW);
    for (let i = 0; i < 99_998; i++) assert.ok(take("user", String(i), NOW + 1));
    assert.equal(take("user", "one more", NOW + 1), false);
    assert.equal(take("user", "first", NOW + 1), false);
    assert.equal(passing("user", "second", NOW + 1), 9);
    assert.equal(passing("user", "one more", NOW + QUARTER_HOUR), 10);
    assert.equal(passing("user", "first", NOW + QUARTER_HOUR), 10);
    assert.equal(passing("user", "one more still", NOW + QUARTER_HOUR), 0, "the others are in the window yet");
    assert.equal(passing("user", "one more still", NOW + QUARTER_HOUR + 1), 10);
  });
});
