import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { send } from "../bench/load.ts";
import { emulator } from "../emulator.ts";
import { usedMemory } from "../used-memory.ts";
import { MIXED } from "./mixed-load.ts";

describe("memory", () => {
  const emu = emulator();

  it("does not grow with the number of requests, once trail and caches are full", async () => {
    const port = Number(new URL(emu.server.endpoint).port);
    emu.server.clock.real();
    let count = 0;
    const ask = async (last: number) => {
      while (count < last) {
        const turn = count++;
        for (const outgoing of MIXED[turn % MIXED.length]!(port, turn)) await send(port, outgoing);
      }
    };
    const clients = (last: number) => Promise.all(Array.from({ length: 8 }, () => ask(last)));
    await clients(1_200);
    const before = usedMemory();
    await clients(2_400);
    const grown = usedMemory() - before;
    assert.ok(grown < 1_000_000, `${grown} bytes`);
  }).timeout(120_000);
});
