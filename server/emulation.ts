import type { Clock } from "../data/clock.ts";
import type { Random } from "../data/random.ts";
import type { Store } from "../data/store.ts";
import type { Options } from "./options.ts";
import type { Trail } from "./trail.ts";

/** What requests are answered with; one per emulator. */
export interface Emulation {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly options: Options;
  readonly trail: Trail;
  /** 32 bytes that seal session tokens; replaced by a reset, which ends every session. */
  sealingKey: Buffer;
}
