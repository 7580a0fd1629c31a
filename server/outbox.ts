import type { ServerResponse } from "node:http";
import type { WireResponse } from "./service.ts";

/** Characters that may be ready before they are written without delay. */
const MOST_READY = 256 * 1024;

/**
 * Writes the answers that are ready at the end of a turn of the event loop together: a write wakes the client that waits for
 * it, which costs more than the write, and clients that are awake still need no waking.
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
      // As text it goes out in one write with the headers.
      response.end(response.req.method === "HEAD" ? undefined : body);
    }
  };
}
