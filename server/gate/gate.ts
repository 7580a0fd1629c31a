import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Connections } from "../connections.ts";
import { listen } from "../listen.ts";
import type { Targets } from "../option-values.ts";
import type { Options } from "../options.ts";
import { sourceOf } from "../source.ts";
import { speakBothSchemes } from "../tls/both-schemes.ts";
import type { Tls } from "../tls/tls.ts";
import { shareWithOrigins } from "../web/cross-origin.ts";
import { Guard } from "../web/guard.ts";
import { sendText, sendWhole } from "./ending.ts";
import type { Engine, GateHead, Passage } from "./engine.ts";
import { forward } from "./forward.ts";
import { tooLarge, unavailable } from "./gate-errors.ts";
import { sendHealth, type GateHealth } from "./gate-health.ts";
import { whyMalformed } from "./malformed.ts";
import { upstreamRequest } from "./upstream-request.ts";
import type { UpstreamKeys } from "./upstream-signature.ts";
import { Upstreams, type Patience } from "./upstreams.ts";
import { BODY_LIMIT, mustBeWhole, wholeBody } from "./whole-body.ts";

/** As in the emulator: presigned URLs with session tokens outgrow node's 16 KB. */
const HEADER_LIMIT = 64 * 1024;
/** How long, in milliseconds, what is going on may go on when the gate is closed. */
const DRAINING = 2_000;

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** How a gate is to be. */
export interface GateSettings extends Pick<
  Options,
  "allowedHosts" | "allowedOrigins" | "host" | "port" | "publicUrl" | "trustProxy"
> {
  readonly to: Targets;
  readonly upstreamKeys: UpstreamKeys | undefined;
}

/** What a gate is made with besides. */
export interface GateParts {
  readonly engine: Engine;
  /** What health says beside the upstreams. */
  readonly health: () => Promise<GateHealth>;
  /** Which check was off in the last decision, for `x-iam-local-unchecked`; undefined where all were on. */
  readonly unchecked: () => string | undefined;
  /** The machine's time, in milliseconds since 1970. */
  readonly now: () => number;
  /** How long, in milliseconds, a client may be silent in the middle of something. */
  readonly requestTimeout: number;
  readonly patience?: Patience;
  readonly tls?: Pick<Tls, "secureContext"> | undefined;
}

/** A running gate. */
export interface Gate {
  /** Such as `http://127.0.0.1:4594`. */
  readonly endpoint: string;
  /** Stops listening, lets what is going on end within two seconds, and closes all connections. */
  close(): Promise<void>;
}

/** Starts a gate and resolves when it listens. Rejects where the port is taken. */
export async function startGate(settings: GateSettings, parts: GateParts): Promise<Gate> {
  const upstreams = new Upstreams(settings.to, parts.patience);
  const { server, connections } = serverOf(new Passing(settings, parts, upstreams), parts);
  const authority = await listen(server, settings);
  return {
    endpoint: `${parts.tls ? "https" : "http"}://${authority}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Connections become idle one after the other.
      const idle = setInterval(() => server.closeIdleConnections(), DRAINING / 100);
      const deadline = setTimeout(() => connections.destroy(), DRAINING);
      await closed;
      clearInterval(idle);
      clearTimeout(deadline);
      connections.destroy();
      await upstreams.destroy();
    },
  };
}

function serverOf(
  passing: Passing,
  { requestTimeout, tls }: GateParts,
): { readonly server: Server; readonly connections: Connections } {
  // A large body takes as long as it takes; what must not be is a client that is silent.
  const server = createServer({ maxHeaderSize: HEADER_LIMIT, headersTimeout: requestTimeout, requestTimeout: 0 });
  server.timeout = 2 * requestTimeout;
  const connections = new Connections(
    server,
    (message, response) => passing.receive(message, response),
    requestTimeout,
  );
  // Whether the client may go on is said when it has been decided.
  server.on("checkContinue", (message, response) => server.emit("request", message, response));
  if (tls) speakBothSchemes(server, connections, tls.secureContext, requestTimeout);
  server.on("clientError", ({ code = "" }: NodeJS.ErrnoException, socket) =>
    connections.refuse(socket, CLIENT_ERRORS[code] ?? "400 Bad Request"),
  );
  server.on("connect", (_message, socket) => connections.refuse(socket, "405 Method Not Allowed"));
  return { server, connections };
}

/** What is done with each request. */
class Passing {
  readonly #settings: GateSettings;
  readonly #parts: GateParts;
  readonly #upstreams: Upstreams;
  readonly #guard: Guard;

  constructor(settings: GateSettings, parts: GateParts, upstreams: Upstreams) {
    this.#settings = settings;
    this.#parts = parts;
    this.#upstreams = upstreams;
    this.#guard = new Guard({ options: settings });
  }

  /** Answers what is no call to a service, and lets the engine decide what is. */
  receive(message: IncomingMessage, response: ServerResponse): void {
    const malformed = whyMalformed(message);
    if (malformed !== undefined) return sendText(message, response, 400, malformed);
    const isHealth = message.url === "/_gate/health";
    const foreign = this.#guard.whyForeign(message.headers, { links: isHealth, origins: !isHealth });
    if (foreign !== undefined) return sendText(message, response, 403, foreign);
    if (isHealth) return sendHealth(message, response, this.#parts.health, this.#upstreams);
    if (shareWithOrigins(message, response, this.#settings.allowedOrigins, SHARED)) return;
    void this.#decide(message, response);
  }

  async #decide(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const head = headOf(message, this.#settings);
    let body: Buffer | undefined;
    if (mustBeWhole(head)) {
      body = await wholeBody(message, response);
      if (body === undefined) return sendWhole(message, response, tooLarge(head, BODY_LIMIT));
    }
    const verdict = await this.#parts.engine.decide(head, body);
    if (response.destroyed) return;
    const unchecked = this.#parts.unchecked();
    if (unchecked !== undefined) response.setHeader("x-iam-local-unchecked", unchecked);
    if (verdict.kind === "refuse") return sendWhole(message, response, verdict);
    if (message.headers["x-iam-local-explain"] !== undefined) {
      response.setHeader("x-iam-local-decision", verdict.decision.replace(/[^\x20-\x7e]+/g, " "));
    }
    this.#forward(message, response, head, verdict, body);
  }

  #forward(
    message: IncomingMessage,
    response: ServerResponse,
    head: GateHead,
    passage: Passage,
    body: Buffer | undefined,
  ): void {
    const { engine, now, requestTimeout } = this.#parts;
    const { service } = passage.call;
    const upstream = this.#upstreams.of(service);
    const down = () => unavailable(head, passage, upstream?.origin);
    if (upstream === undefined) {
      void engine.completed(passage, undefined);
      return sendWhole(message, response, down());
    }
    const keys = this.#settings.upstreamKeys;
    forward({
      message,
      response,
      passage,
      upstream,
      request: upstreamRequest(head, passage, upstream.host, { keys, now: now(), body }),
      body,
      engine,
      gate: `${head.secure ? "https" : "http"}://${message.headers.host}`,
      silence: 2 * requestTimeout,
      unavailable: down,
    });
  }
}

/** Pages may send any method of any service, and read whatever headers it answers with. */
const SHARED = { methods: "GET, HEAD, PUT, POST, DELETE, PATCH", exposed: "*" };

const headOf = (message: IncomingMessage, settings: GateSettings): GateHead => ({
  method: message.method!,
  target: message.url!,
  rawHeaders: message.rawHeaders,
  ...sourceOf(message, settings),
});
