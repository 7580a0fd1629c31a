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
  /** Without all features it is for consolidated billing only. */
  readonly allFeatures: boolean;
  /** Whether IAM may act in the organization. */
  readonly trustedAccess: boolean;
  /** The accounts that administer IAM's features for it, besides the management account. */
  readonly delegatedAdministrators: readonly string[];
  readonly rootFeatures: readonly RootFeature[];
  readonly root: OrganizationalUnit;
}
export const organizations = collection("organizations", (o: Organization) => [o.id]);

/** An account's place in its organization, and the organization's policies in force there: made from the Organization. */
export interface OrganizationAccount {
  readonly account: string;
  readonly organization: string;
  /** The ids from the root down to what holds the account. */
  readonly path: readonly string[];
  /** One list a level, from the root down. Both are absent for the management account, which they do not limit. */
  readonly scps?: readonly (readonly ControlPolicy[])[];
  readonly rcps?: readonly (readonly ControlPolicy[])[];
}
export const organizationAccounts = collection("organization-accounts", (a: OrganizationAccount) => [a.account]);
