import { sign, type KeyObject } from "node:crypto";

/** The content of an X.509 certificate. Times are milliseconds since 1970, cut to whole seconds. */
export interface CertificateContent {
  /** The common name, which is the only part of the distinguished name. */
  readonly subject: string;
  readonly issuer: string;
  /** From 1 to 32767. */
  readonly serialNumber: number;
  readonly from: number;
  readonly to: number;
  readonly publicKey: KeyObject;
  /** Whether it claims that it may sign others. */
  readonly ca?: boolean;
}

/**
 * A certificate (RFC 5280) in DER, signed with SHA-256 by an RSA key or an EC key. It has only what is needed where
 * certificates merely contain keys, as in SAML metadata; node:crypto reads certificates but does not write them.
 */
export function signCertificate(content: CertificateContent, signer: KeyObject): Buffer {
  const { subject, issuer, serialNumber, from, to, publicKey, ca = false } = content;
  const algorithm = signer.asymmetricKeyType === "rsa" ? RSA_WITH_SHA256 : ECDSA_WITH_SHA256;
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(serialNumber),
    algorithm,
    commonName(issuer),
    sequence(time(from), time(to)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    ...(ca ? [tagged(0xa3, sequence(BASIC_CONSTRAINTS_CA))] : []),
  );
  return sequence(body, algorithm, tagged(0x03, Buffer.from([0]), sign("sha256", body, signer)));
}

/** In PEM, with a line end at the end, as files have. */
export const certificatePem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n")}\n-----END CERTIFICATE-----\n`;

/** A DER value (X.690): tag, length, content. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const integer = (value: number): Buffer =>
  tagged(0x02, Buffer.from([value >> 8, value & 0xff].slice(value < 0x80 ? 1 : 0)));
const identifier = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, "hex"));

/** With a two-digit year until 2049, as the standard requires, and a four-digit year from 2050 on. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().slice(0, 19).replace(/\D/g, "");
  return digits < "2050" ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tagged(0x18, Buffer.from(`${digits}Z`));
}

const COMMON_NAME = identifier("550403");
const commonName = (name: string): Buffer =>
  sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(name)))));

const RSA_WITH_SHA256 = sequence(identifier("2a864886f70d01010b"), tagged(0x05));
const ECDSA_WITH_SHA256 = sequence(identifier("2a8648ce3d040302"));

const TRUE = tagged(0x01, Buffer.from([0xff]));
const BASIC_CONSTRAINTS_CA = sequence(identifier("551d13"), TRUE, tagged(0x04, sequence(TRUE)));
