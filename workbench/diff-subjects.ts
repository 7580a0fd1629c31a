import { accounts } from "../data/entities/accounts.ts";
import { roles } from "../data/entities/roles.ts";
import { users } from "../data/entities/users.ts";
import type { Store, Transaction } from "../data/store.ts";
import { type Identity, identityPolicies, managedPolicy } from "../handlers/identity-policies.ts";
import { policyLevels } from "../handlers/organization.ts";
import type { PolicySource } from "../policy/evaluate.ts";

/** Whose access is compared: a user's, a role's, what a policy by itself gives, or whom a role or resource lets in. */
export interface Subject {
  /** `user/alice`, `role/Deploy`, `policy/NAME`; with its account before it where that is another than the side's own. */
  readonly name: string;
  readonly kind: "identity" | "trust" | "policy" | "resource";
  /** Each level must allow. */
  readonly levels: readonly (readonly PolicySource[])[];
}

/** Users and roles with all policies that limit them, and the trust policies of the roles; `own` is an account. */
export function subjectsIn(store: Store, own: string): Subject[] {
  return store.read((tx) =>
    Array.from(tx.list(accounts, []), ({ id }) => id).flatMap((id) => ofAccount(id, id === own ? "" : `${id}:`, tx)),
  );
}

function ofAccount(account: string, prefix: string, tx: Transaction): Subject[] {
  const ofUsers = Array.from(tx.list(users, [account]), (user): Subject => ({
    name: `${prefix}user/${user.name}`,
    kind: "identity",
    levels: levelsOf({ type: "user", entity: user }, user.boundary, scpsOf(account, tx), tx),
  }));
  const ofRoles = Array.from(tx.list(roles, [account])).flatMap((role): Subject[] => {
    const name = `${prefix}role/${role.name}`;
    // The organization's policies spare service-linked roles (evidence: slr-exempt).
    const scps = role.path.startsWith("/aws-service-role/") ? [] : scpsOf(account, tx);
    return [
      { name, kind: "identity", levels: levelsOf({ type: "role", entity: role }, role.boundary, scps, tx) },
      { name, kind: "trust", levels: [[{ id: `trust policy of ${role.name}`, document: role.trustPolicy }]] },
    ];
  });
  return [...ofUsers, ...ofRoles];
}

const scpsOf = (account: string, tx: Transaction): readonly (readonly PolicySource[])[] =>
  policyLevels(account, tx)?.scps ?? [];

const levelsOf = (
  identity: Identity,
  boundary: string | undefined,
  scps: readonly (readonly PolicySource[])[],
  tx: Transaction,
): Subject["levels"] => [
  identityPolicies(identity, tx),
  ...(boundary === undefined ? [] : [[managedPolicy(boundary, tx)]]),
  ...scps,
];
