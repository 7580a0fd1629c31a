import { outboundFederations, type OutboundFederation } from "../../data/entities/accounts.ts";
import { uuid } from "../../data/random.ts";
import { FeatureDisabled, FeatureEnabled } from "../errors.ts";
import { operation, type Context, type Settings } from "../operation.ts";
import { keepKeys, missingKeys } from "../token-signing-keys.ts";

/**
 * The issuer of the account's tokens; it stays the same when the feature is turned off and on again
 * (evidence: outbound-feature). AWS's issuers are its own hosts; this one is where relying parties on this machine can
 * get the keys.
 */
export const issuerOf = ({ issuerId }: OutboundFederation, { publicUrl }: Pick<Settings, "publicUrl">): string =>
  `${publicUrl}/_oidc/${issuerId}`;

/** The account's federation; FeatureDisabled if it is off. */
function enabledFederation({ tx, account }: Context): OutboundFederation {
  const federation = tx.get(outboundFederations, account);
  if (!federation?.enabled) throw FeatureDisabled(`Outbound identity federation is disabled for account ${account}`);
  return federation;
}

export const EnableOutboundWebIdentityFederation = operation("EnableOutboundWebIdentityFederation", {
  // Keys are made once, and are kept while the feature is off.
  prepare: (_input, tools) => missingKeys(tools),
  handle(_input, context, keys) {
    const { tx, account, random, settings } = context;
    const former = tx.get(outboundFederations, account);
    if (former?.enabled) {
      throw FeatureEnabled(`Outbound identity federation is already enabled for account ${account}`);
    }
    const federation = { account, issuerId: former?.issuerId ?? uuid(random), enabled: true };
    tx.put(outboundFederations, federation);
    keepKeys(keys, context);
    return { IssuerIdentifier: issuerOf(federation, settings) };
  },
});

export const DisableOutboundWebIdentityFederation = operation("DisableOutboundWebIdentityFederation", {
  handle(_input, context) {
    context.tx.put(outboundFederations, { ...enabledFederation(context), enabled: false });
  },
});

export const GetOutboundWebIdentityFederationInfo = operation("GetOutboundWebIdentityFederationInfo", {
  handle(_input, context) {
    return { IssuerIdentifier: issuerOf(enabledFederation(context), context.settings), JwtVendingEnabled: true };
  },
});
