import assert from "node:assert/strict";
import * as fc from "fast-check";
import { fileBackend } from "../../data/file-backend.ts";
import { fold } from "../../data/stored-state.ts";
import {
  collection,
  memoryBackend,
  openStore,
  refuse,
  type Backend,
  type LocalStore,
  type Transaction,
} from "../../data/store.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

interface Thing {
  readonly group: string;
  readonly name: string;
  readonly colour?: string;
  readonly value: number;
}
const things = collection("things", (t: Thing) => [t.group, t.name], {
  colour: (t) => (t.colour === undefined ? undefined : [t.colour]),
});

/** A simple model of the store's content: things by key. */
type Model = Map<string, Thing>;

const keyOf = (group: string, name: string): string => JSON.stringify([group, name]);
const byKey = (a: Thing, b: Thing): number =>
  a.group < b.group ? -1 : a.group > b.group ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
const colourOf = (t: Thing): string => t.colour ?? "";
const byColour = (a: Thing, b: Thing): number =>
  colourOf(a) < colourOf(b) ? -1 : colourOf(a) > colourOf(b) ? 1 : byKey(a, b);

const group = fc.constantFrom("", "a", "ab", "b");
const name = fc.constantFrom("x", "x!", "xy", "y", "ä");
const colour = fc.option(fc.constantFrom("red", "redder", "blue"), { nil: undefined });
const thing: fc.Arbitrary<Thing> = fc
  .record({ group, name, colour, value: fc.nat(9) })
  .map(({ colour: c, ...rest }) => (c === undefined ? rest : { ...rest, colour: c }));

const write = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), thing }),
  fc.record({ kind: fc.constant("delete" as const), group, name }),
);
type Write = typeof write extends fc.Arbitrary<infer W> ? W : never;

const writes = fc.array(write, { maxLength: 6 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("commit" as const), writes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("throw" as const), writes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("refuse" as const), writes, kept: writes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reset" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const) }) },
);

function write1(tx: Transaction, model: Model, change: Write): void {
  if (change.kind === "put") {
    tx.put(things, change.thing);
    model.set(keyOf(change.thing.group, change.thing.name), change.thing);
  } else {
    assert.equal(tx.delete(things, change.group, change.name), model.delete(keyOf(change.group, change.name)));
  }
}

/** Every reading method must answer as the model does. */
function compare(tx: Transaction, model: Model): void {
  const all = [...model.values()].sort(byKey);
  assert.deepEqual([...tx.list(things, [])], all);
  assert.equal(tx.count(things), all.length);
  for (const g of ["", "a", "ab", "b", "c"]) {
    const inGroup = all.filter((t) => t.group === g);
    assert.deepEqual([...tx.list(things, [g])], inGroup);
    assert.equal(tx.count(things, g), inGroup.length);
    assert.deepEqual(
      [...tx.list(things, [g], [g, "x!"])],
      inGroup.filter((t) => t.name > "x!"),
    );
    assert.deepEqual(tx.get(things, g, "x"), model.get(keyOf(g, "x")));
  }
  const coloured = all.filter((t) => t.colour !== undefined).sort(byColour);
  assert.deepEqual([...tx.listBy(things, "colour", [])], coloured);
  for (const c of ["red", "redder", "green"]) {
    const ofColour = coloured.filter((t) => t.colour === c);
    assert.deepEqual([...tx.listBy(things, "colour", [c])], ofColour);
    assert.deepEqual(tx.find(things, "colour", c), ofColour[0]);
  }
}

class Thrown extends Error {}

describe("A store does what a plain map does", () => {
  const places: Record<string, () => { open(): Backend; readonly keeps: boolean }> = {
    memory: () => ({ open: memoryBackend, keeps: false }),
    files: () => {
      const disk = new SimulatedDisk();
      return { open: () => fileBackend(disk, { fold, foldBeyond: 400 }), keeps: true };
    },
  };
  for (const [where, newPlace] of Object.entries(places)) {
    it(`on ${where}, through random transactions, throws, refusals, resets, restarts and crashes`, async function () {
      this.timeout(30_000);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const place = newPlace();
          const open = async () => await openStore({ collections: [things], backend: place.open(), later: () => {} });
          let store: LocalStore = await open();
          let model: Model = new Map();
          for (const s of steps) {
            switch (s.kind) {
              case "commit":
                store.transact((tx) => s.writes.forEach((change) => write1(tx, model, change)));
                break;
              case "throw":
              case "refuse": {
                const attempt = new Map(model);
                const error = new Thrown();
                assert.throws(
                  () =>
                    store.transact((tx) => {
                      s.writes.forEach((change) => write1(tx, attempt, change));
                      compare(tx, attempt);
                      if (s.kind === "throw") throw error;
                      throw refuse(error, (again) => s.kept.forEach((change) => write1(again, model, change)));
                    }),
                  (thrown) => thrown === error,
                );
                break;
              }
              case "reset":
                store.reset();
                model.clear();
                break;
              case "wait":
                await store.durable();
                break;
              case "restart":
              case "crash":
                await store.durable();
                if (s.kind === "restart") await store.close();
                store = await open();
                if (!place.keeps) model = new Map();
                break;
            }
            store.transact((tx) => compare(tx, model));
          }
        }),
        { numRuns: 150 },
      );
    });
  }
});
