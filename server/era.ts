import type { Clock } from "../data/clock.ts";
import { IssuerKeyCache } from "./issuer-keys.ts";
import type { Options } from "./options.ts";
import { Trail } from "./trail.ts";

/**
 * Everything that begins with a start or a reset and ends with the next reset. A reset replaces it as a whole, so
 * nothing in it may be held from one request to the next.
 */
export class Era {
  /** 32 bytes that seal session tokens: a new key makes all sessions invalid. */
  readonly sealingKey: Buffer;
  readonly trail = new Trail();
  readonly issuerKeys: IssuerKeyCache;
  readonly #endings: (() => void)[] = [];
  readonly #memories = new Map<() => unknown, unknown>();

  /** `ownFingerprint` is that of the emulator's own certificate, since the emulator is an issuer too. */
  constructor(sealingKey: Buffer, clock: Clock, { federationHosts }: Options, ownFingerprint?: string) {
    this.sealingKey = sealingKey;
    this.issuerKeys = new IssuerKeyCache(clock, federationHosts, ownFingerprint);
  }

  /** Calls `ending` when a reset has put another era in the place of this one. */
  onEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  end(): void {
    for (const ending of this.#endings) ending();
  }

  /** Calls `make` once per era and returns its result every time: for what this process alone keeps. */
  memory<T>(make: () => T): T {
    if (!this.#memories.has(make)) this.#memories.set(make, make());
    return this.#memories.get(make) as T;
  }
}
