import { oidcProviders } from "../../data/entities/providers.ts";
import type { Transaction } from "../../data/store.ts";
import { oidcProviderArn } from "../arns.ts";
import type { Issuer } from "../issuer-keys.ts";

/** An issuer whose tokens the account accepts. */
export interface TrustedIssuer extends Issuer {
  /**
   * The issuer's name in trust policies: the ARN of the account's provider, or the domain of an issuer built into IAM.
   */
  readonly provider: string;
  /** The URL without its scheme, with which condition keys begin. */
  readonly name: string;
  /** The accepted audiences; undefined if that is left to the trust policy. */
  readonly clientIds?: readonly string[];
}

/**
 * Issuers of OpenID Connect tokens for which no account needs a provider (API reference of
 * CreateOpenIDConnectProvider).
 */
const BUILT_IN = ["accounts.google.com", "cognito-identity.amazonaws.com"];

/** The issuer with this `iss`; undefined if the account has no provider for it. */
export function trustedIssuer(iss: string, account: string, tx: Transaction): TrustedIssuer | undefined {
  const name = iss.replace(/^https?:\/\//, "");
  const isPlainHttp = iss.startsWith("http://");
  const provider = tx.get(oidcProviders, account, name);
  const isBuiltIn = BUILT_IN.includes(name);
  // Google's tokens may name it without a scheme (Google, "Verify the Google ID token on your server side").
  if (iss === name && name !== "accounts.google.com") return undefined;
  if (provider && (provider.plainHttp ?? false) === isPlainHttp) {
    const { thumbprints, clientIds } = provider;
    const url = isPlainHttp ? iss : `https://${name}`;
    return { url, name, thumbprints, clientIds, provider: oidcProviderArn(account, name) };
  }
  return isBuiltIn && !isPlainHttp ? { url: `https://${name}`, name, thumbprints: [], provider: name } : undefined;
}
