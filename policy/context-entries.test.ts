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
      const read = () => keysOf([{ ContextKeyName: "stack:key", ContextKeyType, ContextKeyValues }]);
      if (error === undefined) assert.deepEqual(read(), { "stack:key": value });
      else assert.throws(read, { name: "InvalidInput", message: error });
    });
  }

  it("may be empty, and are then passed over", () => {
    assert.deepEqual(keysOf([{}, { ContextKeyValues: [] }]), {});
  });

  it("need a name and a type", () => {
    const unnamed = [{ ContextKeyType: "string", ContextKeyValues: ["a"] }];
    assert.throws(() => keysOf(unnamed), { name: "InvalidInput", message: "ContextKeyName cannot be null or empty." });
    const untyped = [{ ContextKeyName: "stack:key", ContextKeyValues: ["a"] }];
    assert.throws(() => keysOf(untyped), {
      name: "InvalidInput",
      message: "Context key stack:key has invalid type null.",
    });
  });

  it("count once for a key, the last of them, however it is spelt", () => {
    const entry = (ContextKeyName: string, value: string) => ({
      ContextKeyName,
      ContextKeyType: "string",
      ContextKeyValues: [value],
    });
    assert.deepEqual(keysOf([entry("aws:UserId", "a"), entry("aws:userid", "b")]), { "aws:userid": "b" });
  });
});
