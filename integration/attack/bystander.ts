import { request } from "node:http";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { sign } from "../bench/load.ts";

/** What a client saw that sent one request after the other. */
export interface Seen {
  /** In milliseconds. */
  readonly longestWait: number;
  /** What it got instead of answers, in words. */
  readonly unanswered: readonly string[];
}

// A worker that calls GetCallerIdentity at the emulator at `workerData`, on a new connection each time, until it is
// asked for what it saw.
const port = Number(new URL(workerData as string).port);
const unanswered: string[] = [];
let longestWait = 0;
do {
  const began = performance.now();
  const status = await ask().catch((cause: Error) => cause.message);
  if (status !== 200) unanswered.push(`somebody else got ${status}`);
  longestWait = Math.max(longestWait, performance.now() - began);
} while (receiveMessageOnPort(parentPort!) === undefined);
parentPort!.postMessage({ longestWait, unanswered } satisfies Seen);

function ask(): Promise<number> {
  const root = { accessKeyId: "test", secretAccessKey: "test" };
  const { method, path, headers, body } = sign(port, "sts", { Action: "GetCallerIdentity" }, root);
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode!));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
