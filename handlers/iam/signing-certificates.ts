import { createHash } from "node:crypto";
import { signingCertificates, type SigningCertificate } from "../../data/entities/certificates.ts";
import { base32 } from "../../data/ids.ts";
import { DuplicateCertificate, MalformedCertificate, NoSuchEntity } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { page } from "../paging.ts";
import { namedOwnerOrCaller, userResource, type CredentialOwner } from "./users.ts";
import { notAfter, readCertificates } from "./x509.ts";
import { checkQuota } from "../quotas.ts";
import { settableStatus } from "./credential-status.ts";

const certificatesOf = (owner: CredentialOwner, { tx, account }: Context): SigningCertificate[] => [
  ...tx.listBy(signingCertificates, "owner", [account, owner.id]),
];

/** The owner's certificate with this id; NoSuchEntity also if somebody else owns it. */
function existingCertificate(id: string, owner: CredentialOwner, { tx, account }: Context): SigningCertificate {
  const certificate = tx.get(signingCertificates, account, id);
  if (certificate?.owner !== owner.id) throw NoSuchEntity(`The Certificate with id ${id} cannot be found.`);
  return certificate;
}

const toSigningCertificate = (certificate: SigningCertificate, owner: CredentialOwner) => ({
  UserName: owner.name,
  CertificateId: certificate.id,
  CertificateBody: certificate.body,
  Status: certificate.status,
  UploadDate: new Date(certificate.uploadedAt),
});

/**
 * The id of a certificate: base32 of the SHA-1 of its DER. AWS calls it malformed if it is not a certificate or has
 * expired.
 */
function certificateId(body: string, now: number): string {
  const [certificate, ...more] = readCertificates(body) ?? [];
  if (!certificate || more.length > 0 || now > notAfter(certificate)) {
    throw MalformedCertificate(`Certificate ${body} is malformed.`);
  }
  return base32(createHash("sha1").update(certificate.raw).digest());
}

export const UploadSigningCertificate = operation("UploadSigningCertificate", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { tx, account, now, settings } = context;
    const owner = namedOwnerOrCaller(input.UserName, context);
    const body = input.CertificateBody!;
    const id = certificateId(body, now);
    const known = tx.get(signingCertificates, account, id);
    if (known && known.owner !== owner.id) throw DuplicateCertificate("Duplicate certificate uploaded.");
    // Uploading the same certificate again changes nothing; the answer says Active even if it stays inactive
    // (evidence: signing-cert-again).
    if (known) return { Certificate: { ...toSigningCertificate(known, owner), Status: "Active" as const } };
    checkQuota("CertificatesPerUser", certificatesOf(owner, context).length + 1, settings.quotas);
    const certificate: SigningCertificate = { account, id, owner: owner.id, body, status: "Active", uploadedAt: now };
    tx.put(signingCertificates, certificate);
    return { Certificate: toSigningCertificate(certificate, owner) };
  },
});

export const UpdateSigningCertificate = operation("UpdateSigningCertificate", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const status = settableStatus(input.Status!);
    const owner = namedOwnerOrCaller(input.UserName, context);
    const certificate = existingCertificate(input.CertificateId!, owner, context);
    context.tx.put(signingCertificates, { ...certificate, status });
  },
});

export const DeleteSigningCertificate = operation("DeleteSigningCertificate", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const owner = namedOwnerOrCaller(input.UserName, context);
    const { account, id } = existingCertificate(input.CertificateId!, owner, context);
    context.tx.delete(signingCertificates, account, id);
  },
});

export const ListSigningCertificates = operation("ListSigningCertificates", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const owner = namedOwnerOrCaller(input.UserName, context);
    const { items, paging } = page(
      input,
      context,
      ["ListSigningCertificates", owner.id],
      (after) => certificatesOf(owner, context).filter(({ id }) => after === undefined || id > after[0]!),
      ({ id }) => [id],
    );
    return { Certificates: items.map((certificate) => toSigningCertificate(certificate, owner)), ...paging };
  },
});
