import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { send } from "../bench/load.ts";
import { clientsOf } from "../emulator.ts";
import { createUser } from "../fixtures.ts";
import { mixedCalls, STATEMENTS } from "../gate/mixed-calls.ts";
import type { EmulatorProcess } from "../process.ts";
import type { IamLocal } from "../../server/index.ts";
import { deadlineOf, type Attack, type Result, type Scale } from "./attack-kind.ts";
import { serverAttack } from "./server-attack.ts";

const CLIENTS = 16;
/** A signature of a call is good for five minutes. */
const SIGNED_FOR_MS = 60_000;
/** What the process may still grow by, in MiB, once a fifth of the calls is done. */
const GROWTH = 100;

/** Calls that pass and calls that do not, in turns: each is answered as it should be, and the service gets those that pass alone. */
export const gated: Attack = {
  name: "Mixed calls through the gate",
  async run(scale) {
    let received = 0;
    const service = createServer((message, response) => {
      received++;
      message.resume().on("end", () => response.end("{}"));
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const to = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    try {
      const attack = serverAttack(gated.name, (target, at) => call(target, at, () => received), {
        args: ["--gate-port", "0", "--gate-to", to],
      });
      return await attack.run(scale);
    } finally {
      service.closeAllConnections();
      service.close();
    }
  },
};

async function call(
  { endpoint, output, pid }: EmulatorProcess,
  scale: Scale,
  received: () => number,
): Promise<Pick<Result, "done" | "failures">> {
  const count = scale === "full" ? 1_000_000 : 3_000;
  const deadline = scale === "full" ? Infinity : deadlineOf(scale);
  const port = Number(/gate {7}http:\/\/127\.0\.0\.1:(\d+)/.exec(output.stdout)![1]);
  const caller = await callerAt(endpoint);
  const failures = new Set<string>();
  let calls = mixedCalls(port, caller);
  let signedAt = performance.now();
  let sent = 0;
  let passing = 0;
  let before: number | undefined;
  const worker = async () => {
    while (sent < count && performance.now() < deadline) {
      if (performance.now() - signedAt > SIGNED_FOR_MS) {
        calls = mixedCalls(port, caller);
        signedAt = performance.now();
      }
      const { outgoing, status } = calls[sent++ % calls.length]!;
      if (status === 200) passing++;
      const answered = await send(port, outgoing).catch((cause: Error) => cause.message);
      if (answered !== status)
        failures.add(`${outgoing.method} ${outgoing.path.slice(0, 40)}: ${answered}, not ${status}`);
      if (sent > count / 5) before ??= residentMemory(pid);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, worker));
  if (received() !== passing) failures.add(`the service received ${received()} calls, ${passing} should have passed`);
  const grown = residentMemory(pid) - (before ?? 0);
  if (grown > GROWTH) failures.add(`the process has grown by ${grown.toFixed(0)} MiB`);
  return { done: `${sent.toLocaleString("en")} calls`, failures: [...failures] };
}

async function callerAt(endpoint: string) {
  const server = { endpoint, rootCredentials: { accessKeyId: "test", secretAccessKey: "test" } } as IamLocal;
  const { destroy, ...clients } = clientsOf(() => server);
  const { credentials } = await createUser({ server, ...clients }, "caller", { statements: STATEMENTS });
  destroy();
  return credentials;
}

/** In MiB; Linux alone tells. */
function residentMemory(pid: number): number {
  const status = process.platform === "linux" ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
