import { fileURLToPath } from "node:url";
import { send, sign, startSubject, stopSubject, type Credentials } from "./load.ts";
import { median } from "./table.ts";

export const BIN = fileURLToPath(new URL("../../bin/iam-local.js", import.meta.url));
export const BARE = fileURLToPath(new URL("./bare-server.js", import.meta.url));

/** Median times of fresh starts, of the bare server and the emulator in turn: rows of a table. */
export async function startTimes(port: number, starts: number, root: Credentials): Promise<(string | number)[][]> {
  const times: Record<"bare" | "health" | "request", number[]> = { bare: [], health: [], request: [] };
  for (let round = 0; round < starts; round++) {
    const bare = await startSubject("bare", process.execPath, [BARE, String(port)], port, "/");
    times.bare.push(bare.startedMs);
    await stopSubject(bare);
    const began = performance.now();
    const args = [BIN, "start", "--port", String(port)];
    const ours = await startSubject("iam-local", process.execPath, args, port, "/_emulator/health");
    times.health.push(ours.startedMs);
    await send(port, sign(port, "sts", { Action: "GetCallerIdentity" }, root));
    times.request.push(performance.now() - began);
    await stopSubject(ours);
  }
  const of = (values: number[]) => median(values, (value) => value);
  const bare = of(times.bare);
  return [
    ["bare node:http", bare, "-"],
    ["iam-local", of(times.health), of(times.request)],
    ["times bare", of(times.health) / bare, of(times.request) / bare],
  ];
}
