import type { Clock } from "../data/clock.ts";
import { IssuerKeyCache } from "./issuer-keys.ts";
import type { Options } from "./options.ts";
import { Trail } from "./trail.ts";

/**
 * What begins with a start or a reset and ends with the next reset, as a whole, since a reset puts another in its place.
 * Nobody may hold on to what is in it from one request to the next.
 */
export class Era {
  /** 32 bytes that seal session tokens: without it, no session is valid any more. */
  readonly sealingKey: Buffer;
  readonly trail = new Trail();
  readonly issuerKeys: IssuerKeyCache;
  readonly #memories = new Map<() => unknown, unknown>();

  /** `ownFingerprint` is that of the certificate that the emulator shows: it is an issuer, too. */
  constructor(sealingKey: Buffer, clock: Clock, { federationHosts }: Options, ownFingerprint?: string) {
    this.sealingKey = sealingKey;
    this.issuerKeys = new IssuerKeyCache(clock, federationHosts, ownFingerprint);
  }

  /** What `make` made when it was first asked for in this era: what sites keep in memory only. */
  memory<T>(make: () => T): T {
    if (!this.#memories.has(make)) this.#memories.set(make, make());
    return this.#memories.get(make) as T;
  }
}
