import { collection } from "../store.ts";
import type { Jwk } from "./web-identity.ts";

/** The key pair with which the built-in identity provider signs tokens and assertions. There is one. */
export interface IdentityProviderKey {
  /** As its tokens write it. */
  readonly kid: string;
  readonly privateKey: Jwk;
  /** X.509, for SAML metadata: DER in base64. */
  readonly certificate: string;
  readonly createdAt: number;
}
export const identityProviderKeys = collection<IdentityProviderKey>("identity-provider-keys", () => ["key"]);
