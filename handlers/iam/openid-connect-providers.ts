import { oidcProviders, type OidcProvider } from "../../data/entities/providers.ts";
import { oidcProviderArn } from "../arns.ts";
import { EntityAlreadyExists, InvalidInput, NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { createPermissions, newTags, requestTagKeys, sortedTags } from "../tags.ts";
import { listTagsOfResource, tagResource, untagResource, type TaggedKind } from "../tag-operations.ts";
import { checkQuota } from "../quotas.ts";

/** The account's provider with this ARN. */
export function findOidcProvider(
  arn: string,
  { tx, account }: Pick<Context, "tx" | "account">,
): OidcProvider | undefined {
  const prefix = oidcProviderArn(account, "");
  return arn.startsWith(prefix) ? tx.get(oidcProviders, account, arn.slice(prefix.length)) : undefined;
}

/**
 * The account's provider with this ARN; ValidationError if it is not the ARN of a provider, NoSuchEntity if there is
 * none.
 */
function existingProvider(arn: string, context: Context, missing = notFound): OidcProvider {
  if (!/^arn:aws[\w-]*:iam::\d{12}:[^/]+\/./s.test(arn)) throw ValidationError("Invalid ARN");
  if (!arn.includes(":oidc-provider/")) throw ValidationError("Invalid resource type in ARN");
  const provider = findOidcProvider(arn, context);
  if (!provider) throw missing(arn);
  return provider;
}

// Deletion has its own text (evidence: oidc-missing); of the other operations only Get's is known.
const notFound = (arn: string) => NoSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
const notDeletable = (arn: string) => NoSuchEntity(`OpenId connect Provider ${arn} cannot be found.`);

function providerResource(arn: string, context: Context): Resource {
  const provider = findOidcProvider(arn, context);
  return provider ? { arn, tags: provider.tags } : { arn };
}

/** The URL as it is stored and appears in the ARN: without scheme and default port. */
const storedUrl = (url: string): string => url.replace(/^https?:\/\//, "").replace(/^([^/]*):443(?=\/|$)/, "$1");

/**
 * Refuses what cannot be an issuer: anything but https, and query strings and fragments, which OpenID Connect forbids.
 * An issuer on this machine, which AWS could not reach, may also use plain http, as may one on a host of
 * `federationHosts`.
 */
function checkUrl(url: string, { federationHosts }: Context["settings"]): void {
  if (!/^https?:\/\/(?!\/)[!-~]+$/.test(url) || !URL.canParse(url)) throw invalidUrl();
  const { protocol, hostname, username, password } = new URL(url);
  const mayBePlain = isThisMachine(hostname) || federationHosts.some((host) => host.toLowerCase() === hostname);
  if ((protocol === "http:" && !mayBePlain) || username !== "" || password !== "") throw invalidUrl();
  // AWS sends no message here (evidence: oidc-url).
  if (/[?#]/.test(url)) throw InvalidInput();
}

const isThisMachine = (hostname: string): boolean => /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

const invalidUrl = () => ValidationError("Invalid Open ID Connect Provider URL");

/** In lower case. AWS accepts repetitions, and characters that are not hexadecimal (evidence: oidc-thumbprints). */
function checkedThumbprints(thumbprints: readonly string[], { settings }: Context): string[] {
  const quota = settings.quotas.ThumbprintsPerOpenIdConnectProvider;
  if (thumbprints.length > quota) {
    throw InvalidInput(`Thumbprint list must contain fewer than ${quota} entries.`);
  }
  return thumbprints.map((thumbprint) => thumbprint.toLowerCase());
}

/** Without repetitions, in the given order. */
function checkedClientIds(clientIds: readonly string[], { settings }: Context): string[] {
  const distinct = [...new Set(clientIds)];
  checkQuota("ClientIdsPerOpenIdConnectProvider", distinct.length, settings.quotas);
  return distinct;
}

/** AWS fetches missing thumbprints from the issuer. This does not: no issuer is asked before a token comes. */
export const CreateOpenIDConnectProvider = operation("CreateOpenIDConnectProvider", {
  permissions(input, { account }) {
    const resource = { arn: oidcProviderArn(account, storedUrl(input.Url!)) };
    const create = { action: "iam:CreateOpenIDConnectProvider", resource, keys: requestTagKeys(input.Tags) };
    return createPermissions(create, "iam:TagOpenIDConnectProvider", input.Tags);
  },
  handle(input, context) {
    const { tx, account, now, settings } = context;
    checkUrl(input.Url!, settings);
    const url = storedUrl(input.Url!);
    const thumbprints = checkedThumbprints(input.ThumbprintList ?? [], context);
    const clientIds = checkedClientIds(input.ClientIDList ?? [], context);
    const tags = newTags(input.Tags, "sensitive", context);
    if (tx.get(oidcProviders, account, url)) {
      throw EntityAlreadyExists(`Provider with url https://${url} already exists.`);
    }
    checkQuota("OpenIdConnectProvidersPerAccount", tx.count(oidcProviders, account) + 1, settings.quotas);
    const scheme = input.Url!.startsWith("http:") ? { plainHttp: true as const } : {};
    tx.put(oidcProviders, { account, url, ...scheme, clientIds, thumbprints, createdAt: now, tags });
    return {
      OpenIDConnectProviderArn: oidcProviderArn(account, url),
      ...(tags.length > 0 && { Tags: [...tags] }),
    };
  },
});

export const GetOpenIDConnectProvider = operation("GetOpenIDConnectProvider", {
  resource: (input, context) => providerResource(input.OpenIDConnectProviderArn!, context),
  handle(input, context) {
    const provider = existingProvider(input.OpenIDConnectProviderArn!, context);
    return {
      Url: provider.url,
      ClientIDList: [...provider.clientIds],
      ThumbprintList: [...provider.thumbprints],
      CreateDate: new Date(provider.createdAt),
      Tags: sortedTags(provider.tags),
    };
  },
});

export const ListOpenIDConnectProviders = operation("ListOpenIDConnectProviders", {
  resource: (_input, { account }) => ({ arn: oidcProviderArn(account, "*") }),
  handle(_input, { tx, account }) {
    const providers = [...tx.list(oidcProviders, [account])];
    return { OpenIDConnectProviderList: providers.map(({ url }) => ({ Arn: oidcProviderArn(account, url) })) };
  },
});

export const DeleteOpenIDConnectProvider = operation("DeleteOpenIDConnectProvider", {
  resource: (input, context) => providerResource(input.OpenIDConnectProviderArn!, context),
  handle(input, context) {
    // Not idempotent, whatever the API reference says (evidence: oidc-missing).
    const { account, url } = existingProvider(input.OpenIDConnectProviderArn!, context, notDeletable);
    context.tx.delete(oidcProviders, account, url);
  },
});

export const AddClientIDToOpenIDConnectProvider = operation("AddClientIDToOpenIDConnectProvider", {
  resource: (input, context) => providerResource(input.OpenIDConnectProviderArn!, context),
  handle(input, context) {
    const provider = existingProvider(input.OpenIDConnectProviderArn!, context);
    const clientIds = checkedClientIds([...provider.clientIds, input.ClientID!], context);
    context.tx.put(oidcProviders, { ...provider, clientIds });
  },
});

export const RemoveClientIDFromOpenIDConnectProvider = operation("RemoveClientIDFromOpenIDConnectProvider", {
  resource: (input, context) => providerResource(input.OpenIDConnectProviderArn!, context),
  handle(input, context) {
    const provider = existingProvider(input.OpenIDConnectProviderArn!, context);
    const clientIds = provider.clientIds.filter((clientId) => clientId !== input.ClientID);
    context.tx.put(oidcProviders, { ...provider, clientIds });
  },
});

export const UpdateOpenIDConnectProviderThumbprint = operation("UpdateOpenIDConnectProviderThumbprint", {
  resource: (input, context) => providerResource(input.OpenIDConnectProviderArn!, context),
  handle(input, context) {
    const sent = input.ThumbprintList!;
    if (sent.length === 0) throw InvalidInput("Thumbprint list must contain at least one entry.");
    const thumbprints = checkedThumbprints(sent, context);
    const provider = existingProvider(input.OpenIDConnectProviderArn!, context);
    context.tx.put(oidcProviders, { ...provider, thumbprints });
  },
});

const TAGGED: TaggedKind<OidcProvider, "OpenIDConnectProviderArn"> = {
  member: "OpenIDConnectProviderArn",
  tagCase: "sensitive",
  collection: oidcProviders,
  existing: existingProvider,
  resource: providerResource,
};

export const TagOpenIDConnectProvider = operation("TagOpenIDConnectProvider", tagResource(TAGGED));
export const UntagOpenIDConnectProvider = operation("UntagOpenIDConnectProvider", untagResource(TAGGED));
export const ListOpenIDConnectProviderTags = operation("ListOpenIDConnectProviderTags", listTagsOfResource(TAGGED));
