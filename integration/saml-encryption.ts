import {
  constants,
  createCipheriv,
  createHash,
  publicEncrypt,
  randomBytes,
  type CipherGCM,
  type KeyObject,
} from "node:crypto";
import { mgf1, xor } from "../signing/saml/xml-encryption.ts";

const DSIG = "http://www.w3.org/2000/09/xmldsig#";
const XENC = "http://www.w3.org/2001/04/xmlenc#";
const XENC11 = "http://www.w3.org/2009/xmlenc11#";

type Hash = "sha1" | "sha256";

export interface EncryptionOptions {
  readonly cipher?: "aes128-cbc" | "aes256-cbc" | "aes128-gcm" | "aes256-gcm" | "tripledes-cbc";
  /** `rsa-oaep-mgf1p` has a fixed mask function. */
  readonly transport?: "rsa-oaep-mgf1p" | "rsa-oaep" | "rsa-1_5";
  readonly digest?: Hash;
  readonly mask?: Hash;
  /** Where the key is: in the KeyInfo of the data, or beside the data. */
  readonly place?: "inside" | "beside";
  /** Changes what is encrypted. */
  readonly edit?: (assertion: string) => string;
}

const KEY_SIZES = { "aes128-cbc": 16, "aes256-cbc": 32, "aes128-gcm": 16, "aes256-gcm": 32, "tripledes-cbc": 24 };

/** The response with its assertion encrypted for the holder of the key. */
export function encryptAssertion(xml: string, publicKey: KeyObject, options: EncryptionOptions = {}): string {
  const { cipher = "aes256-gcm", transport = "rsa-oaep-mgf1p", place = "inside", edit = (text) => text } = options;
  const { digest, mask } = options;
  const assertion = /<saml:Assertion .*<\/saml:Assertion>/s.exec(xml)![0];
  const key = randomBytes(KEY_SIZES[cipher]);
  const method = (namespace: string, name: string, more = "") =>
    `<xenc:EncryptionMethod Algorithm="${namespace}${name}">${more}</xenc:EncryptionMethod>`;
  const value = (bytes: Buffer) =>
    `<xenc:CipherData><xenc:CipherValue>${bytes.toString("base64")}</xenc:CipherValue></xenc:CipherData>`;
  const hashes = [
    digest && `<ds:DigestMethod xmlns:ds="${DSIG}" Algorithm="${digest === "sha1" ? DSIG : XENC}${digest}"/>`,
    mask && `<xenc11:MGF xmlns:xenc11="${XENC11}" Algorithm="${XENC11}mgf1${mask}"/>`,
  ].join("");
  const encryptedKey = `<xenc:EncryptedKey xmlns:xenc="${XENC}">${method(transport === "rsa-oaep" ? XENC11 : XENC, transport, hashes)}${value(wrapKey(key, publicKey, options))}</xenc:EncryptedKey>`;
  const keyInfo =
    place === "inside"
      ? `<ds:KeyInfo xmlns:ds="${DSIG}">${encryptedKey}</ds:KeyInfo>`
      : `<ds:KeyInfo xmlns:ds="${DSIG}"><ds:RetrievalMethod URI="#_key"/></ds:KeyInfo>`;
  const data = `<xenc:EncryptedData xmlns:xenc="${XENC}" Type="${XENC}Element">${method(cipher.endsWith("gcm") ? XENC11 : XENC, cipher)}${keyInfo}${value(encipher(edit(assertion), key, cipher))}</xenc:EncryptedData>`;
  const content = place === "inside" ? data : data + encryptedKey;
  const encrypted = `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${content}</saml:EncryptedAssertion>`;
  return xml.replace(assertion, encrypted);
}

function encipher(text: string, key: Buffer, cipher: NonNullable<EncryptionOptions["cipher"]>): Buffer {
  const gcm = cipher.endsWith("gcm");
  const name = cipher === "tripledes-cbc" ? "des-ede3-cbc" : cipher.replace(/^aes(\d+)/, "aes-$1");
  const blockSize = cipher === "tripledes-cbc" ? 8 : 16;
  const iv = randomBytes(gcm ? 12 : blockSize);
  const plain = Buffer.from(text);
  if (gcm) {
    const aes = createCipheriv(name, key, iv) as CipherGCM;
    return Buffer.concat([iv, aes.update(plain), aes.final(), aes.getAuthTag()]);
  }
  // XML Encryption's padding: any bytes, then the length in the last byte.
  const padding = randomBytes(blockSize - (plain.length % blockSize));
  padding[padding.length - 1] = padding.length;
  const aes = createCipheriv(name, key, iv).setAutoPadding(false);
  return Buffer.concat([iv, aes.update(plain), aes.update(padding), aes.final()]);
}

/** By node:crypto if possible; it does not support different hashes for the digest and the mask. */
function wrapKey(key: Buffer, publicKey: KeyObject, { transport, digest = "sha1", mask }: EncryptionOptions): Buffer {
  if (transport === "rsa-1_5") return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
  const maskHash = transport === "rsa-oaep" ? (mask ?? "sha1") : "sha1";
  if (digest === maskHash) return publicEncrypt({ key: publicKey, oaepHash: digest }, key);
  const labelHash = createHash(digest).digest();
  const size = publicKey.asymmetricKeyDetails!.modulusLength! / 8;
  const zeros = Buffer.alloc(size - key.length - 2 * labelHash.length - 2);
  const data = Buffer.concat([labelHash, zeros, Buffer.from([1]), key]);
  const seed = randomBytes(labelHash.length);
  const masked = xor(data, mgf1(seed, data.length, maskHash));
  const block = Buffer.concat([Buffer.from([0]), xor(seed, mgf1(masked, seed.length, maskHash)), masked]);
  return publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block);
}
