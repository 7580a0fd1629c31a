import * as accessKeys from "./iam/access-keys.ts";
import * as accountAuthorizationDetails from "./iam/account-authorization-details.ts";
import * as accountProperties from "./iam/account-properties.ts";
import * as accountSummary from "./iam/account-summary.ts";
import * as account from "./iam/account.ts";
import * as attachments from "./iam/attachments.ts";
import * as boundaries from "./iam/boundaries.ts";
import * as contextKeysForPolicies from "./iam/context-keys-for-policies.ts";
import * as credentialReports from "./iam/credential-reports.ts";
import * as delegationRequests from "./iam/delegation-requests.ts";
import * as groups from "./iam/groups.ts";
import * as humanReadableSummary from "./iam/human-readable-summary.ts";
import * as inlinePolicies from "./iam/inline-policies.ts";
import * as instanceProfiles from "./iam/instance-profiles.ts";
import * as loginProfiles from "./iam/login-profiles.ts";
import * as managedPolicies from "./iam/managed-policies.ts";
import * as mfaDevices from "./iam/mfa-devices.ts";
import * as openIdConnectProviders from "./iam/openid-connect-providers.ts";
import * as organizationsAccessReports from "./iam/organizations-access-reports.ts";
import * as organizationsFeatures from "./iam/organizations-features.ts";
import * as outboundFederation from "./iam/outbound-federation.ts";
import * as passwordPolicy from "./iam/password-policy.ts";
import * as policySimulation from "./iam/policy-simulation.ts";
import * as policyTags from "./iam/policy-tags.ts";
import * as policyVersions from "./iam/policy-versions.ts";
import * as roleTemplates from "./iam/role-templates.ts";
import * as roles from "./iam/roles.ts";
import * as samlProviders from "./iam/saml-providers.ts";
import * as securityTokenServicePreferences from "./iam/security-token-service-preferences.ts";
import * as serverCertificates from "./iam/server-certificates.ts";
import * as serviceLastAccessed from "./iam/service-last-accessed.ts";
import * as serviceLinkedRoles from "./iam/service-linked-roles.ts";
import * as serviceSpecificCredentials from "./iam/service-specific-credentials.ts";
import * as signingCertificates from "./iam/signing-certificates.ts";
import * as sshPublicKeys from "./iam/ssh-public-keys.ts";
import * as users from "./iam/users.ts";
import type { Operation } from "./operation.ts";
import * as accessKeyInfo from "./sts/access-key-info.ts";
import * as assumeRoleWithSaml from "./sts/assume-role-with-saml.ts";
import * as assumeRoleWithWebIdentity from "./sts/assume-role-with-web-identity.ts";
import * as assumeRole from "./sts/assume-role.ts";
import * as assumeRoot from "./sts/assume-root.ts";
import * as authorizationMessages from "./sts/authorization-messages.ts";
import * as callerIdentity from "./sts/caller-identity.ts";
import * as delegatedAccessTokens from "./sts/delegated-access-tokens.ts";
import * as federationTokens from "./sts/federation-tokens.ts";
import * as scopedCredentials from "./sts/scoped-credentials.ts";
import * as sessionTokens from "./sts/session-tokens.ts";
import * as webIdentityTokens from "./sts/issue-web-identity-token.ts";

const files: readonly object[] = [
  accessKeyInfo,
  accessKeys,
  account,
  accountAuthorizationDetails,
  accountProperties,
  accountSummary,
  assumeRole,
  assumeRoleWithSaml,
  assumeRoleWithWebIdentity,
  assumeRoot,
  attachments,
  authorizationMessages,
  boundaries,
  callerIdentity,
  contextKeysForPolicies,
  credentialReports,
  delegatedAccessTokens,
  delegationRequests,
  federationTokens,
  groups,
  humanReadableSummary,
  inlinePolicies,
  instanceProfiles,
  loginProfiles,
  managedPolicies,
  mfaDevices,
  openIdConnectProviders,
  organizationsAccessReports,
  organizationsFeatures,
  outboundFederation,
  passwordPolicy,
  policySimulation,
  policyTags,
  policyVersions,
  roleTemplates,
  roles,
  samlProviders,
  scopedCredentials,
  securityTokenServicePreferences,
  serverCertificates,
  serviceLastAccessed,
  serviceLinkedRoles,
  serviceSpecificCredentials,
  sessionTokens,
  signingCertificates,
  sshPublicKeys,
  users,
  webIdentityTokens,
];

/** Every operation that is implemented, by its API name. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  files
    .flatMap((file) => Object.values(file) as unknown[])
    .filter(isOperation)
    .map((operation) => [operation.name, operation]),
);

function isOperation(value: unknown): value is Operation {
  return typeof value === "object" && value !== null && "spec" in value;
}
