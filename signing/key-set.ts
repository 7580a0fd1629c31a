import type { JsonObject } from "./json-web-token.ts";

/**
 * How many keys of each type AWS accepts (IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM").
 */
const MOST_KEYS_OF_A_TYPE = 100;

/** Members that only private and secret keys have (RFC 7518, section 6). */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/**
 * The public keys of a JWKS (RFC 7517, section 5), without those that cannot sign tokens for AWS. Throws an Error that
 * says what is wrong if it is not a JWKS, has more keys than AWS accepts, or has a private key.
 */
export function readKeySet(value: unknown): readonly JsonObject[] {
  const keys: unknown = typeof value === "object" && value !== null && "keys" in value ? value.keys : undefined;
  if (!Array.isArray(keys)) throw new Error('a JWKS is a JSON object with a list "keys"');
  if (keys.some((key) => isObject(key) && PRIVATE_MEMBERS.some((member) => member in key))) {
    throw new Error("the JWKS has a private key; publish the public members only");
  }
  const usable = keys.filter(isObject).filter(({ kty }) => kty === "RSA" || kty === "EC");
  for (const type of ["RSA", "EC"]) {
    if (usable.filter(({ kty }) => kty === type).length > MOST_KEYS_OF_A_TYPE) {
      throw new Error(`the JWKS has more than ${MOST_KEYS_OF_A_TYPE} ${type} keys`);
    }
  }
  return usable;
}

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;
