import express, { type Router } from "express";
import { respondError } from "../control/control-plane.ts";
import { Forbidden, IdentityProviderOff, NotFound } from "../control/errors.ts";
import { Guard } from "../web/guard.ts";
import { json } from "../control/input.ts";
import type { Emulation } from "../emulation.ts";
import { sourceOf } from "../http.ts";
import { flagOf } from "../options.ts";
import { keySource, publicJwk } from "./key.ts";
import { register } from "./providers.ts";
import { registrationRequest, samlRequest, tokenRequest } from "./requests.ts";
import { issueSamlResponse, samlMetadata } from "./saml.ts";
import { issueToken, issuerOf } from "./tokens.ts";

const BODY_LIMIT = "256kb";

/**
 * The built-in identity provider, below /_idp: an OpenID Connect issuer and a SAML identity provider that says of anybody
 * whatever it is asked to say, for tests. It is off unless the emulator was started with it. Errors are those of the control
 * plane in form; unlike the control plane it does not go with `control`.
 */
export function identityProvider(emulation: Emulation): Router {
  const { store } = emulation;
  const key = keySource(emulation);
  const router = express.Router();
  const guard = new Guard(emulation);

  router.use(({ headers }, response, next) => {
    response.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
    if (!emulation.options.idp) throw IdentityProviderOff(OFF);
    const reason = guard.whyForeign(headers, { links: true, origins: false });
    if (reason !== undefined) throw Forbidden(reason);
    next();
  });
  router.get("/", (_request, response) => response.redirect(303, "/console/emulator/identity-provider"));

  // OpenID Connect Discovery 1.0, section 4.
  router.get("/.well-known/openid-configuration", (_request, response) => {
    const issuer = issuerOf(emulation);
    response.json({
      issuer,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    });
  });
  router.get("/keys", async (_request, response) => {
    const keys = [publicJwk(await key())];
    await store.durable();
    response.json({ keys });
  });
  router.get("/saml/metadata", async (_request, response) => {
    const metadata = await samlMetadata(emulation, key);
    await store.durable();
    response.type("application/samlmetadata+xml").send(metadata);
  });

  router.use(express.text({ type: () => true, limit: BODY_LIMIT }));
  router.post("/token", async (request, response) => {
    const issued = await issueToken(tokenRequest(json(request) ?? {}), emulation, key);
    await store.durable();
    response.json(issued);
  });
  router.post("/saml", async (request, response) => {
    const SAMLResponse = await issueSamlResponse(samlRequest(json(request) ?? {}), emulation, key);
    await store.durable();
    response.json({ SAMLResponse });
  });
  router.post("/providers", async (request, response) => {
    const from = sourceOf(request);
    const asked = registrationRequest(json(request) ?? {}, emulation.options.account);
    response.json(await register(asked, emulation, key, from));
  });
  router.use(({ method, path }) => {
    throw NotFound(`There is no ${method} /_idp${path}. Paths are listed in the README, "Federation offline".`);
  });
  router.use(respondError);
  return router;
}

const OFF = `The built-in identity provider is off, since it says of anybody what it is asked to. Start the emulator with ${flagOf("idp")}.`;
