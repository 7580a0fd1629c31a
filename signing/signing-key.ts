import { createHmac } from "node:crypto";
import { HmacKey } from "./hmac.ts";

/** Enough for every key of a test suite; an entry takes about half a kilobyte. */
const CAPACITY = 1000;

/** Oldest first. */
const keys = new Map<string, HmacKey>();

/**
 * The key that signs requests of one day (`YYYYMMDD`), region and service with `secret`. Its four HMACs are computed
 * once. The result is kept under the secret itself, so that a changed secret never gets an old key.
 */
export function signingKey(secret: string, date: string, region: string, service: string): HmacKey {
  const id = `${date}/${region}/${service}/${secret}`;
  let key = keys.get(id);
  if (key === undefined) {
    key = new HmacKey(deriveKey(secret, date, region, service));
    if (keys.size >= CAPACITY) keys.delete(keys.keys().next().value!);
    keys.set(id, key);
  }
  return key;
}

/** The same key in hex: what proves chunks of one request, in another process as well, without telling the secret. */
export const signingKeyHex = (...scope: Parameters<typeof signingKey>): string =>
  signingKey(...scope).key.toString("hex");

function deriveKey(secret: string, ...scope: readonly string[]): Buffer {
  let key = Buffer.from(`AWS4${secret}`, "utf8");
  for (const part of [...scope, "aws4_request"]) key = createHmac("sha256", key).update(part).digest();
  return key;
}
