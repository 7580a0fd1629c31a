import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isArray, isObject, type Json, JsonError, Literal, readJson, type Spans } from "./json.ts";

/** What JSON.parse would have made of it. */
function plain(json: Json): unknown {
  if (typeof json === "string") return json;
  if (json instanceof Literal) return JSON.parse(json.text);
  if (isArray(json)) return json.map(plain);
  return isObject(json) ? Object.fromEntries([...json].map(([name, value]) => [name, plain(value)])) : undefined;
}

const refuses = (text: string) => assert.throws(() => readJson(text), JsonError);

describe("readJson", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, "\t", "\r\n"), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        assert.deepEqual(plain(readJson(text)), JSON.parse(text));
      }),
    );
  });

  it("refuses what JSON.parse refuses", () => {
    const fragment = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"a"',
      '"\\x"',
      '"\\u12"',
      "1",
      "01",
      "-",
      "1.",
      ".5",
      "1e",
      "tru",
      "null",
      " ",
      "\u00a0",
      "'a'",
      '"\n"',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 6 }), (fragments) => {
        const text = fragments.join("");
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          refuses(text);
          return;
        }
        assert.deepEqual(plain(readJson(text)), expected);
      }),
      { numRuns: 3000 },
    );
  });

  it("keeps numbers as they are written", () => {
    const number = readJson("9007199254740993.10");
    assert.ok(number instanceof Literal);
    assert.equal(number.text, "9007199254740993.10");
  });

  it("takes __proto__ for a name like any other", () => {
    const object = readJson('{"__proto__":"x"}');
    assert.ok(isObject(object));
    assert.deepEqual([...object], [["__proto__", "x"]]);
  });

  it("refuses a name given twice, also in two spellings", () => {
    refuses('{"a":1,"a":1}');
    refuses('{"a":1,"\\u0061":2}');
  });

  it("refuses what is nested deeper than any policy", () => {
    assert.doesNotThrow(() => readJson("[".repeat(16) + "]".repeat(16)));
    refuses("[".repeat(17) + "]".repeat(17));
    refuses("[".repeat(100_000));
  });

  it("notes where objects and lists stand", () => {
    const spans: Spans = new Map();
    const outer = readJson(' {"a": [ ]}', spans);
    assert.ok(isObject(outer));
    assert.deepEqual(spans.get(outer), [1, 11]);
    assert.deepEqual(spans.get(outer.get("a")!), [7, 10]);
  });
});
