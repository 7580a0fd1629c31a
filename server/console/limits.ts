import { createHash } from "node:crypto";
import { signInTries } from "../../data/entities/sign-ins.ts";
import type { Soon } from "../../data/soon.ts";
import type { Store, Transaction } from "../../data/store.ts";
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

/** A try, by what it is and by whom or against whom. */
export type Try = readonly [kind: Kind, subject: string];

/**
 * Counts recent tries by a subject or against it. A try is counted before it is checked, so that many simultaneous
 * tries count as many. Nothing is forgotten within the window: if there is no room, new subjects may not try.
 */
export class Limits {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Counts a try. False, without counting it, if there were too many already or there is no room. */
  take(kind: Kind, subject: string, now: number): Soon<boolean> {
    return this.#store.transact((tx) => this.takeIn(tx, kind, subject, now));
  }

  /** `take` within a transaction. */
  takeIn(tx: Transaction, kind: Kind, subject: string, now: number): boolean {
    const key = keyOf(kind, subject);
    const former = tx.get(signInTries, key);
    const recent = former && isRecent(former, now) ? former : { subject: key, since: now, count: 0 };
    if (recent.count >= ALLOWED[kind]) return false;
    if (recent !== former && !hasRoom(tx, key, now)) return false;
    tx.put(signInTries, { ...recent, count: recent.count + 1 });
    return true;
  }

  /** When tries are allowed again (milliseconds), after too many. */
  until(kind: Kind, subject: string, now: number): number {
    const tries = this.#store.read((tx) => tx.get(signInTries, keyOf(kind, subject)));
    return (tries?.since ?? now) + WINDOW_MS;
  }

  /** The tries of these subjects were right and do not count. */
  giveBack(...tries: readonly Try[]): Soon<void> {
    return this.#store.transact((tx) => {
      for (const [kind, subject] of tries) {
        const counted = tx.get(signInTries, keyOf(kind, subject));
        if (counted) tx.put(signInTries, { ...counted, count: counted.count - 1 });
      }
    });
  }
}

/** Makes room for a new subject by removing those that no longer count, oldest first. */
function hasRoom(tx: Transaction, subject: string, now: number): boolean {
  tx.delete(signInTries, subject);
  for (const tries of tx.listBy(signInTries, "since", [])) {
    if (!isRecent(tries, now)) tx.delete(signInTries, tries.subject);
    else if (tx.count(signInTries) < CAPACITY) break;
  }
  return tx.count(signInTries) < CAPACITY;
}

/** Even if the clock is moved back, a lockout lasts no longer than the window. */
const isRecent = ({ since }: { readonly since: number }, now: number): boolean => Math.abs(now - since) < WINDOW_MS;

/** A hash, which has a fixed size, since names can have any length. */
const keyOf = (kind: Kind, subject: string): string =>
  createHash("sha256").update(`${kind}:${subject}`).digest("base64");
