import { LimitExceeded, type WireError } from "./errors.ts";

/** IAM's quotas (evidence: quota-values), each of which can be overridden at start-up. */
export const DEFAULT_QUOTAS = {
  UsersPerAccount: 5000,
  GroupsPerAccount: 300,
  RolesPerAccount: 1000,
  AccessKeysPerUser: 2,
  MFADevicesPerUser: 8,
  GroupsPerUser: 10,
  PoliciesPerAccount: 1500,
  PolicySize: 6144,
  VersionsPerPolicy: 5,
  PoliciesPerUser: 10,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  ACLSizePerRole: 2048,
  InlinePolicySizePerUser: 2048,
  InlinePolicySizePerRole: 10240,
  InlinePolicySizePerGroup: 5120,
  InstanceProfilesPerAccount: 1000,
  OpenIdConnectProvidersPerAccount: 100,
  ClientIdsPerOpenIdConnectProvider: 100,
  ThumbprintsPerOpenIdConnectProvider: 5,
  SAMLProvidersPerAccount: 100,
  PrivateKeysPerSAMLProvider: 2,
  ServerCertificatesPerAccount: 20,
  CertificatesPerUser: 2,
  SSHPublicKeysPerUser: 5,
  ContextSpecificCredentialsPerUserPerContext: 2,
  TagsPerResource: 50,
};

export type Quotas = Readonly<Record<keyof typeof DEFAULT_QUOTAS, number>>;

/**
 * Throws LimitExceeded if `amount` exceeds a quota. `amount` is the number of entities including the new one, or the
 * size of a document.
 */
export function checkQuota(name: keyof Quotas, amount: number, quotas: Quotas): void {
  if (amount > quotas[name]) throw quotaExceeded(name, quotas[name]);
}

/** AWS's text for all quotas of this form; `name` is the quota's name in the account summary and the documentation. */
export const quotaExceeded = (name: string, limit: number): WireError =>
  LimitExceeded(`Cannot exceed quota for ${name}: ${limit}`);
