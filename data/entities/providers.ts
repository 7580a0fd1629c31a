import { collection } from "../store.ts";
import type { Tag } from "./accounts.ts";

/** An OpenID Connect identity provider. */
export interface OidcProvider {
  readonly account: string;
  /** The issuer's URL without its scheme; case and a trailing slash count. */
  readonly url: string;
  /** Whether the scheme is `http`, which only an issuer on this machine, or on a host named at the start, may have. */
  readonly plainHttp?: true;
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates, 40 hexadecimal digits in lower case. */
  readonly thumbprints: readonly string[];
  readonly createdAt: number;
  readonly tags: readonly Tag[];
}
export const oidcProviders = collection("oidc-providers", (p: OidcProvider) => [p.account, p.url]);

export interface SamlProvider {
  readonly account: string;
  readonly name: string;
  /** `SAMLSP…` */
  readonly uuid: string;
  /** Byte for byte as it was sent. */
  readonly metadata: string;
  readonly createdAt: number;
  readonly encryption: "Required" | "Allowed";
  /** The keys that decrypt assertions: PEM, oldest first. */
  readonly privateKeys: readonly { readonly id: string; readonly pem: string; readonly addedAt: number }[];
  readonly tags: readonly Tag[];
}
export const samlProviders = collection("saml-providers", (p: SamlProvider) => [p.account, p.name]);
