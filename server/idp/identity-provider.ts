import type { Emulation } from "../emulation.ts";
import { sourceOf } from "../source.ts";
import { flagOf } from "../option-table.ts";
import { Answer } from "../web/answer.ts";
import { NotFound, webError } from "../web/errors.ts";
import { jsonError } from "../web/failure.ts";
import { json } from "../web/input.ts";
import type { Site } from "../web/site.ts";
import { keySource, publicJwk } from "./key.ts";
import { register } from "./providers.ts";
import { registrationRequest, samlRequest, tokenRequest } from "./requests.ts";
import { issueSamlResponse, samlMetadata } from "./saml.ts";
import { issueToken, issuerOf } from "./tokens.ts";

const IdentityProviderOff = webError("IdentityProviderOff", 404);

/**
 * The built-in identity provider for tests, below /_idp: an OpenID Connect issuer and a SAML identity provider that
 * states whatever it is asked to. It is off unless the emulator was started with it. Its errors have the form of the
 * control plane's, but switching `control` off does not switch it off.
 */
export function identityProvider(emulation: Emulation): Site {
  const key = keySource(emulation);
  return {
    body: { type: "any text", limit: "256kb" },
    admit() {
      if (!emulation.options.idp) throw IdentityProviderOff(OFF);
    },
    routes: {
      "/": { body: "unread", GET: () => Answer.redirect("/console/emulator/identity-provider") },
      // OpenID Connect Discovery 1.0, section 4.
      "/.well-known/openid-configuration": { body: "unread", GET: () => configuration(issuerOf(emulation)) },
      "/keys": { body: "unread", GET: async () => ({ keys: [publicJwk(await key())] }) },
      "/saml/metadata": {
        body: "unread",
        GET: async () => Answer.of("application/samlmetadata+xml", await samlMetadata(emulation, key)),
      },
      "/token": { POST: (request) => issueToken(tokenRequest(json(request) ?? {}), emulation, key) },
      "/saml": {
        POST: async (request) => ({
          SAMLResponse: await issueSamlResponse(samlRequest(json(request) ?? {}), emulation, key),
        }),
      },
      "/providers": {
        POST(request) {
          const asked = registrationRequest(json(request) ?? {}, emulation.options.account);
          return register(asked, emulation, key, sourceOf(request, emulation.options));
        },
      },
    },
    missing: ({ method, path }) =>
      NotFound(`There is no ${method} /_idp${path}. Paths are listed in docs/federation.md.`),
    refuse: jsonError,
  };
}

const OFF = `The built-in identity provider is off, since it says of anybody what it is asked to. Start the emulator with ${flagOf("idp")}.`;

const configuration = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/keys`,
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
});
