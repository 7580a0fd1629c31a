import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { Clock } from "../../data/clock.ts";
import { collections } from "../../data/entities/collections.ts";
import { memoryStore } from "../../data/store.ts";
import { TwiceStore } from "../../integration/replicas/twice-store.ts";
import { Tickets } from "./tickets.ts";

interface Value {
  readonly expiresAt: number;
}

describe("what is remembered under the id of a browser", () => {
  let now: number;
  let emulation: ConstructorParameters<typeof Tickets>[1];
  let tickets: Tickets<Value>;
  beforeEach(() => {
    now = 0;
    emulation = { store: memoryStore(collections), clock: new Clock(() => now) };
    tickets = new Tickets("value", emulation);
  });

  it("is there until it expires, and then gone for good", async () => {
    const value = { expiresAt: 1000 };
    await tickets.set("id", value);
    assert.equal(tickets.get("id", 999), value);
    assert.equal(tickets.get("id", 1000), undefined);
    assert.equal(tickets.get("id", 999), undefined, "a clock that is moved back brings nothing back");
  });

  it("is of its kind, and of ten thousand: those that end first make room", async () => {
    const others = new Tickets<Value>("other", emulation);
    for (let i = 10_000; i > 0; i--) await tickets.set(String(i), { expiresAt: i });
    await others.set("1", { expiresAt: 1 });
    await tickets.set("2", { expiresAt: 20_000 });
    assert.ok(tickets.get("1", 0), "what is there already takes no room");
    await tickets.set("one more", { expiresAt: 5 });
    assert.equal(tickets.get("1", 0), undefined);
    assert.ok(others.get("1", 0));
    assert.ok(tickets.get("2", 0) && tickets.get("3", 0) && tickets.get("one more", 0));
  });

  it("makes room as it expires, as soon as something new comes", async () => {
    await tickets.set("old", { expiresAt: 1000 });
    now = 1000;
    await tickets.set("new", { expiresAt: 2000 });
    assert.equal(tickets.get("old", 999), undefined);
  });

  it("is taken by one of those who ask for it at the same time", async () => {
    const shared = new Tickets<Value>("value", { ...emulation, store: new TwiceStore(memoryStore(collections)) });
    const value = { expiresAt: 1000 };
    await shared.set("id", value);
    assert.deepEqual(await Promise.all([shared.take("id", 0), shared.take("id", 0)]), [value, undefined]);
    assert.equal(await shared.take("id", 0), undefined);
  });

  it("is replaced only while it is there", async () => {
    const later = ({ expiresAt }: Value) => ({ expiresAt: expiresAt + 1 });
    assert.equal(await tickets.replace("id", 0, later), undefined);
    await tickets.set("id", { expiresAt: 1000 });
    assert.deepEqual(await tickets.replace("id", 0, later), { expiresAt: 1001 });
    await tickets.delete("id");
    assert.equal(await tickets.replace("id", 0, later), undefined);
    assert.equal(tickets.get("id", 0), undefined);
  });
});
