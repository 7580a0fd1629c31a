import type { Clock } from "../data/clock.ts";
import { KeysUnavailable, type Issuer, type IssuerKeys, type PublishedKeys } from "../handlers/issuer-keys.ts";
import { flagOf } from "./option-table.ts";

/** How long keys are used before the issuer is asked again. */
const LIFETIME_MS = 5 * 60 * 1000;
/** A token with an unknown key makes the emulator ask the issuer again, but at most so often a minute. */
const FETCHES_A_MINUTE = 10;
/** More issuers than an emulator has; the oldest is removed first. */
const CAPACITY = 1000;

interface Remembered {
  readonly keys: PublishedKeys;
  /** When the issuer was asked, newest last; in milliseconds of the machine's clock, since the network is real. */
  readonly fetchedAt: readonly number[];
}

/** The keys of issuers, found by OpenID Connect Discovery and remembered for a few minutes. */
export class IssuerKeyCache implements IssuerKeys {
  readonly #clock: Clock;
  readonly #hosts: readonly string[];
  readonly #own: readonly string[];
  readonly #remembered = new Map<string, Remembered>();
  readonly #underway = new Map<string, Promise<PublishedKeys>>();

  /**
   * Issuers on this machine and on `hosts` may be asked. `ownFingerprint` is that of the emulator's own certificate,
   * since the emulator is an issuer too.
   */
  constructor(clock: Clock, hosts: readonly string[], ownFingerprint?: string) {
    this.#clock = clock;
    this.#hosts = hosts;
    this.#own = ownFingerprint === undefined ? [] : [ownFingerprint.replaceAll(":", "").toLowerCase()];
  }

  async keysOf(issuer: Issuer, unlike?: PublishedKeys): Promise<PublishedKeys> {
    const name = nameOf(issuer);
    const remembered = this.#remembered.get(name);
    const underway = this.#underway.get(name);
    if (remembered && remembered.keys !== unlike && this.#isFresh(remembered)) return remembered.keys;
    if (underway) return underway;
    if (remembered && unlike && this.#recentFetches(remembered).length >= FETCHES_A_MINUTE) return remembered.keys;
    const fetching = this.#fetch(issuer).finally(() => this.#underway.delete(name));
    this.#underway.set(name, fetching);
    return fetching;
  }

  async #fetch(issuer: Issuer): Promise<PublishedKeys> {
    const keys = { keys: await discoverKeys(this.#trusting(issuer), this.#hosts) };
    const name = nameOf(issuer);
    const before = this.#remembered.get(name);
    const fetchedAt = [...(before ? this.#recentFetches(before) : []), this.#clock.machineNow()];
    this.#remembered.delete(name);
    this.#remembered.set(name, { keys, fetchedAt });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > CAPACITY) this.#remembered.delete(oldest!);
    return keys;
  }

  #trusting({ url, thumbprints }: Issuer): Issuer {
    return { url, thumbprints: [...thumbprints, ...this.#own] };
  }

  #isFresh({ fetchedAt }: Remembered): boolean {
    return this.#clock.machineNow() - fetchedAt.at(-1)! < LIFETIME_MS;
  }

  #recentFetches({ fetchedAt }: Remembered): readonly number[] {
    const now = this.#clock.machineNow();
    return fetchedAt.filter((time) => now - time < 60_000);
  }
}

/** Keys fetched by a certificate that one account vouches for must not be used by an account that does not. */
const nameOf = ({ url, thumbprints }: Issuer): string => [url, ...thumbprints].join(" ");

/**
 * OpenID Connect Discovery 1.0, section 4: the configuration is below the issuer's URL and names the issuer and its
 * keys.
 */
async function discoverKeys({ url, thumbprints }: Issuer, hosts: readonly string[]): Promise<PublishedKeys["keys"]> {
  // Loaded for the first issuer that is asked, since few emulators ever ask one.
  const [{ fetchJson, FetchFailed }, { readKeySet }] = await Promise.all([
    import("./guarded-fetch.ts"),
    import("../signing/key-set.ts"),
  ]);
  try {
    const configuration = await fetchJson(
      `${url.replace(/\/$/, "")}/.well-known/openid-configuration`,
      { hosts },
      thumbprints,
    );
    const { issuer, jwks_uri: keysUrl } = (configuration ?? {}) as Readonly<Record<string, unknown>>;
    if (issuer !== url) throw new Error(`the configuration of ${url} is that of ${JSON.stringify(issuer)}`);
    if (typeof keysUrl !== "string") throw new Error(`the configuration of ${url} has no jwks_uri`);
    return readKeySet(await fetchJson(keysUrl, { hosts }, thumbprints));
  } catch (cause) {
    const { message } = cause as Error;
    if (!(cause instanceof FetchFailed)) throw new KeysUnavailable(message);
    const advice = cause.undeclaredHost && adviceFor(cause.undeclaredHost, url);
    throw new KeysUnavailable(advice === undefined ? message : `${message}${advice}`, cause.transient);
  }
}

const adviceFor = (host: string, issuer: string): string =>
  `, so it is not asked: give the emulator the issuer's keys (PUT /_emulator/issuers with {"issuer": "${issuer}", "jwks": …}), ` +
  `or start it with ${flagOf("federationHosts")} ${host}`;
