import { setImmediate, setTimeout } from "node:timers/promises";
import type { Checkpoint } from "../../data/checkpoint.ts";
import type { LocalStore, Store, Transaction } from "../../data/store.ts";

/** As long as a database on the same machine takes, so that requests which come at the same time meet. */
const LATER_MS = 3;

/**
 * A store as hard to use as one that several processes share can be: each transaction waits for its turn, and its work
 * is run, undone and run again in a later turn of the event loop. Whoever does not wait for a transaction does not see
 * what it wrote, and what work leaves outside of the state is left twice.
 */
export class TwiceStore implements Store {
  readonly #local: LocalStore;
  #last: Promise<unknown> = Promise.resolve();

  constructor(local: LocalStore) {
    this.#local = local;
  }

  read<R>(work: (tx: Transaction) => R): R {
    return this.#local.read(work);
  }

  transact<R>(work: (tx: Transaction) => R): Promise<R> {
    return this.#inTurn(async () => {
      this.#runInVain(work);
      await setTimeout(LATER_MS);
      return this.#local.transact(work);
    });
  }

  fresh(): Promise<void> {
    return setImmediate();
  }

  durable(): Promise<void> {
    return setImmediate().then(() => this.#local.durable());
  }

  get failure(): LocalStore["failure"] {
    return this.#local.failure;
  }

  remember(): Checkpoint {
    return this.#local.remember();
  }

  forget(checkpoint: Checkpoint): void {
    this.#local.forget(checkpoint);
  }

  goBackTo(checkpoint: Checkpoint): Promise<void> {
    return this.#inTurn(() => this.#local.goBackTo(checkpoint));
  }

  reset(grow?: (tx: Transaction) => void): Promise<void> {
    return this.#inTurn(() => this.#local.reset(grow));
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#local.close());
  }

  #inTurn<R>(act: () => R | Promise<R>): Promise<R> {
    const done = this.#last.then(() => setImmediate()).then(act);
    this.#last = done.catch(() => {});
    return done;
  }

  #runInVain(work: (tx: Transaction) => unknown): void {
    const undone = new Error("undone");
    try {
      this.#local.transact((tx) => {
        try {
          work(tx);
        } catch {
          // The second run throws it, too.
        }
        throw undone;
      });
    } catch (cause) {
      if (cause !== undone) throw cause;
    }
  }
}
