import type { Checkpoint } from "./checkpoint.ts";
import type { StoreFailed, Transaction } from "./contract.ts";
import type { Soon } from "./soon.ts";

/**
 * State: collections of readonly records with declared keys and indexes, changed in synchronous transactions. What only
 * this process has (`LocalStore`) answers at once; what several share (`SharedStore`) has to ask, so a result may be a
 * promise.
 */
export interface Store {
  /**
   * Runs `work`, which only reads, on what is committed; it may note. Throws StoreFailed once the store has failed. See
   * `fresh`.
   */
  read<R>(work: (tx: Transaction) => R): R;
  /**
   * Runs `work`, which must be synchronous, and commits what it wrote. If it throws, everything is undone and the error
   * is thrown on (see `refuse` for the exception). In a shared store `work` may be run again, on a newer state: whatever
   * it leaves outside of the state must be that of its last run. Answers to clients must wait for `durable()`.
   */
  transact<R>(work: (tx: Transaction) => R): Soon<R>;
  /**
   * To be awaited before a request is looked at: from then on reads see whatever was acknowledged, by any process that
   * shares the state. Undefined if there is no other.
   */
  fresh(): Promise<void> | undefined;
  /**
   * Settles when everything committed so far is durable, or rejects with StoreFailed; undefined if there is nothing to
   * wait for. No answer, to a read or a write, may be sent before.
   */
  durable(): Promise<void> | undefined;
  /** Why nothing can be read or changed; undefined if all is well. */
  readonly failure: StoreFailed | undefined;
  /** Remembers the current state for `goBackTo`, until a reset or `forget`. */
  remember(): Checkpoint;
  forget(checkpoint: Checkpoint): void;
  /** Restores the state, as one commit. Takes time only for the entities that have changed since. */
  goBackTo(checkpoint: Checkpoint): Soon<void>;
  /** Removes everything and ends all checkpoints; what `grow` then writes is of the same commit, if there can be one. */
  reset(grow?: (tx: Transaction) => void): Soon<void>;
  /** Makes everything durable, including notes, and releases all resources. Rejects with StoreFailed. */
  close(): Promise<void>;
}
