import { hash } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { provenPayload } from "../../signing/payload.ts";
import type { Dispatcher } from "undici";
import { locateInGate, urlMembers, withGateUrls } from "./answer-urls.ts";
import { end, hasBody, sendHead, sendWhole } from "./ending.ts";
import type { Engine, Passage, Refusal } from "./engine.ts";
import { hopByHop } from "./hop-by-hop.ts";
import type { UpstreamRequest } from "./upstream-request.ts";
import type { Upstream } from "./upstreams.ts";

/** Answers up to this many bytes are held until what they have changed is kept; larger ones pass as they come. */
const HELD = 64 * 1024;
/** The same of answers whose URLs are rewritten, which cannot pass as they come: a thousand URLs are far less. */
const HELD_FOR_URLS = 4 * 1024 * 1024;

/** SHA-256 of nothing. */
const EMPTY_HASH = hash("sha256", "", "hex");

/** An allowed request, and what is needed to bring it to its service and the answer back. */
export interface Forwarding {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly passage: Passage;
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  /** The whole body, where it has been read. */
  readonly body: Buffer | undefined;
  readonly engine: Engine;
  /** The gate as the client has called it, such as `http://localhost:4594`. */
  readonly gate: string;
  /** How long, in milliseconds, the client may be silent while it is its turn. */
  readonly silence: number;
  /** The answer in the service's form where the upstream is down. */
  readonly unavailable: () => Refusal;
}

/** Sends the request on its way; it is answered, or its connection torn, in any case. */
export function forward(forwarding: Forwarding): void {
  const { message, response } = forwarding;
  const exchange = new Exchange(forwarding);
  response.once("close", () => exchange.clientClosed());
  if (hasBody(message) && !message.complete) message.once("end", () => exchange.requestRead());
  else exchange.requestRead();
  const body = bodyOf(forwarding);
  if (!(body instanceof Readable)) {
    exchange.send(body);
    return;
  }
  body.once("error", (error) => exchange.bodyFailed(error));
  // Not before there is something that has passed the check, or all of it has: the check withholds the last piece until then.
  body.once("readable", () => exchange.send(body));
}

/** What the upstream is sent: whole, or as it comes and through its check. */
function bodyOf({ message, body, passage, response }: Forwarding): Buffer | Readable | null {
  const plan = passage.body;
  const isProven = plan.kind === "verified" || plan.kind === "unsigned";
  if (isProven && body !== undefined) return body;
  const isEmpty = body === undefined && !hasBody(message);
  if (isEmpty && (isProven || (plan.kind === "hash" && plan.sha256 === EMPTY_HASH))) return null;
  if (body === undefined && message.headers.expect !== undefined) response.writeContinue();
  // Never the message itself: who destroys it, as undici does, destroys the client's connection, which is still to be answered.
  const { stream } = provenPayload(plan);
  // A client that goes away must not look like one that has sent all.
  message.once("close", () => {
    if (!message.complete) stream.destroy(new Error("The client has gone away."));
  });
  return (body === undefined ? message : Readable.from([body])).pipe(stream);
}

