import type { IncomingMessage } from "node:http";

/** The most bytes of one body: larger than any form of modelled input, except for SAML metadata. */
const LARGEST = 4 * 1024 * 1024;
/**
 * The most bytes of all bodies that have arrived in part: sixteen of the largest. A body that arrives whole at once
 * does not count.
 */
const MOST = 16 * LARGEST;

interface Coming {
  size: number;
  readonly refuse: Refuse;
}

/** Refuses a request that has not arrived whole, and closes its connection. */
export type Refuse = (status: string, text: string) => void;

/**
 * The bodies that are being received, on all connections. Together they take a bounded part of memory: if they get too
 * large, the largest one is refused.
 */
export class Bodies {
  readonly #coming = new Set<Coming>();
  #total = 0;

  /**
   * Passes the body to `take` when it has arrived whole, unless it is too large. If the client goes away before that,
   * nothing happens.
   */
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

  /** Whether the body was still awaited. */
  #forget(coming: Coming): boolean {
    if (!this.#coming.delete(coming)) return false;
    this.#total -= coming.size;
    return true;
  }
}
