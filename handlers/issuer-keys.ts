import type { Jwk } from "../data/entities/web-identity.ts";

/** An OpenID Connect issuer that an account trusts. */
export interface Issuer {
  /** With its scheme: the `iss` of its tokens. */
  readonly url: string;
  /** SHA-1 of certificates, in lower case, that vouch for the issuer if no authority does. */
  readonly thumbprints: readonly string[];
}

/** The public keys that an issuer had published at one time. */
export interface PublishedKeys {
  readonly keys: readonly Jwk[];
}

/** Asks issuers for their keys; the implementation knows HTTP. */
export interface IssuerKeys {
  /**
   * The keys of an issuer, which may have been fetched a while ago. `unlike` are earlier keys that did not fit: then
   * the issuer is asked again, unless that has happened too often lately, and the same keys are returned. Rejects with
   * KeysUnavailable.
   */
  keysOf(issuer: Issuer, unlike?: PublishedKeys): Promise<PublishedKeys>;
}

/** An issuer's keys are not available; the message says why, and what to do about it. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
  /** Whether another attempt may succeed: the issuer took too long, or failed. */
  readonly transient: boolean;

  constructor(message: string, transient = false) {
    super(message);
    this.transient = transient;
  }
}
