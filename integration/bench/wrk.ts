import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuSeconds, type Measurement, type Outgoing, type Subject } from "./load.ts";

// Load from wrk, which spends far less on a request than a node client. So the server is the bottleneck, and is woken
// for many requests at a time, as a busy server is. `measure` (load.ts) shows a server that waits for its client.

/** How many requests are signed beforehand; wrk sends them in a cycle. */
const SIGNED = 3_000;
const CONNECTIONS = 16;

/** Reads requests, separated by NUL, from the file that it is given. */
const SCRIPT = `
local requests, at = {}, 0
function init(arguments)
  local file = io.open(arguments[1], "rb")
  for text in (file:read("*a")):gmatch("([^%z]+)%z") do requests[#requests + 1] = text end
  file:close()
end
function request()
  at = at % #requests + 1
  return requests[at]
end
`;

export function hasWrk(): boolean {
  try {
    execFileSync("which", ["wrk"], { stdio: "ignore" });
    return true;
  } catch {
    console.log("wrk is not installed: nothing is measured with it");
    return false;
  }
}

/** Loads a server for a number of seconds with requests that all differ and are all signed. */
export class Wrk {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    writeFileSync(this.#script, SCRIPT);
  }

  get #script(): string {
    return join(this.#folder, "walk.lua");
  }

  measure({ port, process }: Subject, seconds: number, next: () => Outgoing): Measurement {
    const file = join(this.#folder, `requests-${port}`);
    writeFileSync(file, Array.from({ length: SIGNED }, () => `${onTheWire(next())}\0`).join(""));
    const before = cpuSeconds(process.pid!);
    const load = [
      "-t1",
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      "-s",
      this.#script,
      `http://127.0.0.1:${port}/`,
      "--",
      file,
    ];
    const said = execFileSync("wrk", load, { encoding: "utf8" });
    const count = Number(/(\d+) requests in/.exec(said)![1]);
    return {
      requestsPerSecond: count / seconds,
      cpuMicroseconds: ((cpuSeconds(process.pid!) - before) / count) * 1e6,
      failures: Number(/Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1] ?? 0),
    };
  }
}

function onTheWire({ method, path, headers, body = "" }: Outgoing): string {
  const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(body) });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}
