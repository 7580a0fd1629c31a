import { collection } from "../store.ts";

/** A JSON Web Key, as RFC 7517 writes it. */
export type Jwk = Readonly<Record<string, unknown>>;

/** The public keys of a token issuer that the emulator was given, so that it need not fetch them from the issuer. */
export interface IssuerKeySet {
  /** With its scheme, such as `https://token.actions.githubusercontent.com`. */
  readonly issuer: string;
  readonly keys: readonly Jwk[];
  readonly setAt: number;
}
export const issuerKeySets = collection("issuer-key-sets", (s: IssuerKeySet) => [s.issuer]);

/** A key pair with which an account signs its tokens. */
export interface TokenSigningKey {
  readonly account: string;
  /** As the tokens name it: `RSA_0`, `EC384_1`. */
  readonly kid: string;
  readonly algorithm: "RS256" | "ES384";
  readonly privateKey: Jwk;
  readonly createdAt: number;
  /** When another key took over signing; tokens signed by this one may live for an hour after that. */
  readonly retiredAt?: number;
}
export const tokenSigningKeys = collection("token-signing-keys", (k: TokenSigningKey) => [k.account, k.kid]);
