import type { Random } from "./random.ts";

// AWS's identifiers contain the account: the base32 text after the four-letter prefix decodes to bytes whose bits 1..40
// are the account number. Keys made since 2019 have the top bit set (evidence: id-account-in-key).

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The first letters of an identifier say what it names (IAM User Guide, "Understanding unique ID prefixes"). */
export type IdPrefix =
  | "AIDA"
  | "AROA"
  | "AGPA"
  | "AIPA"
  | "ANPA"
  | "ANVA"
  | "AKIA"
  | "ASIA"
  | "APKA"
  | "ASCA"
  | "ACCA"
  | "AVTA";

/** Base32 (RFC 4648) without padding. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >> bits) & 31];
    }
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}

function identifier(prefix: IdPrefix, account: string, length: number, random: Random): string {
  const bytes = random.bytes(Math.ceil((length * 5) / 8));
  const noise = BigInt(bytes[5]! & 0x7f);
  const head = (1n << 47n) | (BigInt(account) << 7n) | noise;
  bytes.writeUIntBE(Number(head), 0, 6);
  return prefix + base32(bytes).slice(0, length);
}

/** An access key id: `AKIA…` (long-term) or `ASIA…` (temporary), 20 characters. */
export const accessKeyId = (prefix: "AKIA" | "ASIA", account: string, random: Random): string =>
  identifier(prefix, account, 16, random);

/** The id of an SSH public key: `APKA…`, also 20 characters (evidence: id-lengths). */
export const sshPublicKeyId = (account: string, random: Random): string => identifier("APKA", account, 16, random);

/** A unique id such as a user's `AIDA…`, 21 characters. */
export const uniqueId = (prefix: IdPrefix, account: string, random: Random): string =>
  identifier(prefix, account, 17, random);

/** A secret access key: 40 characters of `[A-Za-z0-9+/]`. */
export const secretAccessKey = (random: Random): string => random.bytes(30).toString("base64");

/**
 * The account in an access key id or unique id of AWS's layout. Undefined if the id contains none: it has another form,
 * or is a key from before that layout, whose top bit is clear.
 */
export function accountInId(id: string): string | undefined {
  if (!/^[A-Z]{4}[A-Z2-7]{16,17}$/.test(id)) return undefined;
  let bits = 0n;
  for (const letter of id.slice(4, 14)) bits = (bits << 5n) | BigInt(BASE32.indexOf(letter));
  const head = bits >> 2n;
  if (head >> 47n === 0n) return undefined;
  const account = (head & 0x7fffffffff80n) >> 7n;
  return account < 1_000_000_000_000n ? account.toString().padStart(12, "0") : undefined;
}
