import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { checkRegisters, type Operation } from "./linearizability.ts";

type Row = readonly [
  client: string,
  kind: Operation["kind"],
  value: string | null,
  invoked: number,
  completed: number | null,
  key?: string,
];

interface Case {
  readonly name: string;
  readonly history: readonly Row[];
  /** Its lines; absent if the history is linearizable. */
  readonly counterexample?: readonly string[];
}

const cases = JSON.parse(readFileSync("integration/replicas/cases/linearizability.json", "utf8")) as readonly Case[];

describe("a history of registers", () => {
  for (const { name, history, counterexample } of cases) {
    it(`${counterexample ? "is not linearizable" : "is linearizable"} if ${name}`, () => {
      const operations = history.map((row) => operationOf(row));
      assert.deepEqual(checkRegisters(operations), counterexample ? [counterexample.join("\n")] : []);
    });
  }

  it("is judged as by trying all orders", () => {
    const [verdicts, runs] = [{ good: 0, bad: 0 }, 3_000];
    const check = (history: readonly Operation[]) => {
      const linearizable = checkRegisters(history).length === 0;
      verdicts[linearizable ? "good" : "bad"]++;
      assert.equal(linearizable, hasOrder(history, null, new Set()));
    };
    fc.assert(fc.property(fc.array(operation, { maxLength: 6 }), check), { numRuns: runs, seed: 18 });
    assert.ok(verdicts.good > runs / 10 && verdicts.bad > runs / 10, JSON.stringify(verdicts));
  });

  it("is linearizable if it comes from one register, however operations overlap, and not if one read is stale", () => {
    fc.assert(
      fc.property(fc.array(moments, { minLength: 200, maxLength: 400 }), (drawn) => {
        const history = lived(drawn);
        assert.deepEqual(checkRegisters(history), []);
        const stale = { ...history[0]!, kind: "read", value: null, invoked: 1e6, completed: 1e6 + 1 } as const;
        const late = { ...history[0]!, kind: "write", value: "late", invoked: 1e6 - 2, completed: 1e6 - 1 } as const;
        assert.equal(checkRegisters([...history, late, stale]).length, 1);
      }),
      { numRuns: 20, seed: 18 },
    );
  });
});

const operationOf = ([client, kind, value, invoked, completed, key = "k"]: Row): Operation => ({
  client,
  key,
  kind,
  value,
  invoked,
  completed,
});

const operation = fc
  .record({
    client: fc.constant("A"),
    key: fc.constant("k"),
    kind: fc.constantFrom("read" as const, "write" as const),
    value: fc.constantFrom("x", "y", null),
    invoked: fc.nat(10),
    duration: fc.nat(6),
    isKnown: fc.boolean(),
  })
  .map(({ duration, isKnown, ...rest }): Operation => {
    const isAnswered = isKnown || rest.kind === "read";
    return { ...rest, completed: isAnswered ? rest.invoked + duration : null };
  });

/** Whether the rest of a history can happen in some order: by definition, without any cleverness. */
function hasOrder(history: readonly Operation[], value: string | null, happened: ReadonlySet<Operation>): boolean {
  const rest = history.filter((one) => !happened.has(one));
  if (rest.every(({ completed }) => completed === null)) return true;
  const deadline = Math.min(...rest.map(({ completed }) => completed ?? Infinity));
  return rest
    .filter(({ kind, value: read, invoked }) => invoked <= deadline && (kind === "write" || read === value))
    .some((next) => hasOrder(history, next.value, new Set([...happened, next])));
}

const moments = fc.record({ isRead: fc.boolean(), before: fc.nat(40), after: fc.nat(40), outcome: fc.nat(9) });

/** What clients see of one register, whose operations happen one after the other, asked before and answered after that. */
function lived(drawn: readonly { isRead: boolean; before: number; after: number; outcome: number }[]): Operation[] {
  let value: string | null = null;
  return drawn.map(({ isRead, before, after, outcome }, i) => {
    const at = i * 10;
    if (!isRead && outcome !== 1) value = `v${i}`;
    return {
      client: `client ${i}`,
      key: "k",
      kind: isRead ? "read" : "write",
      invoked: at - before,
      value: isRead ? value : `v${i}`,
      // Of ten writes, one is lost and one happens, and nobody learns which.
      completed: !isRead && outcome < 2 ? null : at + after,
    };
  });
}
