import { constants, createDecipheriv, createHash, privateDecrypt, timingSafeEqual, type KeyObject } from "node:crypto";
import {
  attribute,
  child,
  children,
  descendants,
  textOf,
  XML_ENCRYPTION,
  XML_ENCRYPTION_11,
  XML_SIGNATURE,
} from "./xml.ts";

// The part of XML Encryption 1.1 that AWS accepts: AES with 128 or 256 bits in CBC or GCM mode, with a key that is
// encrypted by RSA-OAEP (evidence: saml-encryption).

const RSA_OAEP_MGF1_SHA1 = `${XML_ENCRYPTION}rsa-oaep-mgf1p`;
const RSA_OAEP = `${XML_ENCRYPTION_11}rsa-oaep`;

const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keySize: number; readonly gcm: boolean }>> = {
  [`${XML_ENCRYPTION}aes128-cbc`]: { name: "aes-128-cbc", keySize: 16, gcm: false },
  [`${XML_ENCRYPTION}aes256-cbc`]: { name: "aes-256-cbc", keySize: 32, gcm: false },
  [`${XML_ENCRYPTION_11}aes128-gcm`]: { name: "aes-128-gcm", keySize: 16, gcm: true },
  [`${XML_ENCRYPTION_11}aes256-gcm`]: { name: "aes-256-gcm", keySize: 32, gcm: true },
};

/** By the algorithm of a DigestMethod, or of an MGF. */
const HASHES: Readonly<Record<string, string>> = {
  [`${XML_SIGNATURE}sha1`]: "sha1",
  [`${XML_ENCRYPTION}sha256`]: "sha256",
  [`${XML_ENCRYPTION_11}mgf1sha1`]: "sha1",
  [`${XML_ENCRYPTION_11}mgf1sha256`]: "sha256",
};

const TAG_SIZE = 16;

/**
 * Decrypts the EncryptedData in an element with whichever RSA key fits. The text that it returns is not trusted until a
 * signature in it is verified. Undefined if no key fits, an algorithm is not one of those above, or the data are
 * damaged. Throws SamlError `malformed` if parts are missing.
 */
export function decrypt(parent: Element, privateKeys: readonly KeyObject[]): string | undefined {
  const data = child(parent, XML_ENCRYPTION, "EncryptedData");
  const cipher = CIPHERS[methodOf(data) ?? ""];
  if (!cipher) return undefined;
  // A key stands in the KeyInfo of the data, or beside the data and is referred to.
  for (const encryptedKey of descendants(parent, XML_ENCRYPTION, "EncryptedKey")) {
    for (const privateKey of privateKeys) {
      const key = attempt(() => unwrapKey(encryptedKey, privateKey));
      if (key?.length !== cipher.keySize) continue;
      const text = attempt(() => decipher(cipherValue(data), key, cipher));
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

/** Undefined if node:crypto or the check of a padding throws: the key does not fit, or the data are damaged. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function methodOf(element: Element): string | undefined {
  const [method] = children(element, XML_ENCRYPTION, "EncryptionMethod");
  return method && attribute(method, "Algorithm");
}

function cipherValue(element: Element): Buffer {
  const value = child(child(element, XML_ENCRYPTION, "CipherData"), XML_ENCRYPTION, "CipherValue");
  return Buffer.from(textOf(value), "base64");
}

function decipher(data: Buffer, key: Buffer, { name, gcm }: (typeof CIPHERS)[string]): string {
  const ivSize = gcm ? 12 : 16;
  const iv = data.subarray(0, ivSize);
  const body = data.subarray(ivSize, gcm ? -TAG_SIZE : undefined);
  let plain: Buffer;
  if (gcm) {
    const aes = createDecipheriv(name as "aes-128-gcm", key, iv, { authTagLength: TAG_SIZE });
    aes.setAuthTag(data.subarray(-TAG_SIZE));
    plain = Buffer.concat([aes.update(body), aes.final()]);
  } else {
    // The padding is not that of PKCS #7: only its last byte, the length, has a meaning (XML Encryption 5.2.2).
    const aes = createDecipheriv(name, key, iv).setAutoPadding(false);
    const padded = Buffer.concat([aes.update(body), aes.final()]);
    const padding = padded.at(-1) ?? 0;
    if (padding < 1 || padding > 16) throw new Error("no padding");
    plain = padded.subarray(0, -padding);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(plain);
}

/** Throws if the private key does not fit, and for unknown algorithms. */
function unwrapKey(encryptedKey: Element, privateKey: KeyObject): Buffer {
  const method = child(encryptedKey, XML_ENCRYPTION, "EncryptionMethod");
  const algorithm = attribute(method, "Algorithm");
  if (algorithm !== RSA_OAEP_MGF1_SHA1 && algorithm !== RSA_OAEP) throw new Error("not RSA-OAEP");
  if (children(method, XML_ENCRYPTION, "OAEPparams").length > 0) throw new Error("labels are not supported");
  const digest = hashOf(children(method, XML_SIGNATURE, "DigestMethod"));
  // The mask function of the older algorithm uses SHA-1 whatever the digest is; node:crypto would use the digest for
  // both.
  const mask = algorithm === RSA_OAEP ? hashOf(children(method, XML_ENCRYPTION_11, "MGF")) : "sha1";
  const block = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, cipherValue(encryptedKey));
  return removeOaep(block, digest, mask);
}

/** SHA-1 by default (XML Encryption 5.5.2). */
function hashOf([element]: readonly Element[]): string {
  const hash = element ? HASHES[attribute(element, "Algorithm") ?? ""] : "sha1";
  if (hash === undefined) throw new Error("unknown hash");
  return hash;
}

/** RFC 8017, 7.1.2, step 3, without a label. */
function removeOaep(block: Buffer, digest: string, mask: string): Buffer {
  const labelHash = createHash(digest).digest();
  const size = labelHash.length;
  const seed = xor(block.subarray(1, 1 + size), mgf1(block.subarray(1 + size), size, mask));
  const data = xor(block.subarray(1 + size), mgf1(seed, block.length - 1 - size, mask));
  const end = data.indexOf(1, size);
  const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0);
  if (
    block[0] !== 0 ||
    !timingSafeEqual(data.subarray(0, size), labelHash) ||
    end === -1 ||
    !isZero(data.subarray(size, end))
  ) {
    throw new Error("no OAEP padding");
  }
  return data.subarray(end + 1);
}

/** The mask generation function of RFC 8017, B.2.1. */
export function mgf1(seed: Buffer, length: number, hash: string): Buffer {
  const blocks: Buffer[] = [];
  for (let size = 0, counter = 0; size < length; counter++) {
    const index = Buffer.alloc(4);
    index.writeUInt32BE(counter);
    const block = createHash(hash).update(seed).update(index).digest();
    blocks.push(block);
    size += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

export const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, index) => byte ^ b[index]!));
