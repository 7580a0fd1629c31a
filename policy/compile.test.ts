import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { usedMemory } from "../integration/used-memory.ts";
import { compile } from "./compile.ts";

const document = (number: number, Condition: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: { Sid: `s${number}`, Effect: "Allow", Action: "*", Resource: "*", Condition },
  });

describe("compiled documents", () => {
  it("are kept, and in bounds, whatever documents there are", () => {
    const keys = Array.from({ length: 60 }, (_, index) => [`aws:RequestTag/${index}`, ["a*", "b"]]);
    const condition = { StringLike: Object.fromEntries(keys) as object };
    const before = usedMemory();
    for (let number = 0; number < 1500; number++) compile(document(number, condition));
    const taken = usedMemory() - before;
    assert.ok(taken < 64 * 1024 * 1024, `${taken} bytes`);
    assert.equal(compile(document(1499, condition)), compile(document(1499, condition)));
  });
});
