import { issuerKeySets } from "../../data/entities/web-identity.ts";
import { oidcProviderArn, samlProviderArn } from "../../handlers/arns.ts";
import { WireError } from "../../handlers/errors.ts";
import type { RequestFacts } from "../../handlers/operation.ts";
import { rootCaller } from "../../handlers/callers.ts";
import type { Emulation } from "../emulation.ts";
import { call } from "../call.ts";
import { publicJwk, type KeySource } from "./key.ts";
import { PRESETS, STS } from "./presets.ts";
import { SAML_PROVIDER_NAME, samlMetadata } from "./saml.ts";
import { issuerOf } from "./tokens.ts";

/** What an account should trust the identity provider for. */
export interface RegistrationRequest {
  readonly account: string;
  /** The issuer whose place the provider takes; by default itself, or the preset's issuer. */
  readonly issuer?: string | undefined;
  readonly preset?: string | undefined;
  readonly clientIds?: readonly string[] | undefined;
  /** Name of the SAML provider. */
  readonly samlProvider?: string | undefined;
}

export interface Registration {
  readonly issuer: string;
  readonly oidcProviderArn: string;
  /** Absent if the provider takes another issuer's place and no name was given. */
  readonly samlProviderArn?: string;
}

/**
 * Creates or updates an account's OpenID Connect and SAML providers for the identity provider, as its root. In another
 * issuer's place, the identity provider signs that issuer's tokens with its own key, so that trust policies which name
 * the real issuer can be tested unchanged. Rejects with the WireError of the operation that is refused.
 */
export async function register(
  request: RegistrationRequest,
  emulation: Emulation,
  key: KeySource,
  from: Omit<RequestFacts, "id" | "region">,
): Promise<Registration> {
  const { account } = request;
  const caller = rootCaller(account, "");
  const own = issuerOf(emulation);
  const preset = request.preset === undefined ? undefined : PRESETS[request.preset];
  const issuer = request.issuer ?? preset?.issuer ?? own;
  const clientIds = request.clientIds ?? [preset?.audience ?? STS].flat();

  const providerArn = await oidcProvider();
  if (issuer !== own) await vouchFor(issuer);
  const samlName = request.samlProvider ?? (issuer === own ? SAML_PROVIDER_NAME : undefined);
  return {
    issuer,
    oidcProviderArn: providerArn,
    ...(samlName !== undefined && { samlProviderArn: await samlProvider(samlName) }),
  };

  async function oidcProvider(): Promise<string> {
    const input = { Url: issuer, ClientIDList: [...clientIds] };
    const made = await unlessThere(call("CreateOpenIDConnectProvider", input, caller, emulation, from));
    if (made) return made.OpenIDConnectProviderArn!;
    const OpenIDConnectProviderArn = oidcProviderArn(account, issuer.replace(/^https?:\/\//, ""));
    for (const ClientID of clientIds) {
      const addition = { OpenIDConnectProviderArn, ClientID };
      await call("AddClientIDToOpenIDConnectProvider", addition, caller, emulation, from);
    }
    return OpenIDConnectProviderArn;
  }

  async function samlProvider(Name: string): Promise<string> {
    const SAMLMetadataDocument = await samlMetadata(emulation, key);
    const input = { Name, SAMLMetadataDocument };
    const made = await unlessThere(call("CreateSAMLProvider", input, caller, emulation, from));
    if (made) return made.SAMLProviderArn!;
    const update = { SAMLProviderArn: samlProviderArn(account, Name), SAMLMetadataDocument };
    return (await call("UpdateSAMLProvider", update, caller, emulation, from)).SAMLProviderArn!;
  }

  async function vouchFor(url: string): Promise<void> {
    const keySet = { issuer: url, keys: [publicJwk(await key())], setAt: emulation.clock.now() };
    await emulation.store.transact((tx) => tx.put(issuerKeySets, keySet));
  }
}

/** Undefined if it exists already. */
async function unlessThere<T>(made: Promise<T>): Promise<T | undefined> {
  try {
    return await made;
  } catch (cause) {
    if (cause instanceof WireError && cause.code === "EntityAlreadyExists") return undefined;
    throw cause;
  }
}
