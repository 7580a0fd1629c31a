import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";

// X.509 certificates for tests, made on the spot: what a test needs of one stands in the test, no private key lies in the
// repository, and none of them expires before the clock of the test says so.

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface TestCertificate {
  readonly name: string;
  /** Ends with a line end, as files do. */
  readonly pem: string;
  /** The DER in base64, on one line. */
  readonly base64: string;
  readonly keys: KeyPair;
  /** PKCS #8. */
  readonly keyPem: string;
}

export interface CertificateOptions {
  /** Who signs it; itself if nobody does. */
  readonly issuer?: TestCertificate;
  readonly from?: string;
  readonly to?: string;
  /** Whether it says that it may sign others. */
  readonly ca?: boolean;
  /** EC keys on P-256 by default. */
  readonly keys?: KeyPair;
}

const ecKeys = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });
export const rsaKeys = (modulusLength: number): KeyPair => generateKeyPairSync("rsa", { modulusLength });

let serialNumbers = 0;

/** A certificate with `CN=name`, valid for the whole of the years 2020 to 2049 unless it says otherwise. */
export function certificate(name: string, options: CertificateOptions = {}): TestCertificate {
  const { issuer, from = "2020-01-01T00:00:00Z", to = "2049-12-31T23:59:59Z", ca = false, keys = ecKeys() } = options;
  const signer = issuer?.keys ?? keys;
  const algorithm = signer.privateKey.asymmetricKeyType === "rsa" ? RSA_WITH_SHA256 : ECDSA_WITH_SHA256;
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(++serialNumbers),
    algorithm,
    distinguishedName(issuer?.name ?? name),
    sequence(utcTime(from), utcTime(to)),
    distinguishedName(name),
    keys.publicKey.export({ type: "spki", format: "der" }),
    ...(ca ? [tagged(0xa3, sequence(BASIC_CONSTRAINTS_CA))] : []),
  );
  const signature = sign("sha256", body, signer.privateKey);
  const base64 = sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature)).toString("base64");
  return {
    name,
    pem: `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)!.join("\n")}\n-----END CERTIFICATE-----\n`,
    base64,
    keys,
    keyPem: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** A DER value: tag, length, content. */
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

const utcTime = (time: string): Buffer => tagged(0x17, Buffer.from(`${time.replace(/[^0-9]/g, "").slice(2)}Z`));

const COMMON_NAME = identifier("550403");
const distinguishedName = (name: string): Buffer =>
  sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(name)))));

const RSA_WITH_SHA256 = sequence(identifier("2a864886f70d01010b"), tagged(0x05));
const ECDSA_WITH_SHA256 = sequence(identifier("2a8648ce3d040302"));

const TRUE = tagged(0x01, Buffer.from([0xff]));
const BASIC_CONSTRAINTS_CA = sequence(identifier("551d13"), TRUE, tagged(0x04, sequence(TRUE)));