/** One request at the upstream, and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #of: Forwarding;
  #controller: Dispatcher.DispatchController | undefined;
  #bodyError: Error | undefined;
  /** Nobody is left to be answered. */
  #over = false;
  #isSent = false;
  #isTold = false;
  #status: number | undefined;
  #headers: OutgoingHttpHeaders = {};
  /** What has come of an answer that is held; undefined of one that passes as it comes. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;

  constructor(forwarding: Forwarding) {
    this.#of = forwarding;
  }

  /** The client's connection is closed, or the answer is out. */
  clientClosed(): void {
    if (this.#of.response.writableFinished || this.#over) return;
    this.#over = true;
    this.#controller?.abort(new Error("The client has gone away."));
    void this.#tell(this.#status);
  }

  /** From now on the upstream is waited for, which has times of its own. */
  requestRead(): void {
    if (this.#status === undefined) this.#of.message.socket.setTimeout(0);
  }

  send(body: Buffer | Readable | null): void {
    if (this.#over) return;
    this.#isSent = true;
    const { message, request, upstream } = this.#of;
    const method = message.method as Dispatcher.HttpMethod;
    upstream.pool.dispatch({ path: request.target, method, headers: request.headers, body }, this);
  }

  /** The body is not what was signed, or has broken off. What has been sent of it, undici breaks off. */
  bodyFailed(error: Error): void {
    this.#bodyError ??= error;
    if (!this.#isSent) this.#failed(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error("The client has gone away."));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#over) return;
    const { message, response, silence } = this.#of;
    this.#status = status;
    message.socket.setTimeout(silence);
    // Pages that may read the answer are the gate's to name, and the upstream's word on that ends here.
    this.#headers = passingHeaders(headers, response.hasHeader("vary") ? /^access-control-|^vary$/ : /^$/);
    locateInGate(this.#headers, this.#of.upstream.origin, this.#of.gate);
    if (this.#isHeld()) this.#held = [];
    else this.#begin();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#held === undefined) {
      this.#write(controller, chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= (this.#urlMembers ? HELD_FOR_URLS : HELD)) return;
    if (this.#urlMembers) {
      controller.abort(new Error("The answer is too long for its URLs to be rewritten."));
      return;
    }
    const held = Buffer.concat(this.#held);
    this.#held = undefined;
    this.#begin();
    this.#write(controller, held);
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    if (this.#over) return;
    const { message, response } = this.#of;
    if (this.#held !== undefined) {
      this.#over = true;
      void this.#sendHeld(Buffer.concat(this.#held));
      return;
    }
    this.#over = true;
    if (Object.keys(trailers).length > 0) response.addTrailers(trailers);
    end(message, response);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#failed(error);
  }

  #failed(error: Error): void {
    const { message } = this.#of;
    if (message.destroyed && !message.complete) this.clientClosed();
    if (this.#over) return;
    this.#over = true;
    void this.#fail(error);
  }

  /** The answer to a request that has not been answered, or a torn connection where the answer had begun. */
  async #fail(error: Error): Promise<void> {
    const { engine, message, passage, response, unavailable } = this.#of;
    if (this.#status !== undefined) {
      response.destroy(error);
      await this.#tell(this.#status);
      return;
    }
    await this.#tell(undefined);
    const refusal = this.#bodyError ? await engine.bodyRefused(passage, this.#bodyError) : unavailable();
    sendWhole(message, response, refusal);
  }

  /** Whether the answer waits until what it says is kept. Objects and streams of events do not. */
  #isHeld(): boolean {
    if (this.#urlMembers) return true;
    const { message } = this.#of;
    const length = this.#headers["content-length"];
    if (message.method === "HEAD" || this.#status === 204 || this.#status === 304) return true;
    if (length !== undefined) return Number(length) <= HELD;
    return /\b(?:json|json-1\.[01]|xml)\b/.test(String(this.#headers["content-type"] ?? ""));
  }

  get #urlMembers(): readonly string[] | undefined {
    return urlMembers(this.#of.passage);
  }

  #begin(): void {
    const { message, response } = this.#of;
    void this.#tell(this.#status);
    sendHead(message, response, this.#status!, this.#headers);
  }

  #write(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#of;
    if (this.#over || response.write(chunk)) return;
    controller.pause();
    response.once("drain", () => controller.resume());
  }

  async #sendHeld(body: Buffer): Promise<void> {
    const { gate, message, response } = this.#of;
    await this.#tell(this.#status, body);
    if (response.destroyed) return;
    const members = this.#urlMembers;
    const last = members && body.length > 0 ? Buffer.from(withGateUrls(body.toString(), members, gate)) : body;
    // An answer without a body may still tell the length that it would have.
    if (last.length > 0 || this.#headers["content-length"] === undefined) {
      const isBodiless = message.method === "HEAD" || this.#status === 204 || this.#status === 304;
      if (!isBodiless) this.#headers["content-length"] = last.length;
    }
    sendHead(message, response, this.#status!, this.#headers);
    end(message, response, last);
  }

  /** Tells the engine, once. */
  async #tell(status: number | undefined, body?: Buffer): Promise<void> {
    if (this.#isTold) return;
    this.#isTold = true;
    const headers = this.#headers as Record<string, string>;
    await this.#of.engine.completed(
      this.#of.passage,
      status,
      status === undefined ? undefined : { headers, ...(body && { body }) },
    );
  }
}

/** An answer's headers but for those of the connection that it came on, and those whose names are `withheld`. */
function passingHeaders(headers: IncomingHttpHeaders, withheld: RegExp): OutgoingHttpHeaders {
  const ended = hopByHop(headers.connection);
  const passes = (name: string) => (name === "trailer" || !ended.has(name)) && !withheld.test(name);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => passes(name)));
}
