import { collection } from "../store.ts";

/** A service control policy or a resource control policy. */
export interface ControlPolicy {
  /** Its name. */
  readonly id: string;
  /** `p-…` */
  readonly policyId: string;
  readonly document: string;
}

/** The root of an organization, or one of its organizational units. */
export interface OrganizationalUnit {
  /** `r-…` or `ou-…` */
  readonly id: string;
  readonly name: string;
  readonly scps: readonly ControlPolicy[];
  readonly rcps: readonly ControlPolicy[];
  readonly accounts: readonly string[];
  readonly children: readonly OrganizationalUnit[];
}

/** What an organization can turn on for its member accounts' root users. */
export type RootFeature = "RootSessions" | "RootCredentialsManagement";

export interface Organization {
  /** `o-…` */
  readonly id: string;
  readonly managementAccount: string;
  /** False if the organization is for consolidated billing only. */
  readonly allFeatures: boolean;
  /** Whether IAM has trusted access to the organization. */
  readonly trustedAccess: boolean;
  /** The accounts that administer IAM's features in it, besides the management account. */
  readonly delegatedAdministrators: readonly string[];
  readonly rootFeatures: readonly RootFeature[];
  readonly root: OrganizationalUnit;
}
export const organizations = collection("organizations", (o: Organization) => [o.id]);

/** An account's place in its organization, and the policies that apply there. Made from the Organization. */
export interface OrganizationAccount {
  readonly account: string;
  readonly organization: string;
  /** The ids from the root down to the account's parent. */
  readonly path: readonly string[];
  /** One list per level, from the root down. Both are absent for the management account, which they do not limit. */
  readonly scps?: readonly (readonly ControlPolicy[])[];
  readonly rcps?: readonly (readonly ControlPolicy[])[];
}
export const organizationAccounts = collection("organization-accounts", (a: OrganizationAccount) => [a.account]);
