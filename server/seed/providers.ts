import { issuerKeySets } from "../../data/entities/web-identity.ts";
import { readKeySet } from "../../signing/key-set.ts";
import { tagsOf, type AccountSeed } from "./accounts.ts";
import type { Place } from "./place.ts";
import type { Plan } from "./plan.ts";

/** SAML providers; `metadata` is XML or the name of a file. */
export function addSamlProviders({ members }: AccountSeed, plan: Plan): void {
  for (const provider of members.samlProviders.items()) {
    const { name, metadata, tags, assertionEncryptionMode, privateKey } = provider.members(
      "name",
      "metadata",
      "tags",
      "assertionEncryptionMode",
      "privateKey",
    );
    plan.call(provider, "CreateSAMLProvider", {
      Name: name.text(),
      SAMLMetadataDocument: metadata.textOrFile("XML", /^\s*</),
      Tags: tagsOf(tags),
      // Its values are checked by the operation with the rest of the request.
      AssertionEncryptionMode: assertionEncryptionMode.textIfGiven() as "Required" | undefined,
      AddPrivateKey: privateKey.isGiven ? privateKey.textOrFile("PEM", /-----BEGIN /) : undefined,
    });
  }
}

/**
 * OpenID Connect providers. If the `jwks` of the issuer is given, the issuer is not asked for it when a token comes.
 */
export function addOidcProviders({ members }: AccountSeed, plan: Plan): void {
  for (const provider of members.oidcProviders.items()) {
    const { url, clientIds, thumbprints, tags, jwks } = provider.members(
      "url",
      "clientIds",
      "thumbprints",
      "tags",
      "jwks",
    );
    plan.call(provider, "CreateOpenIDConnectProvider", {
      Url: url.text(),
      ClientIDList: clientIds.items().map((id) => id.text()),
      ThumbprintList: thumbprints.items().map((thumbprint) => thumbprint.text()),
      Tags: tagsOf(tags),
    });
    if (!jwks.isGiven) continue;
    const keys = keySet(jwks);
    plan.do(jwks, ({ tx, now }) => tx.put(issuerKeySets, { issuer: url.text(), keys, setAt: now }));
  }
}

function keySet(jwks: Place) {
  const text = jwks.json();
  try {
    return readKeySet(JSON.parse(text));
  } catch (cause) {
    throw jwks.fail(cause instanceof SyntaxError ? "is not JSON." : `${(cause as Error).message}.`);
  }
}
