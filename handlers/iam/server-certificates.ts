import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { fold } from "../../data/entities/accounts.ts";
import { serverCertificates, type ServerCertificate } from "../../data/entities/certificates.ts";
import { uniqueId } from "../../data/ids.ts";
import { serverCertificateArn } from "../arns.ts";
import { EntityAlreadyExists, KeyPairMismatch, MalformedCertificate, NoSuchEntity } from "../errors.ts";
import { operation, type Context, type Input, type Resource } from "../operation.ts";
import { page } from "../paging.ts";
import { withPath } from "../paths.ts";
import { createPermissions, newTags, requestTagKeys, sortedTags } from "../tags.ts";
import { listTagsOfResource, tagResource, untagResource, type TaggedKind } from "../tag-operations.ts";
import { brokenLink, notAfter, notBefore, readCertificates } from "./x509.ts";
import { checkQuota } from "../quotas.ts";

const findCertificate = (name: string, { tx, account }: Context): ServerCertificate | undefined =>
  tx.get(serverCertificates, account, fold(name));

/** The server certificate with this name, in any case of letters; NoSuchEntity if there is none. */
function existingCertificate(name: string, context: Context): ServerCertificate {
  const certificate = findCertificate(name, context);
  if (!certificate) throw NoSuchEntity(`The Server Certificate with name ${name} cannot be found.`);
  return certificate;
}

/**
 * The resource of a permission: the stored ARN with the tags or, if the certificate does not exist, its ARN without a
 * path.
 */
function certificateResource(name: string, context: Context): Resource {
  const found = findCertificate(name, context);
  return found ? resourceOf(found) : { arn: serverCertificateArn(context.account, name) };
}

const resourceOf = (certificate: ServerCertificate): Resource => ({ arn: arnOf(certificate), tags: certificate.tags });

const arnOf = ({ account, name, path }: ServerCertificate): string => serverCertificateArn(account, name, path);

const toMetadata = (certificate: ServerCertificate) => ({
  Path: certificate.path,
  ServerCertificateName: certificate.name,
  ServerCertificateId: certificate.id,
  Arn: arnOf(certificate),
  UploadDate: new Date(certificate.uploadedAt),
  Expiration: new Date(certificate.expiresAt),
});

/** Reads the certificate and checks it, its private key and its chain, in this order; AWS's order is not known. */
function checkedCertificate(input: Input<"UploadServerCertificate">, now: number): X509Certificate {
  const [certificate, ...more] = readCertificates(input.CertificateBody!) ?? [];
  if (!certificate || more.length > 0) {
    throw MalformedCertificate("Unable to parse certificate. Please ensure the certificate is in PEM format.");
  }
  if (now > notAfter(certificate)) {
    throw MalformedCertificate(
      "Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.",
    );
  }
  if (now < notBefore(certificate)) {
    throw MalformedCertificate(
      "Certificate is not valid yet. The 'Not Before' date restriction on the certificate has not passed.",
    );
  }
  if (!certificate.checkPrivateKey(readPrivateKey(input.PrivateKey!))) {
    throw KeyPairMismatch(
      "The private key did not match the public key provided. Please verify the key material and try again.",
    );
  }
  if (input.CertificateChain !== undefined) checkChain(certificate, input.CertificateChain, now);
  return certificate;
}

/** An RSA or EC key without a passphrase (evidence: server-cert-accepted); AWS's text for others is not known. */
function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Not a key, or one with a passphrase: the same answer as for a key of another kind.
  }
  if (key?.asymmetricKeyType !== "rsa" && key?.asymmetricKeyType !== "ec") {
    throw MalformedCertificate("Invalid Private Key.");
  }
  return key;
}

function checkChain(certificate: X509Certificate, pem: string, now: number): void {
  const chain = readCertificates(pem);
  // AWS sends no message here (evidence: server-cert-refusals).
  if (!chain) throw MalformedCertificate();
  const index = brokenLink(certificate, chain, now);
  if (index !== undefined) {
    throw MalformedCertificate(
      `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`,
    );
  }
}

