import type { Clock } from "../data/clock.ts";
import type { Random } from "../data/random.ts";
import type { Store } from "../data/store.ts";
import { Era } from "./era.ts";
import type { Options } from "./options.ts";
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
  /** Replaced by a reset. */
  era: Era;
}

/** An emulation of this state in its first era; `ownFingerprint` is that of its certificate, if it has one. */
export const emulationOf = (
  { store, sealingKey }: Pick<State, "store" | "sealingKey">,
  clock: Clock,
  random: Random,
  options: Options,
  ownFingerprint?: string,
): Emulation => ({
  store,
  clock,
  random,
  options,
  rootPassword: options.rootPassword ?? random.bytes(15).toString("base64url"),
  era: new Era(sealingKey, clock, options, ownFingerprint),
});
