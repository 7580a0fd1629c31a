import { createPrivateKey, type KeyObject } from "node:crypto";
import { samlProviders, type SamlProvider } from "../../data/entities/providers.ts";
import { base32 } from "../../data/ids.ts";
import type { Random } from "../../data/random.ts";
import { samlProviderArn } from "../arns.ts";
import { EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { createPermissions, newTags, requestTagKeys, sortedTags } from "../tags.ts";
import { listTagsOfResource, tagResource, untagResource, type TaggedKind } from "../tag-operations.ts";
import { readSamlMetadata, type SamlIssuer } from "./saml-metadata.ts";
import { checkQuota } from "../quotas.ts";

/** The account's provider with this ARN. */
export function findSamlProvider(
  arn: string,
  { tx, account }: Pick<Context, "tx" | "account">,
): SamlProvider | undefined {
  const prefix = samlProviderArn(account, "");
  return arn.startsWith(prefix) ? tx.get(samlProviders, account, arn.slice(prefix.length)) : undefined;
}

/** The account's provider with this ARN; NoSuchEntity, in AWS's words, if there is none. */
function existingProvider(arn: string, context: Context): SamlProvider {
  const provider = findSamlProvider(arn, context);
  if (!provider) throw NoSuchEntity(`Manifest not found for arn ${arn}`);
  return provider;
}

function providerResource(arn: string, context: Context): Resource {
  const provider = findSamlProvider(arn, context);
  return provider ? { arn, tags: provider.tags } : { arn };
}

/** `SAMLSP…` for a provider or `SAMLPK…` for a private key: 16 characters after the prefix. */
const samlId = (prefix: "SAMLSP" | "SAMLPK", random: Random): string => prefix + base32(random.bytes(10));

/** AWS gives a provider a hundred years, whatever its metadata says (evidence: saml-provider-valid-until). */
function validUntil({ createdAt }: SamlProvider): Date {
  const date = new Date(createdAt);
  date.setUTCFullYear(date.getUTCFullYear() + 100);
  return date;
}

/** Throws InvalidInput if `readSamlMetadata` could not read the document, or found no identity provider in it. */
function checkMetadata(issuers: readonly SamlIssuer[] | undefined): void {
  if (!issuers) throw InvalidInput("Could not parse metadata");
  if (issuers.length === 0) throw InvalidInput("SAML Provider must reference at least one SAML assertion issuer.");
}

/** An RSA or EC key in PEM, without a passphrase. AWS's text for others is not known. */
function newPrivateKey(pem: string, { random, now }: Context): SamlProvider["privateKeys"][number] {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Not a key, or one with a passphrase: the same answer as for a key of another kind.
  }
  if (key?.asymmetricKeyType !== "rsa" && key?.asymmetricKeyType !== "ec") {
    throw InvalidInput("Could not parse private key");
  }
  return { id: samlId("SAMLPK", random), pem, addedAt: now };
}

export const CreateSAMLProvider = operation("CreateSAMLProvider", {
  permissions(input, { account }) {
    const resource = { arn: samlProviderArn(account, input.Name!) };
    const create = { action: "iam:CreateSAMLProvider", resource, keys: requestTagKeys(input.Tags) };
    return createPermissions(create, "iam:TagSAMLProvider", input.Tags);
  },
  prepare: (input) => readSamlMetadata(input.SAMLMetadataDocument!),
  handle(input, context, issuers) {
    const { tx, account, now, random, settings } = context;
    const name = input.Name!;
    const encryption = input.AssertionEncryptionMode ?? "Allowed";
    if (encryption === "Required" && input.AddPrivateKey === undefined) {
      throw ValidationError("Unable to set assertion encryption mode to Required because no private key is provided.");
    }
    checkMetadata(issuers);
    const privateKeys = input.AddPrivateKey === undefined ? [] : [newPrivateKey(input.AddPrivateKey, context)];
    const tags = newTags(input.Tags, "sensitive", context);
    if (tx.get(samlProviders, account, name)) {
      throw EntityAlreadyExists(`Provider with name ${name} already exists.`);
    }
    checkQuota("SAMLProvidersPerAccount", tx.count(samlProviders, account) + 1, settings.quotas);
    tx.put(samlProviders, {
      account,
      name,
      uuid: samlId("SAMLSP", random),
      metadata: input.SAMLMetadataDocument!,
      createdAt: now,
      encryption,
      privateKeys,
      tags,
    });
    return { SAMLProviderArn: samlProviderArn(account, name), ...(tags.length > 0 && { Tags: [...tags] }) };
  },
});

