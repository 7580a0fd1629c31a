import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
// Must come before the next import, which needs it.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { TlsCertificates } from "../options.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Some clients refuse certificates that are valid for more than 825 days (Apple, HT210176). */
const LIFETIME_DAYS = 820;
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * Makes an authority, and a certificate by it for these host names and addresses. The authority's key is not kept, so
 * that trusting the authority means trusting this one certificate. `now` is the machine's time, since clients check the
 * certificate by it.
 */
export async function makeCertificates(hosts: readonly string[], now: number): Promise<TlsCertificates> {
  const generate = () => webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const [authority, server] = await Promise.all([generate(), generate()]);
  const common = {
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + LIFETIME_DAYS * DAY_MS),
    signingAlgorithm: P256,
  };
  const name = `CN=iam-local ${new Date(now).toISOString()}`;
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    name,
    keys: authority,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...common,
    subject: "CN=iam-local",
    issuer: name,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? ("dns" as const) : ("ip" as const), value: host })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(server.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", server.privateKey);
  const pem = (text: string) => `${text.trim()}\n`;
  return {
    cert: pem(leaf.toString("pem")),
    key: pem(x509.PemConverter.encode(key, "PRIVATE KEY")),
    ca: pem(ca.toString("pem")),
  };
}
