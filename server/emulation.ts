import type { Clock } from "../data/clock.ts";
import type { Random } from "../data/random.ts";
import type { Store } from "../data/store.ts";
import type { IssuerKeyCache } from "./issuer-keys.ts";
import type { Options } from "./options.ts";
import type { Trail } from "./trail.ts";

/** What requests are answered with; one per emulator. */
export interface Emulation {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Replaced once, when it is known where the emulator listens. */
  options: Options;
  readonly trail: Trail;
  readonly issuerKeys: IssuerKeyCache;
  /** What root signs in to the console with until it sets another: the option, or made at start. */
  readonly rootPassword: string;
  /** 32 bytes that seal session tokens; replaced by a reset, which ends every session. */
  sealingKey: Buffer;
}
