import assert from "node:assert/strict";
import { isoBasic, parseHttpDate, parseIsoBasic } from "./timestamp.ts";

const TIME = Date.UTC(2024, 1, 29, 23, 59, 58);

describe("isoBasic", () => {
  it("writes whole seconds and cuts off the rest", () => {
    assert.equal(isoBasic(TIME), "20240229T235958Z");
    assert.equal(isoBasic(TIME + 999), "20240229T235958Z");
  });
});

describe("parseIsoBasic", () => {
  it("reads what isoBasic writes", () => {
    assert.deepEqual(parseIsoBasic("20240229T235958Z"), { time: TIME, text: "20240229T235958Z" });
  });

  for (const text of [
    "20230229T235958Z",
    "20240431T000000Z",
    "20240001T000000Z",
    "20241301T000000Z",
    "20240100T000000Z",
    "20240101T240000Z",
    "20240101T006000Z",
    "20240101T000060Z",
    "20240101T0000000",
    "20240101 000000Z",
    "2024010aT000000Z",
    "-0240101T000000Z",
    " 20240101T000000Z",
    "20240101T000000+00",
    "",
  ]) {
    it(`does not read '${text}'`, () => assert.equal(parseIsoBasic(text), undefined));
  }
});

describe("parseHttpDate", () => {
  it("reads an HTTP date", () => {
    assert.deepEqual(parseHttpDate("Thu, 29 Feb 2024 23:59:58 GMT"), { time: TIME, text: "20240229T235958Z" });
  });

  for (const text of [
    "Fri, 29 Feb 2024 23:59:58 GMT",
    "Thu, 29 Feb 2024 23:59:58 +0100",
    "Thu Feb 29 2024",
    "2024-02-29T23:59:58Z",
    "Invalid Date",
    "",
  ]) {
    it(`does not read '${text}'`, () => assert.equal(parseHttpDate(text), undefined));
  }
});
