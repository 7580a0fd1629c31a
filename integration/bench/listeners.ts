import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHistogram } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { cpuSeconds, exchange, sign, startSubject, stopSubject, type Credentials, type Subject } from "./load.ts";
import { BIN } from "./starts.ts";
import { say, table } from "./table.ts";

// A part of `npm run bench`, or alone: `node dist/integration/bench/listeners.js`. How soon pages that listen to the trail are
// told of a request, what a listener costs, and whether killed ones are let go. All listeners are in this process: that it
// reads them one after the other is in the times.

const LISTENERS = 200;
const REQUESTS = process.argv.includes("--quick") ? 50 : 200;
/** Enough for the code of all this to be compiled before it counts. */
const FIRST_REQUESTS = 3_000;

/** A connection that is told of requests. */
interface Listener {
  readonly response: IncomingMessage;
  /** Called with the id of each request as it is told. */
  heard: (requestId: string) => void;
}

const ROOT: Credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** Prints the latency from a request to its event beside one listener and many, a listener's memory, and what killed ones leave. */
export async function measureListeners(port: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "iam-local-listeners-"));
  const answer = join(folder, "memory");
  const args = ["--expose-gc", "--import", tellingMemory(answer), BIN, "start", "--port", String(port)];
  const subject = await startSubject("iam-local", process.execPath, args, port, "/_emulator/health");
  try {
    await measureAt(subject, () => memoryOf(subject, answer));
  } finally {
    await stopSubject(subject);
    rmSync(folder, { recursive: true });
  }
}

async function measureAt(subject: Subject, memory: () => Promise<number>): Promise<void> {
  const ask = async () => {
    const { text } = await exchange(subject.port, sign(subject.port, "sts", { Action: "GetCallerIdentity" }, ROOT));
    return /<RequestId>([^<]+)/.exec(text)![1]!;
  };
  for (let i = 0; i < FIRST_REQUESTS; i++) await ask();
  const sockets = socketsOf(subject);
  const one = await listen(subject, 1, await ask());
  const ofOne = await measured(one, subject, ask);
  const before = await memory();
  const all = [...one, ...(await listen(subject, LISTENERS - 1, await ask()))];
  await tell(all, ask, () => {});
  const kibibytes = ((await memory()) - before) / 1024 / (LISTENERS - 1);
  const ofAll = await measured(all, subject, ask);
  const open = socketsOf(subject) - sockets;
  for (const { response } of all) response.destroy();
  table(
    `Pages that listen to the trail (${REQUESTS} requests, one after the other; ms from a request to its event, which waits 50 ms for others)`,
    ["listeners", "p50", "p99", "max", "server CPU us per request"],
    [ofOne, ofAll],
  );
  say(
    `\nA listener takes ${kibibytes.toFixed(1)} KiB. Sockets of ${LISTENERS} listeners: ${open}, and ${await socketsLeft(subject, sockets)} once they are killed`,
  );
}

/** What lets a process write the bytes that it uses, after a collection of garbage, to a file when it gets a signal. */
const tellingMemory = (file: string): string =>
  `data:text/javascript,${encodeURIComponent(`
    import { renameSync, writeFileSync } from "node:fs";
    process.on("SIGUSR2", () => {
      gc();
      const { heapUsed, external } = process.memoryUsage();
      writeFileSync(${JSON.stringify(`${file}-new`)}, String(heapUsed + external));
      renameSync(${JSON.stringify(`${file}-new`)}, ${JSON.stringify(file)});
    });`)}`;

async function memoryOf({ process: { pid } }: Subject, file: string): Promise<number> {
  process.kill(pid!, "SIGUSR2");
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5));
  const bytes = Number(readFileSync(file, "utf8"));
  rmSync(file);
  return bytes;
}

/** Opens listeners, for what comes after a request, and resolves once all listen. */
const listen = ({ port }: Subject, count: number, after: string): Promise<Listener[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const path = `/console/emulator/trail-stream?after=${after}`;
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ host: "127.0.0.1", port, path, agent: false }, resolve).on("error", reject);
      });
      if (response.statusCode !== 200) throw new Error(`a listener was answered ${response.statusCode}`);
      const listener: Listener = { response, heard: () => {} };
      response.on("error", () => {});
      response.setEncoding("utf8").on("data", (text: string) => {
        for (const [, requestId] of text.matchAll(/^id: (.*)$/gm)) listener.heard(requestId!);
      });
      return listener;
    }),
  );

/** Makes one request and resolves once all have been told of it; `told` gets the milliseconds of each since it was sent. */
async function tell(listeners: readonly Listener[], ask: () => Promise<string>, told: (ms: number) => void) {
  const began = performance.now();
  const heard = listeners.map(
    (listener) =>
      new Promise<string>((resolve) => {
        listener.heard = (requestId) => {
          told(performance.now() - began);
          resolve(requestId);
        };
      }),
  );
  const requestId = await ask();
  const others = (await Promise.all(heard)).filter((id) => id !== requestId);
  if (others.length > 0) throw new Error(`${others.length} listeners were told of another request`);
}

/** A row of the table. */
async function measured(listeners: readonly Listener[], subject: Subject, ask: () => Promise<string>) {
  const microseconds = createHistogram();
  const cpu = cpuSeconds(subject.process.pid!);
  for (let i = 0; i < REQUESTS; i++) {
    await tell(listeners, ask, (ms) => microseconds.record(Math.max(1, Math.round(ms * 1000))));
  }
  const spent = ((cpuSeconds(subject.process.pid!) - cpu) / REQUESTS) * 1e6;
  return [String(listeners.length), ...[50, 99, 100].map((p) => microseconds.percentile(p) / 1000), spent];
}

/** How many sockets a process has open. */
function socketsOf({ process: { pid } }: Subject): number {
  const folder = `/proc/${pid}/fd`;
  const targets = readdirSync(folder).map((name) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      // Closed meanwhile.
      return "";
    }
  });
  return targets.filter((target) => target.startsWith("socket:")).length;
}

/** How many sockets there still are beyond `most`, as soon as there are none, or after ten seconds. */
async function socketsLeft(subject: Subject, most: number): Promise<number> {
  const until = performance.now() + 10_000;
  while (socketsOf(subject) > most && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return Math.max(0, socketsOf(subject) - most);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measureListeners(4607);
