import { serverCertificates, signingCertificates } from "../../data/entities/certificates.ts";
import { mfaDevices } from "../../data/entities/mfa.ts";
import { attachments, managedPolicies } from "../../data/entities/policies.ts";
import { oidcProviders, samlProviders } from "../../data/entities/providers.ts";
import { instanceProfiles, roles } from "../../data/entities/roles.ts";
import { accessKeys, groups, loginProfiles, users } from "../../data/entities/users.ts";
import { operation, type Context } from "../operation.ts";
import { organizationOf } from "../organization.ts";
import { existingAccount } from "./account.ts";

/** A quota that AWS only shows here; what it answers beyond it is not known (evidence: quota-versions-in-use). */
const POLICY_VERSIONS_IN_USE_QUOTA = 10_000;

export const GetAccountSummary = operation("GetAccountSummary", {
  handle(_input, context) {
    const { tx, account, settings } = context;
    const { quotas } = settings;
    const ownedByRoot = [account, account];
    return {
      SummaryMap: {
        Users: tx.count(users, account),
        UsersQuota: quotas.UsersPerAccount,
        Groups: tx.count(groups, account),
        GroupsQuota: quotas.GroupsPerAccount,
        GroupsPerUserQuota: quotas.GroupsPerUser,
        Roles: tx.count(roles, account),
        RolesQuota: quotas.RolesPerAccount,
        Policies: tx.count(managedPolicies, account),
        PoliciesQuota: quotas.PoliciesPerAccount,
        PolicySizeQuota: quotas.PolicySize,
        PolicyVersionsInUse: policiesInUse(context),
        PolicyVersionsInUseQuota: POLICY_VERSIONS_IN_USE_QUOTA,
        VersionsPerPolicyQuota: quotas.VersionsPerPolicy,
        UserPolicySizeQuota: quotas.InlinePolicySizePerUser,
        GroupPolicySizeQuota: quotas.InlinePolicySizePerGroup,
        RolePolicySizeQuota: quotas.InlinePolicySizePerRole,
        AssumeRolePolicySizeQuota: quotas.ACLSizePerRole,
        AttachedPoliciesPerUserQuota: quotas.PoliciesPerUser,
        AttachedPoliciesPerGroupQuota: quotas.PoliciesPerGroup,
        AttachedPoliciesPerRoleQuota: quotas.PoliciesPerRole,
        AccessKeysPerUserQuota: quotas.AccessKeysPerUser,
        SigningCertificatesPerUserQuota: quotas.CertificatesPerUser,
        ServerCertificates: tx.count(serverCertificates, account),
        ServerCertificatesQuota: quotas.ServerCertificatesPerAccount,
        InstanceProfiles: tx.count(instanceProfiles, account),
        InstanceProfilesQuota: quotas.InstanceProfilesPerAccount,
        Providers: tx.count(oidcProviders, account) + tx.count(samlProviders, account),
        MFADevices: tx.count(mfaDevices, account),
        MFADevicesInUse: count(tx.listBy(mfaDevices, "owner", [account])),
        AccountMFAEnabled: count(tx.listBy(mfaDevices, "owner", ownedByRoot)) > 0 ? 1 : 0,
        // IAM does not list the root keys that the emulator is started with, so they do not count here either.
        AccountAccessKeysPresent: count(tx.listBy(accessKeys, "owner", ownedByRoot)) > 0 ? 1 : 0,
        AccountPasswordPresent: hasRootPassword(context) ? 1 : 0,
        AccountSigningCertificatesPresent: count(tx.listBy(signingCertificates, "owner", ownedByRoot)) > 0 ? 1 : 0,
        GlobalEndpointTokenVersion: existingAccount(context).globalEndpointTokenVersion ?? 1,
      },
    };
  },
});

/**
 * How many managed policies are in use, including AWS's; policies, not versions, count
 * (evidence: summary-policy-versions-in-use).
 */
function policiesInUse({ tx, account }: Context): number {
  const arns = new Set<string>();
  for (const { policyArn } of tx.list(attachments, [account])) arns.add(policyArn);
  for (const { boundary } of tx.listBy(users, "boundary", [account])) arns.add(boundary!);
  for (const { boundary } of tx.listBy(roles, "boundary", [account])) arns.add(boundary!);
  return arns.size;
}

/**
 * Root has a password from sign-up on; in an account made by an organization, only once AssumeRoot has set one
 * (evidence: summary-root-password).
 */
function hasRootPassword({ tx, account }: Context): boolean {
  if (tx.get(loginProfiles, account, account)) return true;
  const organization = organizationOf(account, tx);
  return !organization || organization.managementAccount === account;
}

function count(found: Iterable<unknown>): number {
  let size = 0;
  for (const _ of found) size++;
  return size;
}
