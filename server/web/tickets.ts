import { createHash } from "node:crypto";

/** More than the users of one machine need; the oldest are removed first. */
const CAPACITY = 10_000;

/** Things whose ids browsers hold, until they expire (milliseconds). Only hashes of the ids are kept. */
export class Tickets<T extends { readonly expiresAt: number }> {
  readonly #held = new Map<string, T>();
  readonly #capacity: number;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  set(id: string, value: T): void {
    if (this.#held.size >= this.#capacity) this.#held.delete(this.#held.keys().next().value!);
    this.#held.set(hashOf(id), value);
  }

  get(id: string, now: number): T | undefined {
    const value = this.#held.get(hashOf(id));
    if (value && value.expiresAt > now) return value;
    this.delete(id);
    return undefined;
  }

  delete(id: string): void {
    this.#held.delete(hashOf(id));
  }
}

const hashOf = (id: string): string => createHash("sha256").update(id).digest("base64");
