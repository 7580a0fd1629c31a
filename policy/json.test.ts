import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { type Expected, type Json, readJson } from "./json.ts";

/** The value that JSON.parse would return. */
function plain(json: Json): unknown {
  switch (json.type) {
    case "text":
      return json.value;
    case "word":
      return JSON.parse(json.text);
    case "list":
      return json.items.map(plain);
    case "object":
      return Object.fromEntries([...json.members].map(([name, { value }]) => [name, plain(value)]));
  }
}

function read(text: string): Json {
  const { json, faults } = readJson(text);
  assert.deepEqual(faults, []);
  return json!;
}

const refuses = (text: string) => assert.notDeepEqual(readJson(text).faults, []);

describe("readJson", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, "\t", "\r\n"), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        assert.deepEqual(plain(read(text)), JSON.parse(text));
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
        assert.deepEqual(plain(read(text)), expected);
      }),
      { numRuns: 3000 },
    );
  });

  it("keeps numbers as they are written", () => {
    const number = read("9007199254740993.10");
    assert.ok(number.type === "word");
    assert.equal(number.text, "9007199254740993.10");
  });

  it("takes __proto__ for a name like any other", () => {
    const object = read('{"__proto__":"x"}');
    assert.ok(object.type === "object");
    assert.deepEqual([...object.members.keys()], ["__proto__"]);
  });

  it("refuses a name given twice, also in two spellings", () => {
    refuses('{"a":1,"a":1}');
    refuses('{"a":1,"\\u0061":2}');
  });

  it("refuses what is nested deeper than any policy", () => {
    read("[".repeat(16) + "]".repeat(16));
    read('{"a":'.repeat(16) + "1" + "}".repeat(16));
    refuses("[".repeat(17) + "]".repeat(17));
    refuses('{"a":'.repeat(16) + "[]" + "}".repeat(16));
    refuses("[".repeat(100_000));
  });

  it("notes where everything stands", () => {
    const outer = read(' {"a": [ ], "\\u0062":1.5}');
    assert.ok(outer.type === "object");
    const place = ({ start, end }: { start: number; end: number }) => [start, end];
    assert.deepEqual(place(outer), [1, 25]);
    const members = [...outer.members].map(([name, member]) => [name, place(member.name), place(member.value)]);
    assert.deepEqual(members, [
      ["a", [2, 5], [7, 10]],
      ["b", [12, 20], [21, 24]],
    ]);
  });

  interface FaultCase {
    readonly it: string;
    readonly text: string;
    /** For each fault: what was expected, or `twice`; its start and end offsets; and its path. */
    readonly faults: readonly (readonly [Expected | "twice", number, number, ...(string | number)[]])[];
    /** The value that is read in spite of the faults. */
    readonly json?: unknown;
  }
  const cases: FaultCase[] = JSON.parse(readFileSync("policy/cases/json-faults.json", "utf8"));
  for (const { it: says, text, faults, json } of cases) {
    it(`tells all faults of a text with ${says}`, () => {
      const reading = readJson(text);
      const told = reading.faults.map(({ expected = "twice", start, end, path }) => [expected, start, end, ...path]);
      assert.deepEqual(told, faults);
      assert.deepEqual(reading.json && plain(reading.json), json);
    });
  }
});
