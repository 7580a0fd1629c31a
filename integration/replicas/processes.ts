import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The processes that this one has started and that still run. */
export const childrenOf = (parent: number): readonly number[] =>
  [...table()].filter(([, process]) => process.parent === parent && process.state !== "Z").map(([pid]) => pid);

/** Those of these processes that run; those that have ended but were not yet waited for do not. */
export function running(pids: readonly number[]): readonly number[] {
  const processes = table();
  return pids.filter((pid) => ![undefined, "Z"].includes(processes.get(pid)?.state));
}

/** Sends a signal to those of these processes that still run. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Resolves when none of these processes runs any more. */
export async function gone(pids: readonly number[]): Promise<void> {
  while (running(pids).length > 0) await moment();
}

/** Halts processes, and resolves when they stand still: a signal reaches a process only when it has its turn. */
export async function halt(pids: readonly number[]): Promise<void> {
  signal(pids, "SIGSTOP");
  while (!halted(pids)) await moment();
}

export function halted(pids: readonly number[]): boolean {
  const processes = table();
  return running(pids).every((pid) => processes.get(pid)!.state === "T");
}

/** The CPU time of processes and of the children that they have waited for, in seconds; Linux alone tells. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.flatMap((pid) => statOf(pid)?.slice(11, 15).map(Number) ?? []);
  return ticks.reduce((sum, value) => sum + value, 0) / 100;
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 5));

interface Process {
  readonly parent: number;
  /** As `ps` shows it, such as R, S, T or Z. */
  readonly state: string;
}

/** All processes, by their ids. */
function table(): ReadonlyMap<number, Process> {
  const processes = new Map<number, Process>();
  if (process.platform === "linux") {
    for (const name of readdirSync("/proc")) {
      const [state, parent] = /^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : [];
      if (state !== undefined) processes.set(Number(name), { parent: Number(parent), state });
    }
  } else {
    for (const line of execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" }).split("\n")) {
      const [pid, parent, state = ""] = line.trim().split(/\s+/);
      processes.set(Number(pid), { parent: Number(parent), state: state[0] ?? "" });
    }
  }
  return processes;
}

/** The fields of /proc/PID/stat after the name; the first is the state. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
