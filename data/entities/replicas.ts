import type { ClockSettings } from "../clock.ts";
import { collection, ephemeral } from "../store.ts";

/** What begins with a reset, for all processes that share a state. */
export interface SharedEra {
  readonly id: "era";
  /** UUID: another one means that there was a reset. */
  readonly number: string;
  /** The key that seals sessions, and root's password where it was made up: in the clear as JSON, or sealed. */
  readonly secrets: string;
  readonly isSealed: boolean;
}
export const sharedEras = ephemeral(collection("shared-eras", (e: SharedEra) => [e.id]));

/** The clock of all processes; the offset is that from the clock of each machine. */
export interface SharedClock extends ClockSettings {
  readonly id: "clock";
}
export const sharedClocks = ephemeral(collection("shared-clocks", (c: SharedClock) => [c.id]));
