import { setTimeout } from "node:timers/promises";
import type { Emulation } from "../emulation.ts";
import { Tickets } from "../web/tickets.ts";

const MOST = 200;
/** Long enough for a second click, and for a page that is loaded again. */
const KEPT_MS = 60 * 1000;
/** How long the answer of another process is waited for, and how often looked for. */
const LONGEST_WAIT_MS = 5000;
const LOOKED_FOR_MS = 50;

/** A form that was sent. */
interface Sent {
  readonly form: URLSearchParams;
  readonly visitorId: string;
  readonly path: string;
  /** Milliseconds. */
  readonly now: number;
}

/** A form that is being done, or was. */
interface Submission<T> {
  /** Absent while it is being done. */
  readonly answer?: T;
  readonly expiresAt: number;
}

/** The answers that this process is making. */
const noneUnderway = () => new Map<string, Promise<unknown>>();

/**
 * What forms that were sent have been answered with, so that one that is sent twice is done once, and answered twice.
 * Whoever gets it first claims it in the state, and leaves the answer there; another process that gets the second one
 * waits for that. `T` must be what JSON can hold.
 */
export class Submissions<T> {
  readonly #emulation: Emulation;
  readonly #longestWait: number;
  readonly #sent: Tickets<Submission<T>>;

  constructor(emulation: Emulation, longestWait = LONGEST_WAIT_MS) {
    this.#emulation = emulation;
    this.#longestWait = longestWait;
    this.#sent = new Tickets("sent-form", emulation, MOST);
  }

  /**
   * Does `act`, unless the same form with the same content was sent by the same visitor just now: that one's answer
   * counts. Undefined if another process is doing that one and takes long, or has died over it: what has become of it,
   * nobody can say.
   */
  once({ form, visitorId, path, now }: Sent, act: () => Promise<T>): Promise<T | undefined> {
    if (!form.has("once")) return act();
    const id = JSON.stringify([visitorId, path, form.toString()]);
    const underway = this.#emulation.era.memory(noneUnderway) as Map<string, Promise<T | undefined>>;
    const known = underway.get(id);
    if (known) return known;
    const answer = this.#answer(id, now, act).finally(() => underway.delete(id));
    underway.set(id, answer);
    return answer;
  }

  async #answer(id: string, now: number, act: () => Promise<T>): Promise<T | undefined> {
    const former = await this.#emulation.store.transact((tx) => {
      const found = this.#sent.find(tx, id, now);
      if (!found) this.#sent.put(tx, id, { expiresAt: now + KEPT_MS });
      return found;
    });
    if (former) return former.answer ?? this.#answerOfAnother(id, now);
    const answer = await act();
    await this.#sent.replace(id, now, ({ expiresAt }) => ({ answer, expiresAt }));
    return answer;
  }

  async #answerOfAnother(id: string, now: number): Promise<T | undefined> {
    for (let waited = 0; waited < this.#longestWait; waited += LOOKED_FOR_MS) {
      await setTimeout(LOOKED_FOR_MS);
      await this.#emulation.store.fresh();
      const answer = this.#sent.get(id, now)?.answer;
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
