import { createHash } from "node:crypto";
import { WRONG_PASSWORDS } from "../../handlers/iam/passwords.ts";

/** Failures within the window that one may have before nothing more is looked at. */
export const ALLOWED = { user: WRONG_PASSWORDS.most, address: 100, message: 5 } as const;
const WINDOW_MS = WRONG_PASSWORDS.windowMs;
/** Subjects remembered: more than passwords can be hashed within the window, so that only an attack fills it. */
const CAPACITY = 100_000;

type Kind = keyof typeof ALLOWED;

/**
 * How often something was tried lately, by whom or against whom: it is counted before it is looked at, so that many tries at
 * the same time do not pass as one. Nothing is forgotten within the window: where there is no room, nobody new may try.
 */
export class Limits {
  readonly #tries = new Map<string, { readonly since: number; readonly count: number }>();

  /** Counts a try; false where there were too many already, or there is no room (and then counts none). */
  take(kind: Kind, subject: string, now: number): boolean {
    const key = keyOf(kind, subject);
    const former = this.#tries.get(key);
    const recent = former && isRecent(former, now) ? former : { since: now, count: 0 };
    if (recent.count >= ALLOWED[kind]) return false;
    if (recent !== former && !this.#makeRoom(key, now)) return false;
    this.#tries.set(key, { since: recent.since, count: recent.count + 1 });
    return true;
  }

  /** For a subject that begins anew: those go that are no longer counted, from the one that has been there longest. */
  #makeRoom(key: string, now: number): boolean {
    this.#tries.delete(key);
    for (const [oldest, tries] of this.#tries) {
      if (isRecent(tries, now)) break;
      this.#tries.delete(oldest);
    }
    return this.#tries.size < CAPACITY;
  }

  /** When there may be tries again (milliseconds), once there were too many. */
  until(kind: Kind, subject: string, now: number): number {
    return (this.#tries.get(keyOf(kind, subject))?.since ?? now) + WINDOW_MS;
  }

  /** What was tried was right: the try does not count. */
  giveBack(kind: Kind, subject: string): void {
    const key = keyOf(kind, subject);
    const tries = this.#tries.get(key);
    if (tries) this.#tries.set(key, { ...tries, count: tries.count - 1 });
  }
}

/** A clock that was moved back must not lock anybody out for longer than the window. */
const isRecent = ({ since }: { readonly since: number }, now: number): boolean => Math.abs(now - since) < WINDOW_MS;

/** Of one size, since people may send names of any. */
const keyOf = (kind: Kind, subject: string): string =>
  createHash("sha256").update(`${kind}:${subject}`).digest("base64");
