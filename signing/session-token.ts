import { createCipheriv, createDecipheriv } from "node:crypto";

// A token is base64 of: prefix (12 bytes) | nonce (12) | ciphertext | authentication tag (16), sealed with AES-256-GCM.
// The prefix is the beginning of AWS's version 2 tokens (evidence: id-session-token); it is authenticated, not
// encrypted.
const PREFIX = Buffer.from("IQoJb3JpZ2luX2Vj", "base64");
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const CIPHER = "aes-256-gcm";

/** The least number of characters of a token, as clients and logs expect. */
const MINIMUM_SIZE = 200;

/**
 * Seals `payload` (anything that JSON can hold) with a 32-byte `key`. `nonce` is 12 random bytes that must never be
 * used twice with one key. A token shorter than `minimumSize` characters is padded to that length.
 */
export function sealToken(key: Buffer, nonce: Buffer, payload: object, minimumSize = MINIMUM_SIZE): string {
  const json = Buffer.from(JSON.stringify(payload));
  // Three bytes make four characters. Blanks after JSON have no meaning.
  const bytes = Math.ceil((Math.max(minimumSize, MINIMUM_SIZE) * 3) / 4);
  const blanks = Buffer.alloc(Math.max(0, bytes - PREFIX.length - NONCE_LENGTH - json.length - TAG_LENGTH), " ");
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_LENGTH }).setAAD(PREFIX);
  const sealed = Buffer.concat([cipher.update(json), cipher.update(blanks), cipher.final()]);
  return Buffer.concat([PREFIX, nonce, sealed, cipher.getAuthTag()]).toString("base64");
}

/** The payload of a token that `sealToken` made with this `key`; undefined if the token is damaged or foreign. */
export function openToken(key: Buffer, token: string): object | undefined {
  const bytes = Buffer.from(token, "base64");
  // Node's base64 decoder skips unknown characters: only the exact text that was issued counts.
  if (bytes.length < PREFIX.length + NONCE_LENGTH + TAG_LENGTH || bytes.toString("base64") !== token) return undefined;
  if (!bytes.subarray(0, PREFIX.length).equals(PREFIX)) return undefined;
  const sealedAt = PREFIX.length + NONCE_LENGTH;
  const tagAt = bytes.length - TAG_LENGTH;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(PREFIX.length, sealedAt), { authTagLength: TAG_LENGTH })
    .setAAD(PREFIX)
    .setAuthTag(bytes.subarray(tagAt));
  const payload = decipher.update(bytes.subarray(sealedAt, tagAt));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  const opened: unknown = JSON.parse(payload.toString("utf8"));
  return typeof opened === "object" && opened !== null ? opened : undefined;
}
