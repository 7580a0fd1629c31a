import { uuid } from "../../data/random.ts";
import { generatePrivateKey } from "../../signing/key-pair.ts";
import { signToken, type JsonObject } from "../../signing/json-web-token.ts";
import type { Emulation } from "../emulation.ts";

let key: Promise<JsonObject> | undefined;

/**
 * The identity token that comes with the first credentials. Its `sub`, the principal's ARN, is what a profile calls
 * `login_session`. Clients get it over their own connection and do not verify it, so its key is not published.
 */
export async function idToken(
  arn: string,
  clientId: string,
  now: number,
  { random, options }: Emulation,
): Promise<string> {
  key ??= generatePrivateKey("ES384");
  const issuedAt = Math.floor(now / 1000);
  const claims = {
    iss: options.publicUrl,
    aud: clientId,
    sub: arn,
    iat: issuedAt,
    exp: issuedAt + 900,
    jti: uuid(random),
  };
  return signToken({ alg: "ES384", kid: "signin" }, claims, await key);
}
