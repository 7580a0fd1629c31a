import type { Jwk } from "../data/entities/web-identity.ts";

/** An OpenID Connect issuer that an account trusts. */
export interface Issuer {
  /** With its scheme: what tokens of it have as `iss`. */
  readonly url: string;
  /** SHA-1 of certificates, in lower case, that vouch for the issuer where no authority does. */
  readonly thumbprints: readonly string[];
}

/** The public keys that an issuer published at one time. */
export interface PublishedKeys {
  readonly keys: readonly Jwk[];
}

/** Asks issuers for their keys; what stands behind it knows HTTP. */
export interface IssuerKeys {
  /**
   * The keys of an issuer, which may have been fetched a while ago. Given those that did not do, `unlike`, it asks again,
   * unless that has been done too often of late: then the same come back. Rejects with KeysUnavailable.
   */
  keysOf(issuer: Issuer, unlike?: PublishedKeys): Promise<PublishedKeys>;
}

/** An issuer's keys could not be had; the message says why, and what to do about it. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
  /** Whether another attempt may well succeed: the issuer took too long, or failed. */
  readonly transient: boolean;

  constructor(message: string, transient = false) {
    super(message);
    this.transient = transient;
  }
}
