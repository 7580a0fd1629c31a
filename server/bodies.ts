import type { IncomingMessage } from "node:http";

/** Bytes of one body: more than the largest form that a modelled input can be, short of SAML metadata. */
const LARGEST = 4 * 1024 * 1024;
/** Bytes of all bodies that have come in part: sixteen of the largest. What is there at once does not count. */
const MOST = 16 * LARGEST;

interface Coming {
  size: number;
  readonly refuse: Refuse;
}

/** Refuses a request that has not come whole, and closes its connection. */
export type Refuse = (status: string, text: string) => void;

/**
 * The bodies that are being received, of all connections, so that together they take a bounded part of memory: where they are too
 * many, the largest is given up for the others.
 */
export class Bodies {
  readonly #coming = new Set<Coming>();
  #total = 0;

  /** Hands over the body when the last of it has come, unless it is too large. A client that goes away in the middle of it is forgotten. */
  receive(message: IncomingMessage, take: (body: Buffer) => void, refuse: Refuse): void {
    const coming: Coming = { size: 0, refuse };
    let chunks: Buffer[] = [];
    this.#coming.add(coming);
    message.on("data", (chunk: Buffer) => {
      if (!this.#coming.has(coming)) {
        chunks = [];
        return;
      }
      chunks.push(chunk);
      coming.size += chunk.length;
      this.#total += chunk.length;
      if (coming.size > LARGEST) {
        this.#giveUp(coming, "413 Payload Too Large", `The request is larger than ${LARGEST} bytes.\n`);
      } else if (this.#total > MOST) this.#giveUpLargest();
    });
    message.on("end", () => {
      if (this.#forget(coming)) take(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    message.on("close", () => this.#forget(coming));
  }

  #giveUpLargest(): void {
    const largest = [...this.#coming].reduce((one, other) => (other.size > one.size ? other : one));
    this.#giveUp(largest, "503 Service Unavailable", "Too many large requests are being sent at once.\n");
  }

  #giveUp(coming: Coming, status: string, text: string): void {
    this.#forget(coming);
    coming.refuse(status, text);
  }

  /** Whether it was still awaited. */
  #forget(coming: Coming): boolean {
    if (!this.#coming.delete(coming)) return false;
    this.#total -= coming.size;
    return true;
  }
}
