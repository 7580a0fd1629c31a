import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { collections } from "../../data/entities/collections.ts";
import { memoryStore, type LocalStore } from "../../data/store.ts";
import { isUsed, markUsed, type Proof } from "./used-proofs.ts";

const NOW = Date.UTC(2026, 10, 24, 12);
const FIVE_MINUTES = 5 * 60 * 1000;
const goodAt = (now: number) => (issuedAt: number) => Math.abs(now - issuedAt) <= FIVE_MINUTES;

describe("proofs of possession that were taken", () => {
  let store: LocalStore;
  const proof = (id: number, issuedAt = NOW) => ({ keyThumbprint: "key", id: String(id), issuedAt });
  const add = (id: number, issuedAt = NOW, now = NOW) =>
    store.transact((tx) => markUsed(proof(id, issuedAt), goodAt(now), tx));
  const has = (shown: Proof) => store.read((tx) => isUsed(shown, tx));
  const fill = (issuedAt = NOW) => {
    for (let id = 0; id < 10_000; id++) assert.ok(add(id, issuedAt, issuedAt));
  };
  beforeEach(() => {
    store = memoryStore(collections);
  });

  it("are known by the key and the id", () => {
    add(1);
    assert.deepEqual(
      [proof(1), proof(2), { ...proof(1), keyThumbprint: "other" }].map((shown) => has(shown)),
      [true, false, false],
    );
  });

  it("are not forgotten for others while they are good: no more are taken", () => {
    fill();
    assert.equal(add(10_000), false);
    assert.equal(add(10_000, NOW, NOW + FIVE_MINUTES), false);
    assert.ok(has(proof(0)));
    assert.ok(!has(proof(10_000)));
  });

  it("make room once they are not good any more, and do not become new when the clock is moved back", () => {
    fill();
    const later = NOW + FIVE_MINUTES + 1000;
    assert.ok(add(10_000, later, later));
    assert.ok(has(proof(0)), "and it is not known that it was used");
    assert.ok(has(proof(20_000)), "nor whether this was, which is as old");
    assert.ok(!has(proof(20_000, NOW + 1000)));
  });
});
