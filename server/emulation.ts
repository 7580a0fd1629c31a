import type { Clock } from "../data/clock.ts";
import type { Random } from "../data/random.ts";
import type { Store } from "../data/store.ts";
import { Era } from "./era.ts";
import type { Options } from "./options.ts";
import type { Replicas } from "./replicas.ts";
import type { State } from "./state.ts";

/** Everything that answering requests needs; one per emulator. */
export interface Emulation {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Replaced once, when the address is known. */
  options: Options;
  /** Root's password for the console until root sets another: the option, or a random one. */
  readonly rootPassword: string;
  /** The other processes that share the state, if it can be shared. */
  readonly replicas?: Replicas;
  /** Replaced by a reset. */
  era: Era;
}

/** What an emulation needs of its state; tests may leave out what they do not do. */
type OfState = Pick<State, "store" | "sealingKey"> & Partial<Pick<State, "rootPassword" | "replicas" | "onReset">>;

/**
 * An emulation of this state in its first era, which a reset replaces; `ownFingerprint` is that of its certificate, if it
 * has one.
 */
export function emulationOf(
  { store, sealingKey, rootPassword, replicas, onReset }: OfState,
  clock: Clock,
  random: Random,
  options: Options,
  ownFingerprint?: string,
): Emulation {
  const emulation: Emulation = {
    store,
    clock,
    random,
    options,
    ...(replicas && { replicas }),
    rootPassword: options.rootPassword ?? rootPassword ?? random.bytes(15).toString("base64url"),
    era: new Era(sealingKey, clock, options, ownFingerprint),
  };
  onReset?.((key) => {
    const former = emulation.era;
    emulation.era = new Era(key, clock, emulation.options, ownFingerprint);
    former.end();
  });
  return emulation;
}
