import { createPrivateKey, sign, type JsonWebKey } from "node:crypto";

/** A JSON object. If a member occurs twice, the last one counts. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A signed token (RFC 7519 in the compact form of RFC 7515), read but not verified. */
export interface JsonWebToken {
  readonly text: string;
  readonly algorithm: string;
  /** The id of the signer's key; undefined if it is absent or not a string. */
  readonly kid: string | undefined;
  readonly claims: JsonObject;
}

/** The algorithms that AWS accepts (API reference of AssumeRoleWithWebIdentity). */
const VERIFIABLE = /^[RE]S(?:256|384|512)$/;

/** Undefined if the text is not a signed JSON Web Token, or has extensions that must be understood (`crit`). */
export function readToken(text: string): JsonWebToken | undefined {
  const [header, claims, signature, ...more] = text.split(".");
  if (signature === undefined || more.length > 0 || !BASE64URL.test(signature)) return undefined;
  const protectedHeader = objectIn(header!);
  const payload = objectIn(claims!);
  if (!protectedHeader || !payload || "crit" in protectedHeader) return undefined;
  const { alg, kid } = protectedHeader;
  if (typeof alg !== "string") return undefined;
  return { text, algorithm: alg, kid: typeof kid === "string" ? kid : undefined, claims: payload };
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

function objectIn(segment: string): JsonObject | undefined {
  if (!BASE64URL.test(segment)) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(segment, "base64url"));
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether one of `keys` (JWKs, RFC 7517) made the token's signature, with an algorithm that AWS accepts. */
export async function isSignedBy(token: JsonWebToken, keys: readonly JsonObject[]): Promise<boolean> {
  const { algorithm, text } = token;
  if (!VERIFIABLE.test(algorithm)) return false;
  // Loading this takes longer than answering a request, and most emulators never see a web identity token.
  const { compactVerify, importJWK } = await import("jose");
  for (const { alg, use, ...jwk } of keys) {
    if ((alg !== undefined && alg !== algorithm) || (use !== undefined && use !== "sig")) continue;
    try {
      await compactVerify(text, await importJWK(jwk, algorithm), { algorithms: [algorithm] });
      return true;
    } catch {
      // The key has another type, is broken, or is not the signer's.
    }
  }
  return false;
}

/** Signs a token with a private JWK: RSA for RS256, P-384 for ES384. The members keep their order. */
export function signToken(
  header: { readonly alg: "RS256" | "ES384"; readonly kid: string },
  claims: JsonObject,
  privateKey: JsonObject,
): string {
  const encoded = [{ kid: header.kid, typ: "JWT", alg: header.alg }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const input = encoded.join(".");
  const key = createPrivateKey({ key: privateKey as JsonWebKey, format: "jwk" });
  const hash = header.alg === "RS256" ? "sha256" : "sha384";
  // JWS writes the two numbers of an ECDSA signature side by side (RFC 7518, section 3.4).
  const signature = sign(hash, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}
