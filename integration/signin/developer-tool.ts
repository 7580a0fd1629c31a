import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import type { Browser } from "../console/browser.ts";
import { decode } from "../console/browser.ts";
import type { Credentials, Emulator } from "../emulator.ts";

export const SAME_DEVICE = "arn:aws:signin:::devtools/same-device";
export const CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device";
export const REDIRECT_URI = "http://127.0.0.1:53682/oauth/callback";
export const VERIFIER = "a-verifier-of-exactly-43-characters-or-so-1";
const STATE = "a state & more";

/** The path at which a tool has people sign in, as `aws login` requests it. Undefined removes a parameter. */
export function authorizePath(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const asked = {
    response_type: "code",
    client_id: SAME_DEVICE,
    redirect_uri: REDIRECT_URI,
    state: STATE,
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    code_challenge_method: "SHA-256",
    scope: "openid",
    ...changes,
  };
  const query = Object.entries(asked).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `/v1/authorize?${new URLSearchParams(query).toString()}`;
}

/** The target of the link with this text on the console's page. */
export function linkIn({ text }: { readonly text: string }, label: string): string {
  const href = new RegExp(`<a href="([^"]*)"[^>]*>${label}</a>`).exec(text)?.[1];
  if (href === undefined) throw new Error(`there is no link ${label}`);
  return decode(href);
}

/** Agrees, as a signed-in visitor, and returns the next page. */
export async function agree(visitor: Browser, path = authorizePath()) {
  const { headers } = await visitor.get(path);
  return visitor.submit(headers["location"]!, {});
}

/** The code that a tool gets after a visitor has agreed. */
export const codeFor = async (visitor: Browser, path = authorizePath()): Promise<string> =>
  new URL(linkIn(await agree(visitor, path), "Complete the login")).searchParams.get("code")!;

/** The key of a tool. */
export interface ToolKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export const newKey = (alg = "ES256"): Promise<ToolKey> => generateKeyPair(alg, { extractable: true });

interface ProofChanges {
  readonly alg?: string;
  readonly typ?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The key that the proof claims to be made with. */
  readonly shown?: ToolKey;
}

let proofs = 0;

/** A DPoP proof (RFC 9449), with the emulator's time. */
export async function proofBy(
  { privateKey, publicKey }: ToolKey,
  emu: Emulator,
  { alg = "ES256", typ = "dpop+jwt", claims = {}, shown }: ProofChanges = {},
): Promise<string> {
  const all = {
    jti: `proof ${++proofs}`,
    htm: "POST",
    htu: `${emu.server.endpoint}/v1/token`,
    iat: Math.floor(emu.server.clock.now() / 1000),
    ...claims,
  };
  return new SignJWT(all)
    .setProtectedHeader({ alg, typ, jwk: await exportJWK(shown?.publicKey ?? publicKey) })
    .sign(privateKey);
}

interface Tokens {
  readonly accessToken: Required<{ [K in keyof Credentials]: string }>;
  readonly tokenType: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly idToken?: string;
}

/** An answer of CreateOAuth2Token. */
export interface TokenAnswer {
  readonly status: number;
  /** The name of the error; null if there is none. */
  readonly type: string | null;
  readonly body: Tokens & { readonly error?: string; readonly message?: string };
}

/** CreateOAuth2Token on the wire, with or without this proof. */
export async function createToken(
  emu: Emulator,
  input: unknown,
  proof: string | undefined,
  path = "/v1/token",
): Promise<TokenAnswer> {
  const response = await fetch(`${emu.server.endpoint}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(proof !== undefined && { dpop: proof }) },
    body: typeof input === "string" ? input : JSON.stringify(input),
  });
  const body = (await response.json()) as TokenAnswer["body"];
  return { status: response.status, type: response.headers.get("x-amzn-errortype"), body };
}

export const codeGrant = (code: string, changes: object = {}): object => ({
  clientId: SAME_DEVICE,
  grantType: "authorization_code",
  code,
  redirectUri: REDIRECT_URI,
  codeVerifier: VERIFIER,
  ...changes,
});

export const refreshGrant = (refreshToken: string, changes: object = {}): object => ({
  clientId: SAME_DEVICE,
  grantType: "refresh_token",
  refreshToken,
  ...changes,
});

/** Redeems a code of the visitor with this key. */
export async function tokensFor(visitor: Browser, key: ToolKey, emu: Emulator): Promise<Tokens> {
  const { status, body } = await createToken(emu, codeGrant(await codeFor(visitor)), await proofBy(key, emu));
  assert.equal(status, 200, body.message);
  return body;
}
