import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { CLI, withProcess, type EmulatorProcess } from "../process.ts";
import type { Attack, Result, Scale } from "./attack-kind.ts";
import type { Seen } from "./bystander.ts";

/** What an attack does to a running emulator. Resolves with how much that was, and which answers were wrong. */
export type Work = (target: EmulatorProcess, scale: Scale) => Promise<Pick<Result, "done" | "failures">>;

/**
 * An attack on an emulator in a process of its own, which should hold out: meanwhile somebody else asks it who they are, on a
 * new connection each time; afterwards it should stop when told to, whatever is still open, having said nothing of failures.
 * `shell` goes before its command, such as a limit that it runs under; `args` are flags of it.
 */
export const serverAttack = (
  name: string,
  work: Work,
  { shell = "", args = [] }: { readonly shell?: string; readonly args?: readonly string[] } = {},
): Attack => ({
  name,
  async run(scale) {
    const failures: string[] = [];
    let result: Result | undefined;
    let told = 0;
    const command = ["-c", `${shell} exec "$0" "$@"`, process.execPath, CLI, "start", "--port", "0", ...args];
    const { code, stderr } = await withProcess("/bin/sh", command, {}, async (target) => {
      const watch = watchAs(target.endpoint);
      const { done, failures: found } = await work(target, scale);
      const { longestWait, unanswered } = await watch.end();
      failures.push(...found, ...unanswered);
      result = { done, failures, longestWait, peakMemory: peakMemory(target.pid) };
      told = performance.now();
    });
    if (code !== 0) failures.push(`the process ended with ${code}`);
    if (stderr !== "") failures.push(`it said: ${stderr.slice(0, 300)}`);
    return { ...result!, stopping: performance.now() - told };
  },
});

/** Another client, in its own thread, which sends one request after the other until `end`. */
function watchAs(endpoint: string) {
  const worker = new Worker(new URL("./bystander.js", import.meta.url), { workerData: endpoint });
  return {
    async end(): Promise<Seen> {
      worker.postMessage("end");
      const [seen] = (await once(worker, "message")) as [Seen];
      return seen;
    },
  };
}

/** The peak resident memory of a process, in MiB; only Linux reports it. */
function peakMemory(pid: number): number {
  const status = process.platform === "linux" ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
