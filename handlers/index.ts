import * as accessKeys from "./iam/access-keys.ts";
import * as account from "./iam/account.ts";
import * as attachments from "./iam/attachments.ts";
import * as boundaries from "./iam/boundaries.ts";
import * as groups from "./iam/groups.ts";
import * as inlinePolicies from "./iam/inline-policies.ts";
import * as instanceProfiles from "./iam/instance-profiles.ts";
import * as loginProfiles from "./iam/login-profiles.ts";
import * as managedPolicies from "./iam/managed-policies.ts";
import * as mfaDevices from "./iam/mfa-devices.ts";
import * as openIdConnectProviders from "./iam/openid-connect-providers.ts";
import * as passwordPolicy from "./iam/password-policy.ts";
import * as roles from "./iam/roles.ts";
import * as samlProviders from "./iam/saml-providers.ts";
import * as serverCertificates from "./iam/server-certificates.ts";
import * as serviceLinkedRoles from "./iam/service-linked-roles.ts";
import * as serviceSpecificCredentials from "./iam/service-specific-credentials.ts";
import * as signingCertificates from "./iam/signing-certificates.ts";
import * as sshPublicKeys from "./iam/ssh-public-keys.ts";
import * as users from "./iam/users.ts";
import type { Operation } from "./operation.ts";
import * as accessKeyInfo from "./sts/access-key-info.ts";
import * as assumeRole from "./sts/assume-role.ts";
import * as callerIdentity from "./sts/caller-identity.ts";
import * as federationTokens from "./sts/federation-tokens.ts";
import * as sessionTokens from "./sts/session-tokens.ts";

const files: readonly object[] = [
  accessKeyInfo,
  accessKeys,
  account,
  assumeRole,
  attachments,
  boundaries,
  callerIdentity,
  federationTokens,
  groups,
  inlinePolicies,
  instanceProfiles,
  loginProfiles,
  managedPolicies,
  mfaDevices,
  openIdConnectProviders,
  passwordPolicy,
  roles,
  samlProviders,
  serverCertificates,
  serviceLinkedRoles,
  serviceSpecificCredentials,
  sessionTokens,
  signingCertificates,
  sshPublicKeys,
  users,
];

/** Every operation that is built, by its name in the API. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  files
    .flatMap((file) => Object.values(file) as unknown[])
    .filter(isOperation)
    .map((operation) => [operation.name, operation]),
);

function isOperation(value: unknown): value is Operation {
  return typeof value === "object" && value !== null && "spec" in value;
}