export const UploadServerCertificate = operation("UploadServerCertificate", {
  permissions(input, { account }) {
    const resource = { arn: serverCertificateArn(account, input.ServerCertificateName!, input.Path) };
    const create = { action: "iam:UploadServerCertificate", resource, keys: requestTagKeys(input.Tags) };
    return createPermissions(create, "iam:TagServerCertificate", input.Tags);
  },
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    const tags = newTags(input.Tags, "sensitive", context);
    const name = input.ServerCertificateName!;
    const expiresAt = notAfter(checkedCertificate(input, now));
    refuseTaken(name, context);
    checkQuota("ServerCertificatesPerAccount", tx.count(serverCertificates, account) + 1, settings.quotas);
    const certificate: ServerCertificate = {
      account,
      name,
      path: input.Path ?? "/",
      id: uniqueId("ASCA", account, random),
      body: input.CertificateBody!,
      ...(input.CertificateChain !== undefined && { chain: input.CertificateChain }),
      uploadedAt: now,
      expiresAt,
      tags,
    };
    tx.put(serverCertificates, certificate);
    return { ServerCertificateMetadata: toMetadata(certificate), ...(tags.length > 0 && { Tags: [...tags] }) };
  },
});

function refuseTaken(name: string, context: Context): void {
  if (findCertificate(name, context)) {
    throw EntityAlreadyExists(`The Server Certificate with name ${name} already exists.`);
  }
}

export const GetServerCertificate = operation("GetServerCertificate", {
  resource: (input, context) => certificateResource(input.ServerCertificateName!, context),
  handle(input, context) {
    const certificate = existingCertificate(input.ServerCertificateName!, context);
    const { body, chain, tags } = certificate;
    return {
      ServerCertificate: {
        ServerCertificateMetadata: toMetadata(certificate),
        // Without a line end after the last line (evidence: server-cert-bodies).
        CertificateBody: body.trimEnd(),
        ...(chain !== undefined && { CertificateChain: chain.trimEnd() }),
        Tags: sortedTags(tags),
      },
    };
  },
});

export const ListServerCertificates = operation("ListServerCertificates", {
  resource: (input, { account }) => ({ arn: serverCertificateArn(account, "", input.PathPrefix) }),
  handle(input, context) {
    const { tx, account } = context;
    const prefix = input.PathPrefix ?? "/";
    const { items, paging } = page(
      input,
      context,
      ["ListServerCertificates", prefix],
      (after) => withPath(tx.list(serverCertificates, [account], after && [account, ...after]), prefix),
      ({ name }) => [fold(name)],
    );
    return { ServerCertificateMetadataList: items.map(toMetadata), ...paging };
  },
});

/**
 * With neither a new name nor a new path it changes nothing. AWS loses the tags in that case; this bug is not imitated
 * (evidence: server-cert-update).
 */
export const UpdateServerCertificate = operation("UpdateServerCertificate", {
  // On the certificate as it is and, if name or path change, as it will be (API reference, "UpdateServerCertificate").
  permissions(input, context) {
    const name = input.ServerCertificateName!;
    const found = findCertificate(name, context);
    const before = certificateResource(name, context);
    const after = found ? resourceOf(renamed(found, input)) : before;
    const resources = after.arn === before.arn ? [before] : [before, after];
    return resources.map((resource) => ({ action: "iam:UpdateServerCertificate", resource }));
  },
  handle(input, context) {
    const certificate = existingCertificate(input.ServerCertificateName!, context);
    const updated = renamed(certificate, input);
    if (fold(updated.name) !== fold(certificate.name)) refuseTaken(updated.name, context);
    context.tx.delete(serverCertificates, context.account, fold(certificate.name));
    context.tx.put(serverCertificates, updated);
  },
});

const renamed = (
  certificate: ServerCertificate,
  { NewServerCertificateName, NewPath }: Input<"UpdateServerCertificate">,
): ServerCertificate => ({
  ...certificate,
  name: NewServerCertificateName ?? certificate.name,
  path: NewPath ?? certificate.path,
});

export const DeleteServerCertificate = operation("DeleteServerCertificate", {
  resource: (input, context) => certificateResource(input.ServerCertificateName!, context),
  handle(input, context) {
    const { name } = existingCertificate(input.ServerCertificateName!, context);
    context.tx.delete(serverCertificates, context.account, fold(name));
  },
});

const TAGGED: TaggedKind<ServerCertificate, "ServerCertificateName"> = {
  member: "ServerCertificateName",
  tagCase: "sensitive",
  collection: serverCertificates,
  existing: existingCertificate,
  resource: certificateResource,
};

export const TagServerCertificate = operation("TagServerCertificate", tagResource(TAGGED));
export const UntagServerCertificate = operation("UntagServerCertificate", untagResource(TAGGED));
export const ListServerCertificateTags = operation("ListServerCertificateTags", listTagsOfResource(TAGGED));
