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
 * Refuses what would go beyond a quota. `amount` is what there is of it with the new one counted in, or the size of a
 * document. Throws LimitExceeded.
 */
export function checkQuota(name: keyof Quotas, amount: number, quotas: Quotas): void {
  if (amount > quotas[name]) throw quotaExceeded(name, quotas[name]);
}

/** AWS's words for all quotas of this form, which it names as its account summary and its documentation do. */
export const quotaExceeded = (name: string, limit: number): WireError =>
  LimitExceeded(`Cannot exceed quota for ${name}: ${limit}`);
