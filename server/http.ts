import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { Bodies, type Refuse } from "./bodies.ts";
import { Connections } from "./connections.ts";
import { health, healthStatus } from "./health.ts";
import type { Emulation } from "./emulation.ts";
import { SSO_PORTAL_TOKEN } from "./other-services.ts";
import { Outbox } from "./outbox.ts";
import { answer } from "./service.ts";
import { isOnSite } from "./sites.ts";
import { whenThere } from "../data/soon.ts";
import { sourceOf } from "./source.ts";
import { shareWithOrigins } from "./web/cross-origin.ts";
import { speakBothSchemes } from "./tls/both-schemes.ts";
import type { Tls } from "./tls/tls.ts";
import { Guard, type Welcome } from "./web/guard.ts";

/** Presigned URLs with session tokens and policies exceed node's 16 KB (evidence: sigv4-presigned). */
const HEADER_LIMIT = 64 * 1024;

/** The answer to a client that sent no valid request, by node's error code; any other is a bad request. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** Links to health are harmless, since it only shows; a presigned URL acts when it is followed. */
const WELCOME: Readonly<Record<"health" | "query", Welcome>> = {
  health: { links: true, origins: false },
  query: { links: false, origins: true },
};

/** A server and its connections. */
export interface HttpServer {
  readonly server: Server;
  readonly connections: Connections;
}

/**
 * The HTTP server: node:http answers Query requests directly and passes the emulator's own pages to `pages`. With `tls`
 * it speaks HTTPS too. A request that cannot be parsed as HTTP, or is not complete after `requestTimeout` milliseconds,
 * gets a plain 4xx and its connection is closed. A connection that stands still for twice as long, for instance because
 * nobody reads its answer, is closed without an answer.
 */
export function createHttpServer(
  emulation: Emulation,
  pages: RequestListener,
  requestTimeout: number,
  tls?: Pick<Tls, "secureContext">,
): HttpServer {
  const limits = { maxHeaderSize: HEADER_LIMIT, requestTimeout, connectionsCheckingInterval: requestTimeout / 2 };
  const server = createServer(limits);
  server.timeout = 2 * requestTimeout;
  // A client that closes its side right after its request still gets the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  const handle = route(
    emulation,
    pages,
    (message) => (status, text) => connections.refuse(message.socket, status, text),
  );
  const connections = new Connections(server, handle, requestTimeout);
  if (tls) speakBothSchemes(server, connections, tls.secureContext, requestTimeout);
  server.on("clientError", ({ code = "" }: NodeJS.ErrnoException, socket) =>
    connections.refuse(socket, CLIENT_ERRORS[code] ?? "400 Bad Request"),
  );
  // Upgrades need no listener: without one, node treats such a request as a plain one.
  server.on("connect", (_message, socket) => connections.refuse(socket, "405 Method Not Allowed"));
  return { server, connections };
}

/** Decides who answers: health and the Query endpoint directly, everything else by `pages`. */
function route(
  emulation: Emulation,
  pages: RequestListener,
  refusalOf: (message: IncomingMessage) => Refuse,
): RequestListener {
  const guard = new Guard(emulation);
  const bodies = new Bodies();
  const outbox = new Outbox();
  return (message, response) => {
    if (emulation.options.enforcement !== "on") response.setHeader("x-iam-local-unchecked", "permissions");
    const asked = message.method === "GET" ? HEALTH[message.url!] : undefined;
    if (asked !== undefined) {
      void respondHealth(response, emulation, asked, guard.whyForeign(message.headers, WELCOME.health));
    } else if (isOnSite(message.url!) && message.headers[SSO_PORTAL_TOKEN] === undefined) pages(message, response);
    else {
      const foreign = guard.whyForeign(message.headers, WELCOME.query);
      const isAnswered = foreign === undefined && shareWithOrigins(message, response, emulation.options.allowedOrigins);
      if (isAnswered) return;
      const take = (body: Buffer) => {
        if (!message.socket.destroyed) respond(message, body, response, emulation, foreign, outbox);
      };
      // The body usually arrives with the head, and can be read at the next tick; its events come later.
      process.nextTick(() => {
        const { headers, readableLength } = message;
        if (readableLength > 0 && readableLength === Number(headers["content-length"])) take(message.read() as Buffer);
        else bodies.receive(message, take, refusalOf(message));
      });
    }
  };
}

/** The Query endpoint. */
function respond(
  message: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  emulation: Emulation,
  foreign: string | undefined,
  outbox: Outbox,
): void {
  const request = {
    method: message.method!,
    target: message.url!,
    rawHeaders: message.rawHeaders,
    body,
    ...sourceOf(message, emulation.options),
    foreign,
  };
  void whenThere(answer(request, emulation), (answered) => outbox.send(response, answered));
}

/** What health is asked: whether the emulator lives, or whether it can answer now. */
const HEALTH: Readonly<Record<string, "lives" | "is ready">> = {
  "/_emulator/health": "lives",
  "/_emulator/health?ready": "is ready",
};

/** Health answers without loading Express, so that clients waiting for the start are told at once. */
async function respondHealth(
  response: ServerResponse,
  emulation: Emulation,
  asked: "lives" | "is ready",
  foreign: string | undefined,
): Promise<void> {
  // Finds out whether the database is there; health says what is wrong with it.
  if (asked === "is ready") await emulation.store.fresh()?.catch(() => {});
  const status = foreign === undefined ? healthStatus(emulation, asked) : 403;
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(
    JSON.stringify(foreign === undefined ? health(emulation) : { error: { code: "Forbidden", message: foreign } }),
  );
}
