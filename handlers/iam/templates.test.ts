import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { fillInDocument, fillInText } from "./templates.ts";

describe("templates", () => {
  it("have texts filled in, as often as a parameter stands in them", () => {
    assert.equal(fillInText("@{A}-@{B}-@{A}", { A: "a", B: "$&" }), "a-$&-a");
    assert.equal(fillInText("plain ${aws:username} @A {A}", {}), "plain ${aws:username} @A {A}");
    assert.equal(fillInText("@{L}", { L: ["x", "y"] }), "x,y");
  });

  it("have documents filled in, names of members as well, in the order they are written", () => {
    assert.equal(
      fillInDocument('{"b":"@{A}","a":[{"@{A}/x":1}],"c":true,"d":null}', { A: "a" }),
      '{"b":"a","a":[{"a/x":1}],"c":true,"d":null}',
    );
  });

  it("have lists in the place of a text, or among others", () => {
    const L = ["x", "y"];
    assert.equal(
      fillInDocument('{"a":"@{L}","b":["w","@{L}"],"c":"is @{L}"}', { L }),
      '{"a":["x","y"],"b":["w","x","y"],"c":"is x,y"}',
    );
  });

  it("let no value out of its text", () => {
    const A = '","Action":"*","x":"\\';
    assert.deepEqual(JSON.parse(fillInDocument('{"Resource":"@{A}"}', { A })), { Resource: A });
  });

  it("do not fill in what values bring along", () => {
    assert.equal(fillInText("@{A}", { A: "@{B}", B: "b" }), "@{B}");
  });

  for (const name of ["Missing", "constructor", "__proto__"]) {
    it(`refuse a parameter without a value: ${name}`, () => {
      for (const fill of [
        fillInText,
        (text: string, values: object) => fillInDocument(JSON.stringify([text]), values as never),
      ]) {
        assert.throws(() => fill(`@{${name}}`, {}), {
          code: "InvalidInput",
          wireMessage: `A value for the parameter ${name} is required.`,
        });
      }
    });
  }
});
