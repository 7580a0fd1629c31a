import { createHash } from "node:crypto";
import { WRONG_PASSWORDS } from "../../handlers/iam/passwords.ts";

/** How many failures are allowed within the window; after that every try is refused unseen. */
export const ALLOWED = { user: WRONG_PASSWORDS.most, address: 100, message: 5 } as const;
const WINDOW_MS = WRONG_PASSWORDS.windowMs;
/**
 * How many subjects are remembered: more than there can be password hashes within the window, so that only an attack
 * fills it.
 */
const CAPACITY = 100_000;

type Kind = keyof typeof ALLOWED;

/**
 * Counts recent tries by a subject or against it. A try is counted before it is checked, so that many simultaneous
 * tries count as many. Nothing is forgotten within the window: if there is no room, new subjects may not try.
 */
export class Limits {
  readonly #tries = new Map<string, { readonly since: number; readonly count: number }>();

  /** Counts a try. False, without counting it, if there were too many already or there is no room. */
  take(kind: Kind, subject: string, now: number): boolean {
    const key = keyOf(kind, subject);
    const former = this.#tries.get(key);
    const recent = former && isRecent(former, now) ? former : { since: now, count: 0 };
    if (recent.count >= ALLOWED[kind]) return false;
    if (recent !== former && !this.#makeRoom(key, now)) return false;
    this.#tries.set(key, { since: recent.since, count: recent.count + 1 });
    return true;
  }

  /** Makes room for a new subject by removing those that no longer count, oldest first. */
  #makeRoom(key: string, now: number): boolean {
    this.#tries.delete(key);
    for (const [oldest, tries] of this.#tries) {
      if (isRecent(tries, now)) break;
      this.#tries.delete(oldest);
    }
    return this.#tries.size < CAPACITY;
  }

  /** When tries are allowed again (milliseconds), after too many. */
  until(kind: Kind, subject: string, now: number): number {
    return (this.#tries.get(keyOf(kind, subject))?.since ?? now) + WINDOW_MS;
  }

  /** The try was right and does not count. */
  giveBack(kind: Kind, subject: string): void {
    const key = keyOf(kind, subject);
    const tries = this.#tries.get(key);
    if (tries) this.#tries.set(key, { ...tries, count: tries.count - 1 });
  }
}

/** Even if the clock is moved back, a lockout lasts no longer than the window. */
const isRecent = ({ since }: { readonly since: number }, now: number): boolean => Math.abs(now - since) < WINDOW_MS;

/** A hash, which has a fixed size, since names can have any length. */
const keyOf = (kind: Kind, subject: string): string =>
  createHash("sha256").update(`${kind}:${subject}`).digest("base64");
