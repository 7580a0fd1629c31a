import { generateKeyPair as generate, type KeyObject } from "node:crypto";
import type { JsonObject } from "./json-web-token.ts";

/** Members of a private JWK that its public one does not have (RFC 7518, sections 6.2 and 6.3). */
const PRIVATE_MEMBERS = new Set(["d", "p", "q", "dp", "dq", "qi"]);

/** A new private key as a JWK: RSA of 2048 bits for RS256, P-384 for ES384. Generated in a thread of its own. */
export function generatePrivateKey(algorithm: "RS256" | "ES384"): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject) =>
      error ? reject(error) : resolve({ ...privateKey.export({ format: "jwk" }) });
    if (algorithm === "RS256") generate("rsa", { modulusLength: 2048 }, settle);
    else generate("ec", { namedCurve: "P-384" }, settle);
  });
}

/** The public part of a private JWK. */
export const publicPart = (privateKey: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(privateKey).filter(([member]) => !PRIVATE_MEMBERS.has(member)));
