import type { IncomingMessage, ServerResponse } from "node:http";
import { sendWhole } from "./ending.ts";
import type { Options } from "../options.ts";
import type { Upstreams } from "./upstreams.ts";

/** What the gate says of itself, but for its upstreams. */
export interface GateHealth {
  /** Whether it can decide anything. */
  readonly status: "ok" | "failed";
  readonly version: string;
  /** Where the decisions come from: the emulator's address, or that it is in this process. */
  readonly iam: string;
  readonly unmapped: "refuse" | "pass";
  readonly checks: Readonly<Record<string, string>>;
}

/** Answers `GET /_gate/health`: 200 as soon as the gate can decide, 503 where it cannot. An upstream that is down is named, no more. */
export function sendHealth(
  message: IncomingMessage,
  response: ServerResponse,
  health: () => Promise<GateHealth>,
  upstreams: Upstreams,
): void {
  if (message.method !== "GET") {
    sendWhole(message, response, { status: 405, headers: { allow: "GET" }, body: "" });
    return;
  }
  void Promise.all([health(), upstreams.state()]).then(([own, state]) =>
    sendWhole(message, response, {
      status: own.status === "ok" ? 200 : 503,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...own, upstreams: state }),
    }),
  );
}

/** What is not checked, in words for `x-iam-local-unchecked`: what the emulator says is off, and calls that nobody can map. */
export function uncheckedOf(off: string | undefined, unmapped: Options["gateUnmapped"]): string | undefined {
  const all = [...(off === undefined ? [] : [off]), ...(unmapped === "pass" ? ["permissions of unmapped calls"] : [])];
  return all.length === 0 ? undefined : all.join(", ");
}
