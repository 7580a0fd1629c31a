import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { certificatePem, signCertificate } from "../../signing/x509-certificate.ts";

// X.509 certificates for tests, made when needed: each test shows what it needs of one, no private key is in the
// repository, and none expires unless the test's clock says so.

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface TestCertificate {
  readonly name: string;
  readonly pem: string;
  /** The DER in base64, on one line. */
  readonly base64: string;
  readonly keys: KeyPair;
  /** PKCS #8. */
  readonly keyPem: string;
}

export interface CertificateOptions {
  /** The issuer; without one it is self-signed. */
  readonly issuer?: TestCertificate;
  readonly from?: string;
  readonly to?: string;
  /** Whether it claims that it may sign others. */
  readonly ca?: boolean;
  /** By default EC keys on P-256. */
  readonly keys?: KeyPair;
}

const ecKeys = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });
export const rsaKeys = (modulusLength: number): KeyPair => generateKeyPairSync("rsa", { modulusLength });

let serialNumbers = 0;

/** A certificate with `CN=name`, by default valid from the beginning of 2020 to the end of 2049. */
export function certificate(name: string, options: CertificateOptions = {}): TestCertificate {
  const { issuer, from = "2020-01-01T00:00:00Z", to = "2049-12-31T23:59:59Z", ca = false, keys = ecKeys() } = options;
  const content = {
    subject: name,
    issuer: issuer?.name ?? name,
    serialNumber: ++serialNumbers,
    from: Date.parse(from),
    to: Date.parse(to),
    publicKey: keys.publicKey,
    ca,
  };
  const der = signCertificate(content, (issuer?.keys ?? keys).privateKey);
  return {
    name,
    pem: certificatePem(der),
    base64: der.toString("base64"),
    keys,
    keyPem: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
