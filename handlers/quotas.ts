/** IAM's quotas (facts 20), each of which can be overridden at start-up. */
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
  TagsPerResource: 50,
};

export type Quotas = Readonly<Record<keyof typeof DEFAULT_QUOTAS, number>>;
