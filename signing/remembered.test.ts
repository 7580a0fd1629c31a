import assert from "node:assert/strict";
import { remembered } from "./remembered.ts";

describe("remembered", () => {
  it("reads a text once", () => {
    let times = 0;
    const read = remembered((text) => ({ text, time: ++times }));
    assert.equal(read("a"), read("a"));
    assert.equal(times, 1);
  });

  it("takes no text for another, also where their letters have the same lower bytes", () => {
    const read = remembered((text) => ({ text }));
    for (const text of ["\u0141\u0142", "AB", "\u0141B", "\ud800", "\ufffd", "\0", "\u0100"]) {
      assert.equal(read(text).text, text);
      assert.equal(read(text).text, text);
    }
  });

  it("reads again what has failed", () => {
    let times = 0;
    const read = remembered((): object => {
      throw new Error(String(++times));
    });
    assert.throws(() => read("a"), /^Error: 1$/);
    assert.throws(() => read("a"), /^Error: 2$/);
  });

  it("keeps no long text and no more than 500", () => {
    let times = 0;
    const read = remembered((text) => ({ text, time: ++times }));
    const long = "a".repeat(1025);
    assert.notEqual(read(long), read(long));
    const first = read("0");
    for (let i = 1; i < 500; i++) read(String(i));
    assert.equal(read("0"), first);
    read("500");
    assert.notEqual(read("0"), first);
  });
});
