import { createHash } from "node:crypto";

/** More than one machine's users need; the oldest go first. */
const CAPACITY = 10_000;

/** Things that browsers hold the id of until they expire (milliseconds). The ids are kept as hashes only. */
export class Tickets<T extends { readonly expiresAt: number }> {
  readonly #held = new Map<string, T>();

  set(id: string, value: T): void {
    if (this.#held.size >= CAPACITY) this.#held.delete(this.#held.keys().next().value!);
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
