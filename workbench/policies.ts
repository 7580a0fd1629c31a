import { accounts as accountsCollection } from "../data/entities/accounts.ts";
import { managedPolicies } from "../data/entities/policies.ts";
import { roles } from "../data/entities/roles.ts";
import { groups, users } from "../data/entities/users.ts";
import type { Transaction } from "../data/store.ts";
import { roleArn } from "../handlers/arns.ts";
import { identityPolicies, managedPolicy, type Identity } from "../handlers/identity-policies.ts";
import { theOrganization, unitsOf } from "../handlers/organization.ts";
import {
  accountOf,
  type AccessRequest,
  type Policies,
  type PolicySource,
  type PolicyType,
} from "../policy/evaluate.ts";
import { trustsNobody } from "../server/seed/principals.ts";
import type { Accounts } from "./accounts.ts";
import type { DocumentPlace } from "./document-places.ts";

/** A policy that tests may be about. */
export interface TestedPolicy {
  /** What tells it from all others: see `policyKey`. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  readonly document: string;
  readonly place: DocumentPlace | undefined;
}

/**
 * The policy behind a source of a decision. Names of inline policies are unique in an account, those of others anywhere; the
 * document is part of it, since two test files may have different policies of one name.
 */
export function policyKey(type: PolicyType, { id, document }: PolicySource, { principal }: Caller): string {
  if (type === "scp" || type === "rcp" || type === "trust" || type === "resource") return keyOf(type, id, document);
  return keyOf(id.startsWith("arn:") ? "" : (accountOf(principal) ?? ""), id, document);
}

type Caller = Pick<AccessRequest, "principal">;

const keyOf = (scope: string, id: string, document: string): string => `${scope}\n${id}\n${document}`;

/** The policies with each of which `change` may put another in its place. */
export function mapPolicies(
  { policies, request }: { readonly policies: Policies; readonly request: AccessRequest },
  change: (key: string, document: string) => string,
): Policies {
  const source =
    (type: PolicyType) =>
    (policy: PolicySource): PolicySource => ({
      id: policy.id,
      document: change(policyKey(type, policy, request), policy.document),
    });
  const { identity, boundary, scps, rcps, trust } = policies;
  return {
    ...policies,
    identity: identity.map(source("identity")),
    ...(boundary && { boundary: source("boundary")(boundary) }),
    ...(scps && { scps: scps.map((level) => level.map(source("scp"))) }),
    ...(rcps && { rcps: rcps.map((level) => level.map(source("rcp"))) }),
    ...(trust && {
      trust: {
        ...trust,
        document: change(
          policyKey("trust", { id: request.resource, document: trust.document }, request),
          trust.document,
        ),
      },
    }),
  };
}

/** All policies of the accounts that are theirs to write, by name: not AWS's own, nor what a test file makes up. */
export function policiesOf(accounts: Accounts): TestedPolicy[] {
  const { store } = accounts.emulation;
  const found = store.read((tx) => [
    ...Array.from(tx.list(accountsCollection, []), ({ id }) => [...ofAccount(id, tx)]).flat(),
    ...ofOrganization(tx),
  ]);
  return found
    .map(({ scope, id, name = id, document }) => ({
      key: keyOf(scope, id, document),
      name,
      document,
      place: accounts.places.get(document),
    }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

interface Found extends PolicySource {
  readonly scope: string;
  readonly name?: string;
}

function* ofAccount(account: string, tx: Transaction): Iterable<Found> {
  for (const { arn } of tx.list(managedPolicies, [account])) {
    yield { scope: "", id: arn, document: managedPolicy(arn, tx).document };
  }
  for (const entity of tx.list(groups, [account])) yield* inlineOf({ type: "group", entity }, tx);
  for (const entity of tx.list(users, [account])) yield* inlineOf({ type: "user", entity }, tx);
  for (const entity of tx.list(roles, [account])) {
    yield* inlineOf({ type: "role", entity }, tx);
    const { name, path, trustPolicy: document } = entity;
    if (path.startsWith("/aws-service-role/") || document === trustsNobody(account)) continue;
    const id = roleArn(account, name, path);
    yield { scope: "trust", id, name: `the trust policy of ${id}`, document };
  }
}

function* inlineOf(identity: Identity, tx: Transaction): Iterable<Found> {
  for (const { id, document, inline } of identityPolicies(identity, tx)) {
    if (inline?.ownerType === identity.type) yield { scope: identity.entity.account, id, document };
  }
}

function* ofOrganization(tx: Transaction): Iterable<Found> {
  const organization = theOrganization(tx);
  if (organization === undefined) return;
  const seen = new Set<string>();
  for (const unit of unitsOf(organization.root)) {
    const scps = unit.scps.map((policy) => ({
      scope: "scp",
      name: `the service control policy ${policy.id}`,
      ...policy,
    }));
    const rcps = unit.rcps.map((policy) => ({
      scope: "rcp",
      name: `the resource control policy ${policy.id}`,
      ...policy,
    }));
    for (const policy of [...scps, ...rcps]) {
      // One policy may be attached to several units; those of AWS's own allow everything.
      if (seen.has(policy.name) || /^(?:RCP)?FullAWSAccess$/.test(policy.id)) continue;
      seen.add(policy.name);
      yield policy;
    }
  }
}
