import { createHash } from "node:crypto";
import {
  organizationAccounts,
  organizations,
  type ControlPolicy,
  type Organization,
  type OrganizationAccount,
  type OrganizationalUnit,
} from "../data/entities/organizations.ts";
import type { Random } from "../data/random.ts";
import type { Transaction } from "../data/store.ts";
import { InvalidInput } from "./errors.ts";
import { parsePolicy } from "./policy-documents.ts";

// The part of AWS Organizations that IAM and STS see: one organization, a tree of units with accounts, and the policies
// attached to them. AWS manages it by an API of its own; here the control plane sets it as a whole.

/** The requested organization. Members that are left out have AWS's defaults. */
export interface OrganizationRequest {
  readonly id?: string | undefined;
  readonly managementAccount: string;
  readonly allFeatures?: boolean | undefined;
  readonly trustedAccess?: boolean | undefined;
  readonly delegatedAdministrators?: readonly string[] | undefined;
  readonly root: UnitRequest;
}

export interface UnitRequest {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** `FullAWSAccess` by default. */
  readonly scps?: readonly PolicyRequest[] | undefined;
  /** Besides `RCPFullAWSAccess`, which is always attached. */
  readonly rcps?: readonly PolicyRequest[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly children?: readonly UnitRequest[] | undefined;
}

export interface PolicyRequest {
  readonly name: string;
  /** `p-…`; derived from the name by default. */
  readonly policyId?: string | undefined;
  readonly document: string;
}

/** The emulator's organization, if there is one. */
export function theOrganization(tx: Transaction): Organization | undefined {
  for (const organization of tx.list(organizations, [])) return organization;
  return undefined;
}

/** The organization that the account is a member of. */
export function organizationOf(account: string, tx: Transaction): Organization | undefined {
  const member = tx.get(organizationAccounts, account);
  return member && tx.get(organizations, member.organization);
}

/** The policies that apply to the account, one list per level from the root down; an absent member does not limit. */
export const policyLevels = (
  account: string,
  tx: Transaction,
): Pick<OrganizationAccount, "scps" | "rcps"> | undefined => tx.get(organizationAccounts, account);

/** The root and all units below it, parents first. */
export function* unitsOf(unit: OrganizationalUnit): Iterable<OrganizationalUnit> {
  yield unit;
  for (const child of unit.children) yield* unitsOf(child);
}

/**
 * Replaces the organization, if there is one. Units with the same name in the same place keep their ids; an
 * organization with the same management account keeps its own id and the root features that are on. Throws InvalidInput
 * for an account or id that occurs twice or has no place, MalformedPolicyDocument in AWS's words.
 */
export function setOrganization(
  request: OrganizationRequest,
  { tx, random }: { readonly tx: Transaction; readonly random: Random },
): Organization {
  const former = theOrganization(tx);
  const same = former?.managementAccount === request.managementAccount ? former : undefined;
  const { managementAccount, delegatedAdministrators = [] } = request;
  const placed = everyAccount(request.root);
  const root = placed.includes(managementAccount)
    ? request.root
    : { ...request.root, accounts: [managementAccount, ...(request.root.accounts ?? [])] };
  const organization: Organization = {
    id: request.id ?? same?.id ?? `o-${hex(5, random)}`,
    managementAccount,
    allFeatures: request.allFeatures ?? true,
    trustedAccess: request.trustedAccess ?? false,
    delegatedAdministrators,
    rootFeatures: same?.rootFeatures ?? [],
    root: unitFrom({ ...root, name: root.name ?? "Root" }, same?.root, undefined, random),
  };
  checkOnce("account", everyAccount(root));
  checkOnce(
    "id",
    Array.from(unitsOf(organization.root), ({ id }) => id),
  );
  for (const account of delegatedAdministrators) {
    if (!placed.includes(account) || account === managementAccount) {
      throw InvalidInput(`The delegated administrator ${account} is no member account of the organization.`);
    }
  }
  disband(tx);
  tx.put(organizations, organization);
  for (const member of placesIn(organization, organization.root, [])) tx.put(organizationAccounts, member);
  return organization;
}

/** Removes the organization, if there is one; its accounts are then without one. */
export function disband(tx: Transaction): void {
  for (const { account } of Array.from(tx.list(organizationAccounts, []))) tx.delete(organizationAccounts, account);
  for (const { id } of Array.from(tx.list(organizations, []))) tx.delete(organizations, id);
}

const everyAccount = ({ accounts = [], children = [] }: UnitRequest): string[] => [
  ...accounts,
  ...children.flatMap(everyAccount),
];

function checkOnce(what: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw InvalidInput(`The ${what} ${twice} is in the organization twice.`);
}

function unitFrom(
  request: UnitRequest,
  former: OrganizationalUnit | undefined,
  rootId: string | undefined,
  random: Random,
): OrganizationalUnit {
  const { name = "", scps, rcps = [], accounts = [], children = [] } = request;
  // A unit's id contains its root's (API reference of AWS Organizations, "OrganizationalUnit").
  const made = () => (rootId === undefined ? `r-${hex(2, random)}` : `ou-${rootId.slice(2)}-${hex(4, random)}`);
  const id = request.id ?? former?.id ?? made();
  return {
    id,
    name,
    scps: scps?.map((policy) => controlPolicy(policy, "scp")) ?? [FULL_ACCESS],
    rcps: rcps.map((policy) => controlPolicy(policy, "rcp")),
    accounts,
    children: children.map((child) => {
      const formerChild = former?.children.find((unit) => unit.name === child.name);
      return unitFrom(child, formerChild, rootId ?? id, random);
    }),
  };
}

function controlPolicy({ name, policyId, document }: PolicyRequest, kind: "scp" | "rcp"): ControlPolicy {
  if (name === FULL_ACCESS.id) return FULL_ACCESS;
  parsePolicy(document, kind);
  return { id: name, policyId: policyId ?? policyIdFor(name), document };
}

/** The same id for the same name, so that a policy attached in two places is one policy. */
const policyIdFor = (name: string): string => `p-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;

const FULL_ACCESS: ControlPolicy = {
  id: "FullAWSAccess",
  policyId: "p-FullAWSAccess",
  document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
};

/** Attached on every level besides the resource control policies there; it cannot be detached (evidence: rcp-rules). */
const RCP_FULL_ACCESS: ControlPolicy = {
  id: "RCPFullAWSAccess",
  policyId: "p-RCPFullAWSAccess",
  document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
};

function* placesIn(
  organization: Organization,
  unit: OrganizationalUnit,
  above: readonly OrganizationalUnit[],
): Iterable<OrganizationAccount> {
  const levels = [...above, unit];
  for (const account of unit.accounts) {
    const place = { account, organization: organization.id, path: levels.map(({ id }) => id) };
    if (account === organization.managementAccount || !organization.allFeatures) yield place;
    else {
      yield {
        ...place,
        scps: levels.map(({ scps }) => scps),
        rcps: levels.map(({ rcps }) => [RCP_FULL_ACCESS, ...rcps]),
      };
    }
  }
  for (const child of unit.children) yield* placesIn(organization, child, levels);
}

const hex = (bytes: number, random: Random): string => random.bytes(bytes).toString("hex");
