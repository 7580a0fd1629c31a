import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { Bodies, type Refuse } from "./bodies.ts";
import { Connections } from "./connections.ts";
import { health, healthStatus } from "./health.ts";
import type { Emulation } from "./emulation.ts";
import { SSO_PORTAL_TOKEN } from "./other-services.ts";
import { Outbox } from "./outbox.ts";
import { answer } from "./service.ts";
import { isOnSite } from "./sites.ts";
import { whenThere } from "./soon.ts";
import { sourceOf } from "./source.ts";
import { shareWithOrigins } from "./web/cross-origin.ts";
import { speakBothSchemes } from "./tls/both-schemes.ts";
import type { Tls } from "./tls/tls.ts";
import { Guard, type Welcome } from "./web/guard.ts";

/** Presigned URLs with session tokens and policies outgrow node's 16 KB (evidence: sigv4-presigned). */
const HEADER_LIMIT = 64 * 1024;

/** By node's error code, what a client is told that sent no request; anything else is a bad one. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** Health gives nothing away that a link could not show; a presigned URL acts when it is followed. */
const WELCOME: Readonly<Record<"health" | "query", Welcome>> = {
  health: { links: true, origins: false },
  query: { links: false, origins: true },
};

/** A server and the connections that it has. */
export interface HttpServer {
  readonly server: Server;
  readonly connections: Connections;
}

/**
 * The HTTP server: node:http answers Query requests straight away and hands the emulator's own pages to `pages`.
 * With `tls` it speaks HTTPS too. What cannot be parsed as HTTP, or is not there after `requestTimeout` milliseconds, gets a plain 4xx and its connection is
 * closed; one that stands still for twice as long, such as one whose answer nobody reads, is closed without a word.
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
  // A client that closes its side as soon as it has asked still gets its answer.
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
  // Upgrades need no listener: without one, node takes such a request for the plain one that it also is.
  server.on("connect", (_message, socket) => connections.refuse(socket, "405 Method Not Allowed"));
  return { server, connections };
}

/** Who answers what: health and the Query endpoint at once, everything else `pages`. */
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
    if (message.url === "/_emulator/health" && message.method === "GET") {
      respondHealth(response, emulation, guard.whyForeign(message.headers, WELCOME.health));
    } else if (isOnSite(message.url!) && message.headers[SSO_PORTAL_TOKEN] === undefined) pages(message, response);
    else {
      const foreign = guard.whyForeign(message.headers, WELCOME.query);
      const isAnswered = foreign === undefined && shareWithOrigins(message, response, emulation.options.allowedOrigins);
      if (isAnswered) return;
      const take = (body: Buffer) => {
        if (!message.socket.destroyed) respond(message, body, response, emulation, foreign, outbox);
      };
      // As a rule the body comes with the head, and is there at the next tick: events would only hand it over later.
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

/** Health answers without Express, so that whoever waits for the start is told at once. */
function respondHealth(response: ServerResponse, emulation: Emulation, foreign: string | undefined): void {
  const status = foreign === undefined ? healthStatus(emulation) : 403;
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(
    JSON.stringify(foreign === undefined ? health(emulation) : { error: { code: "Forbidden", message: foreign } }),
  );
}
