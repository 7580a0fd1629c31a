import { outboundFederations } from "../data/entities/accounts.ts";
import { issuerOf } from "../handlers/iam/outbound-federation.ts";
import { publishedKeys } from "../handlers/token-signing-keys.ts";
import type { Emulation } from "./emulation.ts";
import { Answer } from "./web/answer.ts";
import { NotFound } from "./web/errors.ts";
import type { Site } from "./web/site.ts";

/**
 * `/_oidc/{issuer id}`: what relying parties need to verify the tokens of an account (OpenID Connect Discovery 1.0). It
 * works even while the account's federation is off, since earlier tokens are still valid.
 */
export function tokenIssuers({ store, clock, options }: Emulation): Site {
  const notFound = () => NotFound("There is no such issuer or document.");
  return {
    routes: {
      "/:issuerId/.well-known/:document": {
        GET({ params }) {
          const { issuerId, document } = params as { readonly issuerId: string; readonly document: string };
          const found = store.read((tx) => {
            const federation = tx.find(outboundFederations, "issuerId", issuerId);
            if (!federation) return undefined;
            if (document === "jwks.json") return publishedKeys(federation.account, { tx, now: clock.now() });
            return document === "openid-configuration" ? configuration(issuerOf(federation, options)) : undefined;
          });
          if (found === undefined) throw notFound();
          return found;
        },
      },
    },
    missing: notFound,
    // In OAuth's error format.
    refuse: ({ status, message }) =>
      Answer.json({ error: ERRORS[status] ?? "invalid_request", error_description: message }, status),
  };
}

const ERRORS: Readonly<Record<number, string>> = { 403: "access_denied", 404: "not_found", 500: "server_error" };

const configuration = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256", "ES384"],
  claims_supported: ["aud", "sub", "iss", "exp", "iat", "jti", "https://sts.amazonaws.com/"],
});
