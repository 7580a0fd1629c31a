import { outboundFederations, type OutboundFederation } from "../../data/entities/accounts.ts";
import { uuid } from "../../data/random.ts";
import { FeatureDisabled, FeatureEnabled } from "../errors.ts";
import { operation, type Context } from "../operation.ts";

/** The issuer of the account's tokens; it stays the same when the feature is turned off and on again (facts: aws-more 7.4). */
export const issuerOf = ({ issuerId }: OutboundFederation): string => `https://${issuerId}.tokens.sts.global.api.aws`;

/** The account's federation, which is on; FeatureDisabled where it is not. */
function enabledFederation({ tx, account }: Context): OutboundFederation {
  const federation = tx.get(outboundFederations, account);
  if (!federation?.enabled) throw FeatureDisabled(`Outbound identity federation is disabled for account ${account}`);
  return federation;
}

export const EnableOutboundWebIdentityFederation = operation("EnableOutboundWebIdentityFederation", {
  handle(_input, { tx, account, random }) {
    const former = tx.get(outboundFederations, account);
    if (former?.enabled) {
      throw FeatureEnabled(`Outbound identity federation is already enabled for account ${account}`);
    }
    const federation = { account, issuerId: former?.issuerId ?? uuid(random), enabled: true };
    tx.put(outboundFederations, federation);
    return { IssuerIdentifier: issuerOf(federation) };
  },
});

export const DisableOutboundWebIdentityFederation = operation("DisableOutboundWebIdentityFederation", {
  handle(_input, context) {
    context.tx.put(outboundFederations, { ...enabledFederation(context), enabled: false });
  },
});

export const GetOutboundWebIdentityFederationInfo = operation("GetOutboundWebIdentityFederationInfo", {
  handle(_input, context) {
    return { IssuerIdentifier: issuerOf(enabledFederation(context)), JwtVendingEnabled: true };
  },
});
