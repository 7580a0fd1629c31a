import express, { type Router } from "express";
import { outboundFederations } from "../data/entities/accounts.ts";
import { issuerOf } from "../handlers/iam/outbound-federation.ts";
import { publishedKeys } from "../handlers/token-signing-keys.ts";
import type { Emulation } from "./emulation.ts";
import { Guard } from "./web/guard.ts";

/**
 * `/_oidc/{issuer id}`: what relying parties need to verify the tokens of an account (OpenID Connect Discovery 1.0). It
 * stays while the account's federation is off, since tokens outlive that.
 */
export function tokenIssuers(emulation: Emulation): Router {
  const { store, clock, options } = emulation;
  const router = express.Router();
  const guard = new Guard(emulation);
  router.use(({ headers }, response, next) => {
    const reason = guard.whyForeign(headers, { links: true, origins: false });
    if (reason === undefined) return next();
    response.status(403).json({ error: "forbidden", error_description: reason });
  });
  router.get("/:issuerId/.well-known/:document", (request, response, next) => {
    const { issuerId, document } = request.params;
    const body = store.transact((tx) => {
      const federation = tx.find(outboundFederations, "issuerId", issuerId);
      if (!federation) return undefined;
      if (document === "jwks.json") return publishedKeys(federation.account, { tx, now: clock.now() });
      return document === "openid-configuration" ? configuration(issuerOf(federation, options)) : undefined;
    });
    if (body === undefined) return next();
    // Keys may change at any time in a test.
    response.set("Cache-Control", "no-cache").json(body);
  });
  router.use((_request, response) => {
    response.status(404).json({ error: "not_found" });
  });
  return router;
}

const configuration = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256", "ES384"],
  claims_supported: ["aud", "sub", "iss", "exp", "iat", "jti", "https://sts.amazonaws.com/"],
});
