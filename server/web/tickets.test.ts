import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Tickets } from "./tickets.ts";

describe("what is remembered under the id of a browser", () => {
  it("is there until it expires, and then gone for good", () => {
    const tickets = new Tickets<{ readonly expiresAt: number }>();
    const value = { expiresAt: 1000 };
    tickets.set("id", value);
    assert.equal(tickets.get("id", 999), value);
    assert.equal(tickets.get("id", 1000), undefined);
    assert.equal(tickets.get("id", 999), undefined, "a clock that is moved back brings nothing back");
  });

  it("is of the last ten thousand", () => {
    const tickets = new Tickets<{ readonly expiresAt: number }>();
    for (let i = 0; i < 10_000; i++) tickets.set(String(i), { expiresAt: Infinity });
    assert.ok(tickets.get("0", 0));
    tickets.set("one more", { expiresAt: Infinity });
    assert.equal(tickets.get("0", 0), undefined);
    assert.ok(tickets.get("1", 0) && tickets.get("one more", 0));
  });
});
