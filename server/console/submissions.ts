import { createHash } from "node:crypto";

const MOST = 200;
/** Long enough for a second click, and for a page that is loaded again. */
const KEPT_MS = 60 * 1000;

/** A form that was sent. */
interface Sent {
  readonly form: URLSearchParams;
  readonly visitorId: string;
  readonly path: string;
  /** Milliseconds. */
  readonly now: number;
}

interface Submission<T> {
  readonly answer: Promise<T>;
  readonly expiresAt: number;
}

/** What forms that were sent have been answered with, so that one that is sent twice is done once, and answered twice. */
export class Submissions {
  readonly #done = new Map<string, Submission<unknown>>();

  /** Does `act`, unless the same form with the same content was sent by the same visitor just now: that one's answer counts. */
  once<T>({ form, visitorId, path, now }: Sent, act: () => Promise<T>): Promise<T> {
    if (!form.has("once")) return act();
    const key = createHash("sha256")
      .update(JSON.stringify([visitorId, path, form.toString()]))
      .digest("base64");
    const done = this.#done.get(key);
    if (done && done.expiresAt > now) return done.answer as Promise<T>;
    for (const [oldest, { expiresAt }] of this.#done) {
      if (expiresAt > now && this.#done.size < MOST) break;
      this.#done.delete(oldest);
    }
    const answer = act();
    this.#done.set(key, { answer, expiresAt: now + KEPT_MS });
    return answer;
  }
}
