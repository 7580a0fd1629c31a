import assert from "node:assert/strict";
import { Clock } from "./clock.ts";

describe("The clock", () => {
  let machine: number;
  let clock: Clock;
  beforeEach(() => {
    machine = 1_000_000;
    clock = new Clock(() => machine);
  });

  it("runs with the machine's until it is moved", () => {
    machine += 5;
    assert.equal(clock.now(), 1_000_005);
    assert.equal(clock.moved, false);
    assert.equal(clock.frozen, false);
  });

  it("is the machine's by default", () => {
    const before = Date.now();
    const now = new Clock().now();
    assert.ok(now >= before && now <= Date.now());
  });

  it("is advanced by seconds, in both directions and by fractions, and runs on", () => {
    clock.advance(30);
    assert.equal(clock.now(), 1_030_000);
    clock.advance(-0.25);
    machine += 1;
    assert.equal(clock.now(), 1_029_751);
    assert.equal(clock.moved, true);
    assert.equal(clock.machineNow(), 1_000_001);
  });

  it("is set, and runs on from there", () => {
    clock.set(5000);
    machine += 10;
    assert.equal(clock.now(), 5010);
    assert.equal(clock.moved, true);
  });

  it("stands still while frozen, even when it is advanced or set", () => {
    clock.freeze();
    machine += 10;
    assert.equal(clock.now(), 1_000_000);
    assert.equal(clock.frozen, true);
    clock.freeze();
    assert.equal(clock.now(), 1_000_000);
    clock.advance(1.5);
    machine += 10;
    assert.equal(clock.now(), 1_001_500);
    clock.set(7);
    machine += 10;
    assert.equal(clock.now(), 7);
    assert.equal(clock.moved, true);
  });

  it("is frozen at the time that it was moved to", () => {
    clock.advance(60);
    clock.freeze();
    machine += 10;
    assert.equal(clock.now(), 1_060_000);
  });

  it("goes back to the machine's time", () => {
    clock.advance(60);
    clock.freeze();
    clock.real();
    machine += 1;
    assert.equal(clock.now(), 1_000_001);
    assert.equal(clock.moved, false);
    assert.equal(clock.frozen, false);
  });
});