export const GetSAMLProvider = operation("GetSAMLProvider", {
  resource: (input, context) => providerResource(input.SAMLProviderArn!, context),
  handle(input, context) {
    const provider = existingProvider(input.SAMLProviderArn!, context);
    return {
      SAMLProviderUUID: provider.uuid,
      SAMLMetadataDocument: provider.metadata,
      CreateDate: new Date(provider.createdAt),
      ValidUntil: validUntil(provider),
      Tags: sortedTags(provider.tags),
      AssertionEncryptionMode: provider.encryption,
      PrivateKeyList: provider.privateKeys.map(({ id, addedAt }) => ({ KeyId: id, Timestamp: new Date(addedAt) })),
    };
  },
});

export const ListSAMLProviders = operation("ListSAMLProviders", {
  resource: (_input, { account }) => ({ arn: samlProviderArn(account, "*") }),
  handle(_input, { tx, account }) {
    const providers = [...tx.list(samlProviders, [account])];
    return {
      SAMLProviderList: providers.map((provider) => ({
        Arn: samlProviderArn(account, provider.name),
        ValidUntil: validUntil(provider),
        CreateDate: new Date(provider.createdAt),
      })),
    };
  },
});

export const UpdateSAMLProvider = operation("UpdateSAMLProvider", {
  resource: (input, context) => providerResource(input.SAMLProviderArn!, context),
  prepare: async ({ SAMLMetadataDocument: document }) =>
    document === undefined ? undefined : readSamlMetadata(document),
  handle(input, context, issuers) {
    const { SAMLMetadataDocument, AssertionEncryptionMode, AddPrivateKey, RemovePrivateKey } = input;
    const changes = [SAMLMetadataDocument, AssertionEncryptionMode, AddPrivateKey, RemovePrivateKey];
    if (changes.every((change) => change === undefined)) {
      throw ValidationError(
        "Unable to update identity provider. No updates are defined for metadata or encryption assertion.",
      );
    }
    if (AddPrivateKey !== undefined && RemovePrivateKey !== undefined) {
      throw ValidationError(
        "Unable to add and remove private keys in the same request. Set a value for only one of the two parameters.",
      );
    }
    const provider = existingProvider(input.SAMLProviderArn!, context);
    if (SAMLMetadataDocument !== undefined) checkMetadata(issuers);
    let updated: SamlProvider = {
      ...provider,
      metadata: SAMLMetadataDocument ?? provider.metadata,
      encryption: AssertionEncryptionMode ?? provider.encryption,
    };
    if (AddPrivateKey !== undefined) updated = withKey(updated, AddPrivateKey, context);
    if (RemovePrivateKey !== undefined) updated = withoutKey(updated, RemovePrivateKey);
    if (updated.encryption === "Required" && updated.privateKeys.length === 0) {
      throw InvalidInput("Failed to set assertion encryption mode to Required because no private key is present.");
    }
    context.tx.put(samlProviders, updated);
    return { SAMLProviderArn: samlProviderArn(provider.account, provider.name) };
  },
});

/** The same key may be added twice, and then counts twice (evidence: saml-private-keys). */
function withKey(provider: SamlProvider, pem: string, context: Context): SamlProvider {
  const quota = context.settings.quotas.PrivateKeysPerSAMLProvider;
  if (provider.privateKeys.length >= quota) throw LimitExceeded(`Private key limit of ${quota} is reached.`);
  return { ...provider, privateKeys: [...provider.privateKeys, newPrivateKey(pem, context)] };
}

/**
 * Refuses to remove the last key if one is required, and a key that does not exist; both with the only text that is
 * known.
 */
function withoutKey(provider: SamlProvider, id: string): SamlProvider {
  const privateKeys = provider.privateKeys.filter((key) => key.id !== id);
  const isLast = privateKeys.length === 0 && provider.encryption === "Required";
  if (isLast || privateKeys.length === provider.privateKeys.length) throw InvalidInput("Failed to remove private key.");
  return { ...provider, privateKeys };
}

export const DeleteSAMLProvider = operation("DeleteSAMLProvider", {
  resource: (input, context) => providerResource(input.SAMLProviderArn!, context),
  handle(input, context) {
    const { account, name } = existingProvider(input.SAMLProviderArn!, context);
    context.tx.delete(samlProviders, account, name);
  },
});

const TAGGED: TaggedKind<SamlProvider, "SAMLProviderArn"> = {
  member: "SAMLProviderArn",
  tagCase: "sensitive",
  collection: samlProviders,
  existing: existingProvider,
  resource: providerResource,
};

export const TagSAMLProvider = operation("TagSAMLProvider", tagResource(TAGGED));
export const UntagSAMLProvider = operation("UntagSAMLProvider", untagResource(TAGGED));
export const ListSAMLProviderTags = operation("ListSAMLProviderTags", listTagsOfResource(TAGGED));
