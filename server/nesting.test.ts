import assert from "node:assert/strict";
import { isTooDeep, isTooDeepYaml } from "./nesting.ts";

describe("nesting", () => {
  const nested = (depth: number, open = "[", close = "]") => open.repeat(depth) + close.repeat(depth);

  it("is too deep beyond a hundred levels of either bracket", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":[', "]}"],
    ] as const) {
      const levels = open.length === 1 ? 100 : 50;
      assert.equal(isTooDeep(nested(levels, open, close)), false);
      assert.equal(isTooDeep(nested(levels + 1, open, close)), true);
    }
    assert.equal(isTooDeep("[[],".repeat(101)), true);
  });

  it("does not count brackets that are closed, or that stand in texts", () => {
    assert.equal(isTooDeep(`[${"[{}],".repeat(1_000)}]`), false);
    assert.equal(isTooDeep(JSON.stringify({ text: `"\\${"[".repeat(1_000)}` })), false);
    assert.equal(isTooDeep(`["\\"", ${nested(100)}]`), true);
  });

  it("of YAML counts lists in lists on one line, too", () => {
    assert.equal(isTooDeepYaml(`a: 1\n${"- ".repeat(101)}a`), true);
    assert.equal(isTooDeepYaml("- a\n".repeat(1_000)), false);
    assert.equal(isTooDeepYaml(nested(101)), true);
  });
});
