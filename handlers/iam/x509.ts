import { X509Certificate } from "node:crypto";

/**
 * The certificates of a PEM text, in order; undefined if there is none, or one of them cannot be parsed. Text between
 * them, such as OpenSSL prints above a certificate, is ignored.
 */
export function readCertificates(pem: string): X509Certificate[] | undefined {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)];
  const certificates = blocks.map(([, base64]) => certificateOf(base64!));
  return certificates.length > 0 && certificates.every((certificate) => certificate !== undefined)
    ? certificates
    : undefined;
}

/** The certificate whose DER is given in base64, with blanks and line ends anywhere; undefined if it is invalid. */
export function certificateOf(base64: string): X509Certificate | undefined {
  const text = base64.replace(/\s+/g, "");
  if (text === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return new X509Certificate(Buffer.from(text, "base64"));
  } catch {
    return undefined;
  }
}

/** Milliseconds since 1970. */
export const notBefore = ({ validFrom }: X509Certificate): number => Date.parse(validFrom);
export const notAfter = ({ validTo }: X509Certificate): number => Date.parse(validTo);

const isValidAt = (certificate: X509Certificate, now: number): boolean =>
  notBefore(certificate) <= now && now <= notAfter(certificate);

/**
 * Where a chain breaks: undefined for a valid one, else the index in AWS's refusal. The recorded indexes (-1 for a
 * chain unrelated to the certificate, 1 for one that begins with the certificate itself) are those of Java's path
 * validation, which this follows. The last certificate of the chain is the trust anchor, taken as it is. The others,
 * with the certificate itself in front as number 0, are checked from the anchor down; -1 means that the anchor is
 * nobody's issuer.
 */
export function brokenLink(
  certificate: X509Certificate,
  chain: readonly X509Certificate[],
  now: number,
): number | undefined {
  const path = [certificate, ...chain.slice(0, -1)];
  let issuer = chain.at(-1)!;
  if (path.at(-1)!.issuer !== issuer.subject) return -1;
  for (const [index, current] of [...path.entries()].toReversed()) {
    if (!current.checkIssued(issuer) || !current.verify(issuer.publicKey)) return index;
    if (!isValidAt(current, now) || (index > 0 && !current.ca)) return index;
    issuer = current;
  }
  return undefined;
}
