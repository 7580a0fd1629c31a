import { certificate, rsaKeys } from "../../iam/certificates.ts";
import { samlMetadata } from "../../iam/saml-documents.ts";
import { sshPublicKey } from "../../iam/ssh-keys.ts";

/**
 * An OpenPGP public key, in base64 as the provider wants it. Its private key was not kept: nothing is decrypted with
 * it.
 */
const PGP_KEY =
  "mDMEawXa5BYJKwYBBAHaRw8BAQdAVHKEDqaER/9SMZHoaAR6ntgow5BQ9IOPBrF3qcXlHm+0CGVjIHRlc3RziJAEExYIADgWIQRY+37i0ViiFM" +
  "tKZ/xVc5mQIpORXAUCawXa5AIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRBVc5mQIpORXOK2AP9X2NQTsLGbn+mh4qEon9VQE2iphB8e" +
  "BXygbFg1CufTJwD+JJX1jUZQnvqM8eCB4Da2fC+9XR6GB+H3ow07lAIFCwi4OARrBdrkEgorBgEEAZdVAQUBAQdAYLq1+QQ6Z0Y9X3xZXclGmA" +
  "zkq9acILfTXTvvG0mgCjoDAQgHiHgEGBYIACAWIQRY+37i0ViiFMtKZ/xVc5mQIpORXAUCawXa5AIbDAAKCRBVc5mQIpORXLxMAQCMX4SWm+Nc" +
  "uCcvM6R9ZcBZfXZA1jUArca7WWeuFSCecgEA65Uzmjv2kejLrhNAiReLtNzu1SFeluZVMCBAk6CzzwE=";

/** Keys, certificates and metadata for the configuration. */
export function material(): Readonly<Record<string, string>> {
  const authority = certificate("authority", { ca: true });
  const site = certificate("example.com", { issuer: authority });
  const certificates = [certificate("idp", { keys: rsaKeys(2048) }).base64];
  return {
    pgp_key: PGP_KEY,
    ssh_line: sshPublicKey().line,
    ssh_pem: sshPublicKey().pem,
    signing_certificate: certificate("signing", { keys: rsaKeys(2048) }).pem,
    server_certificate: site.pem,
    server_certificate_key: site.keyPem,
    server_certificate_chain: authority.pem,
    first_metadata: samlMetadata({ certificates }),
    second_metadata: samlMetadata({ certificates, validUntil: "2040-01-01T00:00:00Z" }),
  };
}
