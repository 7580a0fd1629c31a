import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { keysOf } from "./context-entries.ts";

interface Case {
  readonly says: string;
  readonly entry: readonly [type: string, values: readonly string[]];
  readonly value?: string | readonly string[];
  readonly error?: string;
}

const cases = JSON.parse(readFileSync("policy/cases/context-entries.json", "utf8")) as readonly Case[];

describe("context entries of the simulator", () => {
  for (const { says, entry, value, error } of cases) {
    it(says, () => {
      const [ContextKeyType, ContextKeyValues] = entry;
      const read = keysOf([{ ContextKeyName: "stack:key", ContextKeyType, ContextKeyValues }]);
      assert.deepEqual(read, error === undefined ? { keys: { "stack:key": value } } : { fault: error });
    });
  }

  it("may be empty, and are then passed over", () => {
    assert.deepEqual(keysOf([{}, { ContextKeyValues: [] }]), { keys: {} });
  });

  it("need a name and a type", () => {
    const unnamed = [{ ContextKeyType: "string", ContextKeyValues: ["a"] }];
    assert.deepEqual(keysOf(unnamed), { fault: "ContextKeyName cannot be null or empty." });
    const untyped = [{ ContextKeyName: "stack:key", ContextKeyValues: ["a"] }];
    assert.deepEqual(keysOf(untyped), { fault: "Context key stack:key has invalid type null." });
  });

  it("count once for a key, the last of them, however it is spelt", () => {
    const entry = (ContextKeyName: string, value: string) => ({
      ContextKeyName,
      ContextKeyType: "string",
      ContextKeyValues: [value],
    });
    assert.deepEqual(keysOf([entry("aws:UserId", "a"), entry("aws:userid", "b")]), { keys: { "aws:userid": "b" } });
  });
});
