import type { ChildProcess } from "node:child_process";
import { clientsOf, type Emulator } from "../emulator.ts";
import { CLI, exitOf, launch, listening } from "../process.ts";
import { freePort } from "./free-port.ts";
import { lastWill, type LastWill } from "./last-will.ts";
import { signal } from "./processes.ts";

/** An emulator in a process of its own, which can be killed and comes back at the same port, and SDK clients of it. */
export interface Replica extends Pick<Emulator, "iam" | "sts"> {
  readonly endpoint: string;
  readonly port: number;
  readonly pid: () => number;
  /** What it has said to standard error, in all its lives. */
  readonly complaints: () => string;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with its exit code, once it has ended. */
  readonly stop: () => Promise<number | null>;
  /** Starts it after `kill` or `stop`, as often as it takes, as whoever keeps services running does. */
  readonly restart: () => Promise<void>;
  /** SIGSTOP: its connections stay, nothing is answered. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Asks the control plane: a JSON body is posted. Resolves with its answer. */
  readonly control: (path: string, body?: unknown) => Promise<unknown>;
}

/** Without an answer for that long, a client gives up: replicas stand still for seconds only. */
export const PATIENCE = { requestTimeout: 20_000, throwOnRequestTimeout: true };

interface Life {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly will: LastWill;
}

/** Root's keys of an emulator that was not told any. */
export const ROOT = { accessKeyId: "test", secretAccessKey: "test" };

/** Starts `iam-local start` with these flags. It ends with the process that started it. */
export async function startReplica(flags: readonly string[]): Promise<Replica> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  let complaints = "";
  const begin = async (): Promise<Life> => {
    const { child, output } = launch(process.execPath, [CLI, "start", "--port", String(port), ...flags], {});
    child.stderr.on("data", (text: string) => (complaints += text));
    const ended = exitOf(child);
    const will = lastWill(`kill -KILL "$1"`, [String(child.pid)]);
    void ended.then(will.revoke);
    await listening(child, output, ended);
    return { child, ended, will };
  };
  let life = await begin();
  const end = async (name: NodeJS.Signals) => {
    life.child.kill(name);
    return await life.ended;
  };
  const { iam, sts } = clientsOf(() => ({ endpoint, rootCredentials: ROOT }), { requestHandler: PATIENCE });
  return {
    endpoint,
    port,
    iam,
    sts,
    pid: () => life.child.pid!,
    complaints: () => complaints,
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    async restart() {
      for (let tries = 1; ; tries++) {
        try {
          life = await begin();
          return;
        } catch (cause) {
          if (tries === MOST_STARTS) throw cause;
        }
      }
    },
    pause: () => signal([life.child.pid!], "SIGSTOP"),
    resume: () => signal([life.child.pid!], "SIGCONT"),
    async control(path, body) {
      const posted = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
      const response = await fetch(`${endpoint}/_emulator${path}`, body === undefined ? {} : posted);
      const text = await response.text();
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
      return JSON.parse(text);
    },
  };
}

const MOST_STARTS = 100;
