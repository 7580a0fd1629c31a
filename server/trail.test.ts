import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { usedMemory } from "../integration/used-memory.ts";
import { footprint } from "./footprint.ts";
import type { TrailEvent } from "./trail-event.ts";
import { Trail, writtenEntry, type TrailEntry } from "./trail.ts";

const event = (requestID: string, more: Partial<TrailEvent> = {}) =>
  ({ requestID, requestParameters: null, ...more }) as TrailEvent;
const entry = (requestId: string, size: number): TrailEntry => ({
  requestId,
  authorizations: [],
  size,
  event: () => event(requestId),
});
const ids = (trail: Trail) => trail.list().map(({ requestID }) => requestID);

describe("the trail", () => {
  it("holds the last thousand requests", () => {
    const trail = new Trail();
    for (let i = 1; i <= 3210; i++) trail.record(entry(String(i), 1));
    assert.deepEqual(
      ids(trail),
      Array.from({ length: 1000 }, (_, i) => String(3210 - i)),
    );
    assert.equal(trail.find("2210"), undefined);
    assert.equal(trail.find("2211")?.requestId, "2211");
  });

  it("holds fewer where they take more than 32 MB of memory", () => {
    const trail = new Trail();
    const quarter = 8 * 1024 * 1024;
    for (const id of ["a", "b", "c", "d"]) trail.record(entry(id, quarter));
    assert.deepEqual(ids(trail), ["d", "c", "b", "a"]);
    trail.record(entry("e", 1));
    assert.deepEqual(ids(trail), ["e", "d", "c", "b"]);
    trail.record(entry("f", 4 * quarter));
    assert.deepEqual(ids(trail), ["f"]);
    trail.record(entry("g", 4 * quarter + 1));
    assert.deepEqual(ids(trail), []);
    trail.record(entry("h", 4 * quarter));
    assert.deepEqual(ids(trail), ["h"]);
  });

  it("keeps of an event that is written at once what CloudTrail would, and says what was left out", () => {
    const long = "x".repeat(200_000);
    const kept = writtenEntry(
      event("a", { userAgent: long, requestParameters: { roleArn: long }, readOnly: false }),
      [],
    );
    assert.deepEqual(kept.event(), {
      requestID: "a",
      userAgent: "x".repeat(1024),
      requestParameters: { omitted: true, originalSize: 200_014, reason: "requestParameters too large" },
      readOnly: false,
    });
    assert.ok(kept.size < 4096, String(kept.size));
  });
});

describe("the footprint of a value", () => {
  it("is no less than the memory that the value takes", () => {
    const kinds: readonly (() => unknown)[] = [
      () => ({}),
      () => Array.from({ length: 100 }, () => ({})),
      () => [null, null, undefined, 1, 2.5, true],
      () => `${Math.random()}`.repeat(10),
      () => [`${Math.random()}\u{1f600}`, new Uint8Array(100), new Date()],
      () => Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${Math.random()}`, { i }])),
    ];
    for (const make of kinds) {
      // The smallest of three: what else happens in the process can only add to it.
      let taken = Infinity;
      let counted = 0;
      for (let time = 0; time < 3; time++) {
        const before = usedMemory();
        const held = Array.from({ length: 300 }, make);
        taken = Math.min(taken, usedMemory() - before);
        counted = held.reduce((sum: number, value) => sum + footprint(value), 0);
      }
      assert.ok(counted >= taken, `${make.toString()}: counted ${counted} of ${taken}`);
    }
  });

  it("is counted until it is enough", () => {
    const counted = footprint(
      Array.from({ length: 1000 }, () => "x".repeat(1000)),
      10_000,
    );
    assert.ok(counted >= 10_000 && counted < 15_000, String(counted));
  });
});
