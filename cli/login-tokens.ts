import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { CommandFailed } from "./control-client.ts";
import type { CachedLogin } from "./login-cache.ts";

/** Credentials are refreshed when they have less than this left, as AWS's tools do. */
const REFRESH_MS = 5 * 60 * 1000;

/** A new key for the proofs of one login. */
export function newProofKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}

/** Exchanges the code of a login for its first credentials. Rejects with CommandFailed. */
export async function redeemCode(
  endpoint: string,
  dpopKey: string,
  grant: {
    readonly clientId: string;
    readonly code: string;
    readonly redirectUri: string;
    readonly codeVerifier: string;
  },
): Promise<{ readonly loginSession: string; readonly login: CachedLogin }> {
  const answer = await requestToken(endpoint, dpopKey, { ...grant, grantType: "authorization_code" });
  const { clientId } = grant;
  const { idToken = "", tokenType, refreshToken } = answer;
  const claims = JSON.parse(Buffer.from(idToken.split(".")[1]!, "base64url").toString()) as { readonly sub: string };
  const accountId = claims.sub.split(":")[4]!;
  const login = {
    accessToken: { ...credentialsIn(answer), accountId },
    tokenType,
    clientId,
    refreshToken,
    idToken,
    dpopKey,
  };
  return { loginSession: claims.sub, login };
}

/**
 * The login with credentials that still last a while: the same object if they do, else refreshed. Rejects with
 * CommandFailed.
 */
export async function refreshed(endpoint: string, login: CachedLogin): Promise<CachedLogin> {
  const { accessToken, clientId, refreshToken, dpopKey } = login;
  if (Date.parse(accessToken.expiresAt) - Date.now() > REFRESH_MS) return login;
  const answer = await requestToken(endpoint, dpopKey, { clientId, refreshToken, grantType: "refresh_token" });
  return {
    ...login,
    accessToken: { ...credentialsIn(answer), accountId: accessToken.accountId },
    refreshToken: answer.refreshToken,
  };
}

interface TokenAnswer {
  readonly accessToken: Omit<CachedLogin["accessToken"], "accountId" | "expiresAt">;
  readonly tokenType: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly idToken?: string;
}

const credentialsIn = ({ accessToken, expiresIn }: TokenAnswer) => ({
  ...accessToken,
  expiresAt: new Date(Date.now() + expiresIn * 1000).toISOString().replace(/\.\d+Z$/, "Z"),
});

/** Calls CreateOAuth2Token. */
async function requestToken(endpoint: string, dpopKey: string, input: object): Promise<TokenAnswer> {
  const url = new URL("/v1/token", endpoint);
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", DPoP: proof(dpopKey, url) },
    body: JSON.stringify(input),
  }).catch(() => {
    throw new CommandFailed(`nothing answers at ${endpoint}. Start an emulator with "iam-local start".`);
  });
  const answer = (await response.json().catch(() => ({}))) as TokenAnswer & { readonly message?: string };
  if (response.ok) return answer;
  const { message = `${endpoint} answered with HTTP ${response.status}.` } = answer;
  throw new CommandFailed(`${message} "iam-local login" starts a new session.`);
}

/** A proof of possession for one request (RFC 9449, section 4.2). */
function proof(dpopKey: string, url: URL): string {
  const key = createPrivateKey(dpopKey);
  const jwk = createPublicKey(key).export({ format: "jwk" });
  const header = { typ: "dpop+jwt", alg: "ES256", jwk };
  const claims = { jti: randomUUID(), htm: "POST", htu: url.href, iat: Math.floor(Date.now() / 1000) };
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}
