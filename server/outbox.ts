import type { ServerResponse } from "node:http";
import type { WireResponse } from "./service.ts";

/** How many characters may be ready before they are written at once. */
const MOST_READY = 256 * 1024;

/**
 * Writes all answers that are ready at the end of a turn of the event loop together. A write wakes the client that
 * waits for it, which costs more than the write itself; a client that is still awake need not be woken.
 */
export class Outbox {
  #ready: (readonly [response: ServerResponse, answer: WireResponse])[] = [];
  #size = 0;

  send(response: ServerResponse, answer: WireResponse): void {
    if (this.#ready.length === 0) setImmediate(this.#write);
    this.#ready.push([response, answer]);
    this.#size += answer.body.length;
    if (this.#size > MOST_READY) this.#write();
  }

  readonly #write = (): void => {
    const ready = this.#ready;
    this.#ready = [];
    this.#size = 0;
    for (const [response, { status, headers, body }] of ready) {
      headers["Content-Length"] = String(Buffer.byteLength(body));
      response.writeHead(status, headers);
      // A text goes out in one write with the headers.
      response.end(response.req.method === "HEAD" ? undefined : body);
    }
  };
}
