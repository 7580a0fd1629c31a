import { federatedCaller } from "../callers.ts";
import { IDPRejectedClaim, InvalidIdentityToken, ValidationError } from "../errors.ts";
import { operation } from "../operation.ts";
import { roleSessionSeconds, roleWithArn } from "./assume-role.ts";
import { checkRoleArn, federatedPermissions } from "./federated-roles.ts";
import { issueRoleSession, type RoleGrant } from "./role-sessions.ts";
import { sessionPolicies } from "./session-policies.ts";
import { sessionTags } from "./session-tags.ts";
import { claimedSourceIdentity, claimedTags, isRoleClaimed, type ClaimedTags } from "./web-identity-claims.ts";
import { sessionKeysOf, webIdentityKeys } from "./web-identity-keys.ts";
import { requireStillTrusted, verifyWebIdentity, type WebIdentity } from "./verify-web-identity.ts";

/** The content of a verified token, and what it asks of the session. */
interface Claimed {
  /** The account of the role, if its ARN has one. */
  readonly account: string;
  readonly identity: WebIdentity;
  readonly keys: ReturnType<typeof webIdentityKeys>;
  readonly tags: ClaimedTags;
  readonly sourceIdentity: string | undefined;
  /** Whether the token names the role. */
  readonly namesRole: boolean;
}

export const AssumeRoleWithWebIdentity = operation<"AssumeRoleWithWebIdentity", Claimed>("AssumeRoleWithWebIdentity", {
  async prepare(input, tools) {
    checkRoleArn(input.RoleArn!);
    if (input.ProviderId !== undefined) throw notTheirs(input.ProviderId);
    const identity = await verifyWebIdentity(input.WebIdentityToken!, tools);
    const { issuer, claims } = identity;
    return {
      account: tools.account,
      identity,
      keys: webIdentityKeys({ ...identity, issuer: issuer.name }),
      tags: claimedTags(claims),
      sourceIdentity: claimedSourceIdentity(claims),
      namesRole: isRoleClaimed(claims, input.RoleArn!),
    };
  },
  identify(_input, { account, identity: { issuer, subject, audience }, keys }) {
    const { provider } = issuer;
    const userId = `${provider}:${audience}:${subject}`;
    return federatedCaller(account, userId, { proof: "web-identity", provider, subject, keys });
  },
  permissions: (input, context, { tags, sourceIdentity, namesRole }) =>
    federatedPermissions(
      {
        action: "sts:AssumeRoleWithWebIdentity",
        roleArn: input.RoleArn!,
        sessionName: input.RoleSessionName!,
        sourceIdentity,
        tags: tags.Tags,
        transitiveTagKeys: tags.TransitiveTagKeys,
        keys: { "sts:RoleAuthorizedByIdp": String(namesRole) },
      },
      context,
    ),
  handle(input, context, { identity, keys, tags, sourceIdentity }) {
    const { issuer, subject, audience } = identity;
    requireStillTrusted(identity, context);
    // Authorization has passed, so the role exists.
    const role = roleWithArn(input.RoleArn!, context)!;
    // The token's own expiry does not limit the session (evidence: web-identity-session).
    const seconds = roleSessionSeconds(input.DurationSeconds, role, context.caller);
    const grant: RoleGrant = {
      sessionName: input.RoleSessionName!,
      ...sessionPolicies(input, role.account, context),
      ...sessionTags(tags),
      ...(sourceIdentity !== undefined && { sourceIdentity }),
      federatedProvider: issuer.provider,
      federatedKeys: sessionKeysOf(issuer.name, keys),
    };
    const issued = issueRoleSession(role, grant, seconds, context, input.MinimumSessionTokenSize);
    return {
      ...issued,
      SubjectFromWebIdentityToken: subject,
      // Unlike in AssumeRole, it is always present (evidence: sts-packed-policy-size).
      PackedPolicySize: issued.SessionTokenUtilization,
      Provider: issuer.provider,
      Audience: audience,
      SourceIdentity: sourceIdentity,
    };
  },
});

/**
 * ProviderId is for the OAuth 2.0 access tokens of Login with Amazon and Facebook, which only those services can
 * verify. The emulator does not ask them, so every such token is refused.
 */
function notTheirs(providerId: string) {
  switch (providerId) {
    case "www.amazon.com":
      return InvalidIdentityToken(
        "Provided Token is not a Login With Amazon token",
        "the emulator cannot verify access tokens of Login with Amazon",
      );
    case "graph.facebook.com":
      return IDPRejectedClaim(
        "The identity provider reported that authentication failed.",
        "the emulator cannot verify access tokens of Facebook",
      );
    default:
      return ValidationError(`${providerId} is not a supported identity provider.`);
  }
}
