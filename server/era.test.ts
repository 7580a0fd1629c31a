import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Clock } from "../data/clock.ts";
import { Era } from "./era.ts";
import { DEFAULTS } from "./options.ts";

describe("an era", () => {
  const newEra = () => new Era(Buffer.alloc(32), new Clock(), DEFAULTS);

  it("remembers what sites have made in it, each its own, and nothing of the era before", () => {
    const tokens = () => new Set<string>();
    const limits = () => new Set<string>();
    const era = newEra();
    era.memory(tokens).add("of the console");
    assert.deepEqual([...era.memory(tokens)], ["of the console"]);
    assert.deepEqual([...era.memory(limits)], []);
    assert.deepEqual([...newEra().memory(tokens)], []);
  });
});
