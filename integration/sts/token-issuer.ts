import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateOpenIDConnectProviderCommand, type CreateOpenIDConnectProviderCommandInput } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, type AssumeRoleWithWebIdentityCommandInput } from "@aws-sdk/client-sts";
import {
  CompactSign,
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  type CompactJWSHeaderParameters,
  type JWK,
} from "jose";
import { after, before } from "mocha";
import request from "supertest";
import type { Emulator } from "../emulator.ts";
import type { Statement } from "../fixtures.ts";

/** The time, in seconds, at which the harness freezes the emulator's clock. */
export const NOW = Date.UTC(2026, 10, 24, 12, 0, 0) / 1000;

/** A token issuer's key pair. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicJwk: JWK;
  readonly privateKey: CryptoKey;
}

export async function signingKey(alg = "RS256", kid: string = alg): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export const jwksOf = (...keys: readonly SigningKey[]): { keys: JWK[] } => ({
  keys: keys.map(({ publicJwk }) => publicJwk),
});

/** Signs claims, or any other text, with `key`. */
export async function sign(
  claims: object | string,
  key: SigningKey,
  header: Partial<CompactJWSHeaderParameters> = {},
): Promise<string> {
  const payload = new TextEncoder().encode(typeof claims === "string" ? claims : JSON.stringify(claims));
  const signer = new CompactSign(payload).setProtectedHeader({ alg: key.alg, kid: key.kid, typ: "JWT", ...header });
  return signer.sign(key.privateKey, { crit: Object.fromEntries((header.crit ?? []).map((name) => [name, true])) });
}

/** The claims of a token for `client-a` that is valid for five minutes. */
export const claimsOf = (iss: string, more: object = {}) => ({
  iss,
  sub: "subject",
  aud: "client-a",
  iat: NOW,
  exp: NOW + 300,
  ...more,
});

/** An OpenID Connect issuer on a socket of this machine. */
export interface TokenIssuer {
  readonly url: string;
  /** Its current key; `keys` are those that it publishes. */
  readonly key: SigningKey;
  keys: SigningKey[];
  /** The paths that were requested. */
  readonly requests: string[];
  /** Answers instead of the issuer, if a test sets it. */
  answer: RequestListener | undefined;
  token(more?: object, header?: Partial<CompactJWSHeaderParameters>): Promise<string>;
}

/** Runs an issuer around the tests of the enclosing `describe`. */
export function tokenIssuer(): TokenIssuer {
  let server: Server | undefined;
  let url = "";
  let key: SigningKey | undefined;
  const issuer: TokenIssuer = {
    get url() {
      return url;
    },
    get key() {
      return key!;
    },
    keys: [],
    requests: [],
    answer: undefined,
    token: (more, header) => sign(claimsOf(url, more), key!, header),
  };
  before(async () => {
    key = await signingKey();
    issuer.keys = [key];
    server = createServer((message, response) => {
      issuer.requests.push(message.url!);
      if (issuer.answer) return issuer.answer(message, response);
      const documents: Record<string, object> = {
        "/.well-known/openid-configuration": { issuer: url, jwks_uri: `${url}/keys` },
        "/keys": jwksOf(...issuer.keys),
      };
      const body = documents[message.url!];
      response.writeHead(body ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    url = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server?.closeAllConnections();
    server?.close();
  });
  return issuer;
}

/** Creates the account's provider for an issuer and returns its ARN. */
export async function createProvider(
  emu: Emulator,
  Url: string,
  more: Partial<CreateOpenIDConnectProviderCommandInput> = {},
): Promise<string> {
  const input = { Url, ClientIDList: ["client-a", "client-b"], ...more };
  return (await emu.iam().send(new CreateOpenIDConnectProviderCommand(input))).OpenIDConnectProviderArn!;
}

/** A statement that trusts an identity provider. */
export const trustFederated = (
  Federated: string,
  Condition?: object,
  Action: string | readonly string[] = "sts:AssumeRoleWithWebIdentity",
): Statement => ({ Principal: { Federated }, Action, ...(Condition && { Condition }) });

/** Gives the emulator the keys of an issuer, so that it does not ask for them. */
export const giveKeys = (emu: Emulator, issuer: string, ...keys: readonly SigningKey[]) =>
  request(emu.server.endpoint)
    .put("/_emulator/issuers")
    .send({ issuer, jwks: jwksOf(...keys) })
    .expect(200);

/** Assumes a role with a token; the request is not signed. */
export const assumeWithToken = (
  emu: Emulator,
  RoleArn: string,
  WebIdentityToken: string,
  more: Partial<AssumeRoleWithWebIdentityCommandInput> = {},
) =>
  emu
    .sts()
    .send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "session", WebIdentityToken, ...more }));

/** For assert.rejects: AWS's refusal of a token. */
export const invalidToken = (message: string) => ({ name: "InvalidIdentityTokenException", message });

export const NOT_A_TOKEN = invalidToken(
  "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
);
export const UNVERIFIED = invalidToken(
  "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.",
);
export const KEY_NOT_FOUND = invalidToken(
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
);

/** The audience of the emulator's tokens in these tests. */
export const AUDIENCE = "https://api.example.com";

/** Verifies as a relying party does: the issuer's configuration, its keys, the token; by the emulator's time. */
export async function verifyByDiscovery(token: string, issuer: string, now = NOW) {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const configuration = (await response.json()) as { issuer: string; jwks_uri: string };
  assert.equal(configuration.issuer, issuer);
  const keys = createRemoteJWKSet(new URL(configuration.jwks_uri));
  return jwtVerify(token, keys, { issuer, audience: AUDIENCE, currentDate: new Date(now * 1000) });
}
