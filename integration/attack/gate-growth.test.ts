import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { send } from "../bench/load.ts";
import { createUser } from "../fixtures.ts";
import { beforeService } from "../gate/before-service.ts";
import { mixedCalls, STATEMENTS } from "../gate/mixed-calls.ts";
import { upstream } from "../gate/upstream.ts";
import { usedMemory } from "../used-memory.ts";

describe("memory", () => {
  const behind = upstream();
  const gate = beforeService(async () => ({ origin: behind.origin, close: async () => {} }));

  it("does not grow with the number of calls through the gate, once trail and caches are full", async () => {
    const { credentials } = await createUser(gate, "caller", { statements: STATEMENTS });
    const port = Number(new URL(gate.endpoint).port);
    const calls = mixedCalls(port, credentials);
    let passing = 0;
    let count = 0;
    const ask = async (last: number) => {
      while (count < last) {
        const { outgoing, status } = calls[count++ % calls.length]!;
        if (status === 200) passing++;
        assert.equal(await send(port, outgoing), status, JSON.stringify(outgoing).slice(0, 300));
      }
    };
    const clients = (last: number) => Promise.all(Array.from({ length: 8 }, () => ask(last)));
    await clients(2_200);
    behind.forget();
    const before = usedMemory();
    await clients(4_400);
    assert.equal(behind.requests.length, passing / 2);
    behind.forget();
    const grown = usedMemory() - before;
    assert.ok(grown < 1_000_000, `${grown} bytes`);
  }).timeout(120_000);
});
