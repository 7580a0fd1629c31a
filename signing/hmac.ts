import { hash } from "node:crypto";

/** The block size of SHA-256, in bytes. */
const BLOCK = 64;
const DIGEST = 32;

/**
 * HMAC-SHA-256 (RFC 2104) with one key. It keeps the padded blocks: creating one of node's HMACs costs more than both
 * hashes.
 */
export class HmacKey {
  readonly key: Buffer;
  readonly #inner: Uint8Array;
  /** The outer block, followed by room for the inner digest. */
  readonly #outer = Buffer.alloc(BLOCK + DIGEST);

  constructor(key: Buffer) {
    this.key = key;
    const short = key.length > BLOCK ? hash("sha256", key, "buffer") : key;
    this.#inner = padded(short, 0x36);
    this.#outer.set(padded(short, 0x5c));
  }

  /** The HMAC of a text, in hex. */
  hex(text: string): string {
    const message = Buffer.allocUnsafe(BLOCK + Buffer.byteLength(text));
    message.set(this.#inner);
    message.write(text, BLOCK);
    this.#outer.set(hash("sha256", message, "buffer"), BLOCK);
    return hash("sha256", this.#outer, "hex");
  }
}

const padded = (key: Uint8Array, pad: number): Uint8Array =>
  Buffer.alloc(BLOCK, pad).map((byte, i) => byte ^ (key[i] ?? 0));
