import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { InvalidPublicKey, UnrecognizedPublicKeyEncoding } from "../errors.ts";

// An RSA public key in SSH's wire format (RFC 4253, 6.6): the text "ssh-rsa", the exponent and the modulus, each
// preceded by its length in four bytes; numbers have a sign bit (RFC 4251, 5).

const ALGORITHM = "ssh-rsa";

/** AWS accepts only RSA keys of these sizes (evidence: ssh-key-refusals). */
const MIN_BITS = 2048;
const MAX_BITS = 16384;

/**
 * The wire form of a public key given as a line of an `authorized_keys` file or as PEM (SubjectPublicKeyInfo or PKCS
 * #1). Throws UnrecognizedPublicKeyEncoding for any other format, InvalidPublicKey for a key that AWS does not accept.
 */
export function readPublicKey(body: string): Buffer {
  const text = body.trim();
  const key = text.startsWith("-----BEGIN ") ? keyOfPem(text) : keyOfLine(text);
  if (!key) throw UnrecognizedPublicKeyEncoding("Invalid public key uploaded.");
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== "rsa" || bits < MIN_BITS || bits > MAX_BITS) {
    throw InvalidPublicKey("Invalid body for public key");
  }
  const { e, n } = key.export({ format: "jwk" });
  return Buffer.concat([field(Buffer.from(ALGORITHM)), field(positive(e!)), field(positive(n!))]);
}

/** `ssh-rsa BLOB`, without a comment. */
export const toLine = (blob: Buffer): string => `${ALGORITHM} ${blob.toString("base64")}`;

/** SubjectPublicKeyInfo in PEM, with a line end after the last line. */
export const toPem = (blob: Buffer): string => keyOfBlob(blob)!.export({ type: "spki", format: "pem" }).toString();

/** MD5 of the wire form: 16 pairs of hexadecimal digits, separated by colons. */
export const fingerprint = (blob: Buffer): string =>
  createHash("md5").update(blob).digest("hex").match(/../g)!.join(":");

function keyOfLine(text: string): KeyObject | undefined {
  const [, base64] = /^ssh-rsa[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t][^\r\n]*)?$/.exec(text) ?? [];
  return base64 === undefined ? undefined : keyOfBlob(Buffer.from(base64, "base64"));
}

function keyOfPem(text: string): KeyObject | undefined {
  // Node would also extract a public key from a private key or a certificate.
  if (!/^-----BEGIN (RSA )?PUBLIC KEY-----/.test(text)) return undefined;
  return created(() => createPublicKey(text));
}

function keyOfBlob(blob: Buffer): KeyObject | undefined {
  const [algorithm, e, n, ...more] = fields(blob) ?? [];
  if (algorithm?.toString() !== ALGORITHM || !e || !n || more.length > 0) return undefined;
  if (isNegative(e) || isNegative(n)) return undefined;
  const jwk = { kty: "RSA", e: e.toString("base64url"), n: n.toString("base64url") };
  return created(() => createPublicKey({ key: jwk, format: "jwk" }));
}

function created(create: () => KeyObject): KeyObject | undefined {
  try {
    return create();
  } catch {
    return undefined;
  }
}

/** The length-prefixed fields of a wire text; undefined if they do not fill it exactly. */
function fields(blob: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  let position = 0;
  while (position < blob.length) {
    if (blob.length - position < 4) return undefined;
    const start = position + 4;
    position = start + blob.readUInt32BE(position);
    if (position > blob.length) return undefined;
    found.push(blob.subarray(start, position));
  }
  return found;
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const isNegative = (number: Buffer): boolean => number.length === 0 || (number[0]! & 0x80) !== 0;

/** A number of a JWK, with a leading zero if its top bit would be read as a sign. */
function positive(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, "base64url");
  return (bytes[0]! & 0x80) === 0 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
}
