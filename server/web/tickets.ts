import { createHash } from "node:crypto";
import { tickets } from "../../data/entities/sign-ins.ts";
import { attempt, type Soon } from "../../data/soon.ts";
import type { Transaction } from "../../data/store.ts";
import type { Emulation } from "../emulation.ts";

/** More than the users of one machine need. */
const CAPACITY = 10_000;

/**
 * Things of a kind whose ids browsers and programs hold, until they expire (milliseconds); `T` must be what JSON can
 * hold. Only hashes of the ids are kept. Of too many, those that end first are removed. They are in the state, so that
 * all who share it know them, but a restart or a reset ends them.
 */
export class Tickets<T extends { readonly expiresAt: number }> {
  readonly #kind: string;
  readonly #emulation: Pick<Emulation, "store" | "clock">;
  readonly #capacity: number;

  constructor(kind: string, emulation: Pick<Emulation, "store" | "clock">, capacity = CAPACITY) {
    this.#kind = kind;
    this.#emulation = emulation;
    this.#capacity = capacity;
  }

  get(id: string, now: number): T | undefined {
    const { store } = this.#emulation;
    const hash = hashOf(id);
    const ticket = store.read((tx) => tx.get(tickets, this.#kind, hash));
    if (ticket === undefined || ticket.expiresAt > now) return ticket?.value as T | undefined;
    // So that a clock that is moved back brings nothing back. Nobody waits for it, since nobody is told.
    void attempt(
      () => store.transact((tx) => void this.#valid(tx, hash, now)),
      () => {},
    );
    return undefined;
  }

  set(id: string, value: T): Soon<void> {
    return this.#emulation.store.transact((tx) => this.put(tx, id, value));
  }

  delete(id: string): Soon<void> {
    const { store } = this.#emulation;
    const isThere = store.read((tx) => tx.get(tickets, this.#kind, hashOf(id)) !== undefined);
    return isThere ? store.transact((tx) => this.remove(tx, id)) : undefined;
  }

  /** Removes and returns it: of several who ask at the same time one gets it. */
  take(id: string, now: number): Soon<T | undefined> {
    if (this.get(id, now) === undefined) return undefined;
    return this.#emulation.store.transact((tx) => {
      const value = this.find(tx, id, now);
      this.remove(tx, id);
      return value;
    });
  }

  /** Puts what `change` makes of it in its place, and returns that; undefined if it is not there any more. */
  replace(id: string, now: number, change: (value: T) => T): Soon<T | undefined> {
    return this.#emulation.store.transact((tx) => {
      const value = this.find(tx, id, now);
      if (value === undefined) return undefined;
      const changed = change(value);
      this.put(tx, id, changed);
      return changed;
    });
  }

  /** `get` within a transaction that writes. */
  find(tx: Transaction, id: string, now: number): T | undefined {
    return this.#valid(tx, hashOf(id), now);
  }

  /** `set` within a transaction. */
  put(tx: Transaction, id: string, value: T): void {
    const hash = hashOf(id);
    const { expiresAt } = value;
    if (tx.get(tickets, this.#kind, hash) === undefined) this.#makeRoom(tx);
    tx.put(tickets, { kind: this.#kind, hash, expiresAt, value });
  }

  /** `delete` within a transaction. */
  remove(tx: Transaction, id: string): void {
    tx.delete(tickets, this.#kind, hashOf(id));
  }

  #valid(tx: Transaction, hash: string, now: number): T | undefined {
    const ticket = tx.get(tickets, this.#kind, hash);
    if (ticket === undefined || ticket.expiresAt > now) return ticket?.value as T | undefined;
    tx.delete(tickets, this.#kind, hash);
    return undefined;
  }

  #makeRoom(tx: Transaction): void {
    const now = this.#emulation.clock.now();
    for (const { hash, expiresAt } of tx.listBy(tickets, "end", [this.#kind])) {
      if (expiresAt > now && tx.count(tickets, this.#kind) < this.#capacity) break;
      tx.delete(tickets, this.#kind, hash);
    }
  }
}

const hashOf = (id: string): string => createHash("sha256").update(id).digest("base64");
