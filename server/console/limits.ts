import { createHash } from "node:crypto";

/** Failures within the window that one may have before nothing more is looked at. AWS does not publish its own numbers. */
const ALLOWED = { user: 10, address: 100, message: 5 } as const;
const WINDOW_MS = 15 * 60 * 1000;
/** Subjects remembered; the oldest go first. */
const CAPACITY = 10_000;

type Kind = keyof typeof ALLOWED;

/**
 * How often something was tried lately, by whom or against whom: it is counted before it is looked at, so that many tries at
 * the same time do not pass as one.
 */
export class Limits {
  readonly #tries = new Map<string, { readonly since: number; readonly count: number }>();

  /** Counts a try; false where there were too many already (and then counts none). */
  take(kind: Kind, subject: string, now: number): boolean {
    const key = keyOf(kind, subject);
    const former = this.#tries.get(key);
    // A clock that was moved back must not lock anybody out for longer than the window.
    const recent = former && Math.abs(now - former.since) < WINDOW_MS ? former : { since: now, count: 0 };
    if (recent.count >= ALLOWED[kind]) return false;
    if (this.#tries.size >= CAPACITY) this.#tries.delete(this.#tries.keys().next().value!);
    this.#tries.set(key, { since: recent.since, count: recent.count + 1 });
    return true;
  }

  /** What was tried was right: the try does not count. */
  giveBack(kind: Kind, subject: string): void {
    const key = keyOf(kind, subject);
    const tries = this.#tries.get(key);
    if (tries) this.#tries.set(key, { ...tries, count: tries.count - 1 });
  }
}

/** Of one size, since people may send names of any. */
const keyOf = (kind: Kind, subject: string): string =>
  createHash("sha256").update(`${kind}:${subject}`).digest("base64");
