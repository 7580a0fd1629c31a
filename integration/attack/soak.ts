import { readFileSync } from "node:fs";
import { send } from "../bench/load.ts";
import { MIXED } from "./mixed-load.ts";
import { serverAttack } from "./server-attack.ts";

const CLIENTS = 8;
/** The share of all turns, or of the time, in which the trail and caches fill and V8 compiles. */
const WARM_UP = 0.2;
/** Milliseconds. */
const TEN_MINUTES = 600_000;
const FEW_TURNS = 800;
/** The factor by which memory may still grow: V8 keeps what it has freed for a while. */
const STILL_FLAT = 1.25;

/**
 * Requests of all sorts for ten minutes: users, policies and sessions are created and deleted, and memory must stay
 * flat.
 */
export const soak = serverAttack("Ten minutes of mixed requests", async ({ endpoint, pid }, scale) => {
  const port = Number(new URL(endpoint).port);
  const began = performance.now();
  let turns = 0;
  let requests = 0;
  let warm: number | undefined;
  const done = () => (scale === "full" ? (performance.now() - began) / TEN_MINUTES : turns / FEW_TURNS);
  const client = async () => {
    while (done() < 1) {
      const turn = turns++;
      for (const outgoing of MIXED[turn % MIXED.length]!(port, turn)) {
        await send(port, outgoing);
        requests++;
      }
      if (warm === undefined && done() > WARM_UP) warm = residentMemory(pid);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const last = residentMemory(pid);
  const grown = scale === "full" && last > STILL_FLAT * warm!;
  return {
    done: `${requests.toLocaleString("en")} requests; ${warm!.toFixed(0)} MiB after a fifth of them, ${last.toFixed(0)} MiB at the end`,
    failures: grown ? [`the memory grew from ${warm!.toFixed(0)} to ${last.toFixed(0)} MiB`] : [],
  };
});

/** The current resident memory of a process, in MiB; only Linux reports it. */
function residentMemory(pid: number): number {
  const status = process.platform === "linux" ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
