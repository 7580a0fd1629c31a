import { fold, type Tag } from "../data/entities/accounts.ts";
import { organizationAccounts } from "../data/entities/organizations.ts";
import { roles } from "../data/entities/roles.ts";
import { users } from "../data/entities/users.ts";
import { accountIn } from "../policy/arn.ts";
import type { Caller } from "./caller.ts";
import type { AccessContext, Permission, Resource } from "./operation.ts";
import type { ContextKeys } from "../policy/evaluate.ts";

// The global condition keys, as listed in the IAM User Guide ("AWS global condition context keys"). They are present
// and absent exactly as on AWS, since Null and …IfExists tell the difference.

/** All condition keys of one permission: the global ones, those of the operation, and the tags of its resource. */
export function contextKeys(permission: Permission, context: AccessContext): ContextKeys {
  const { caller, now, request, account } = context;
  const { resource } = permission;
  const keys: Record<string, string | readonly string[]> = {
    "aws:CurrentTime": new Date(now).toISOString(),
    "aws:EpochTime": String(Math.floor(now / 1000)),
    "aws:SourceIp": request.sourceIp,
    "aws:SecureTransport": String(request.secure),
    "aws:RequestedRegion": request.region,
    "aws:ViaAWSService": "false",
    "aws:PrincipalIsAWSService": "false",
    "aws:ResourceAccount": ownerOf(resource) ?? account,
    ...principalKeys(caller),
    ...sessionKeys(caller, now),
    ...permission.keys,
  };
  if (request.userAgent !== "") keys["aws:UserAgent"] = request.userAgent;
  // With a code in this request, the caller's policies and the trust policy see MFA as just done
  // (evidence: mfa-context).
  if (context.mfaAt !== undefined) {
    keys["aws:MultiFactorAuthPresent"] = "true";
    keys["aws:MultiFactorAuthAge"] = String(Math.floor((now - context.mfaAt) / 1000));
  }
  if (!["anonymous", "federated", "service"].includes(caller.principal.type))
    Object.assign(keys, organizationKeys("Principal", caller.account, context));
  Object.assign(keys, organizationKeys("Resource", resource.owner ?? accountIn(resource.arn) ?? account, context));
  for (const tag of principalTags(context)) keys[`aws:PrincipalTag/${tag.Key}`] = tag.Value;
  const { arn, tags = [] } = resource;
  // IAM's own key is for users and roles only (service authorization reference, "Resource types defined by IAM").
  const hasOwnKey = arn.includes(":user/") || arn.includes(":role/");
  for (const tag of tags) {
    keys[`aws:ResourceTag/${tag.Key}`] = tag.Value;
    if (hasOwnKey) keys[`iam:ResourceTag/${tag.Key}`] = tag.Value;
  }
  return keys;
}

/**
 * The place of an account in its organization; the caller's account and the resource's have separate keys
 * (evidence: organization-context).
 */
function organizationKeys(whose: "Principal" | "Resource", account: string, { tx }: AccessContext): ContextKeys {
  const member = tx.get(organizationAccounts, account);
  if (!member) return {};
  return {
    [`aws:${whose}OrgID`]: member.organization,
    [`aws:${whose}OrgPaths`]: [`${[member.organization, ...member.path].join("/")}/`],
  };
}

/** AWS's managed policies are in an account of AWS's own (evidence: authz-get-policy-resource-account). */
const ownerOf = ({ arn, owner }: Resource): string | undefined =>
  arn.startsWith("arn:aws:iam::aws:") ? "639982225848" : (owner ?? accountIn(arn));

function principalKeys({ arn, account, userId, principal }: Caller): ContextKeys {
  switch (principal.type) {
    case "root":
      return {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": "Account",
        "aws:userid": userId,
      };
    case "user":
      return {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": "User",
        "aws:userid": userId,
        "aws:username": principal.name,
      };
    case "role":
      // For a session, PrincipalArn is the role's ARN and not the session's.
      return {
        "aws:PrincipalArn": principal.roleArn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": "AssumedRole",
        "aws:userid": userId,
      };
    case "federated-user":
      return {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": "FederatedUser",
        "aws:userid": userId,
      };
    case "federated":
      // As recorded for SAML; there is no PrincipalArn (evidence: saml-context).
      return {
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": "User",
        "aws:userid": principal.provider,
        ...principal.keys,
      };
    case "service":
      return {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": principal.service,
        "aws:PrincipalServiceNamesList": [principal.service],
        ...principal.keys,
      };
    case "anonymous":
      return { "aws:PrincipalType": "Anonymous" };
  }
}

/**
 * The MFA keys: absent for long-term keys, false without a code, true with an age after one (evidence: mfa-context).
 */
function sessionKeys({ session }: Caller, now: number): ContextKeys {
  if (!session) return {};
  return {
    "aws:TokenIssueTime": new Date(session.issuedAt).toISOString(),
    "aws:MultiFactorAuthPresent": String(session.mfaAt !== undefined),
    ...(session.mfaAt !== undefined && { "aws:MultiFactorAuthAge": String(Math.floor((now - session.mfaAt) / 1000)) }),
    ...(session.sourceIdentity !== undefined && { "aws:SourceIdentity": session.sourceIdentity }),
    ...(session.kind === "assumed-root" && { "aws:AssumedRoot": "true" }),
    ...(session.federatedProvider !== undefined && { "aws:FederatedProvider": session.federatedProvider }),
    ...session.federatedKeys,
  };
}

/**
 * The tags of the user or role (for a federated user, of the user who asked for its credentials), overridden by those
 * of the session. Tag keys of principals are case-insensitive.
 */
export function principalTags({ caller, tx }: AccessContext): Iterable<Tag> {
  const { principal, session, account } = caller;
  const own =
    principal.type === "user"
      ? tx.find(users, "id", account, principal.id)?.tags
      : principal.type === "role"
        ? tx.find(roles, "id", account, principal.id)?.tags
        : principal.type === "federated-user"
          ? tx.find(users, "id", account, principal.issuer)?.tags
          : undefined;
  const tags = new Map<string, Tag>();
  for (const tag of own ?? []) tags.set(fold(tag.Key), tag);
  for (const tag of session?.tags ?? []) tags.set(fold(tag.Key), tag);
  return tags.values();
}
