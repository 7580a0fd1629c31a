import { attachments, inlinePolicies } from "../data/entities/policies.ts";
import type { Role } from "../data/entities/roles.ts";
import { groups, memberships, type Group, type User } from "../data/entities/users.ts";
import type { Transaction } from "../data/store.ts";
import { defaultDocument } from "./iam/managed-policies.ts";
import type { PolicySource } from "../policy/evaluate.ts";

/** An identity that has policies of its own. */
export type Identity =
  | { readonly type: "user"; readonly entity: Pick<User, "account" | "id" | "name"> }
  | { readonly type: "group"; readonly entity: Pick<Group, "account" | "id" | "name"> }
  | { readonly type: "role"; readonly entity: Pick<Role, "account" | "id" | "name"> };

/** A policy of an identity. Its `id` names it in explanations: by its ARN, or by the owner of the inline policy. */
export interface IdentityPolicy extends PolicySource {
  /** For a managed policy. */
  readonly arn?: string;
  /** For an inline policy. */
  readonly inline?: { readonly ownerType: Identity["type"]; readonly ownerName: string; readonly name: string };
}

/**
 * The policies of an identity, for a user also those of its groups. A managed policy counts once, however it is
 * attached.
 */
export function identityPolicies(identity: Identity, tx: Transaction): IdentityPolicy[] {
  const policies = ownPolicies(identity, tx);
  if (identity.type !== "user") return policies;
  const { account, id } = identity.entity;
  for (const { group } of tx.listBy(memberships, "user", [account, id])) {
    for (const policy of ownPolicies({ type: "group", entity: tx.find(groups, "id", account, group)! }, tx)) {
      if (policy.arn === undefined || !policies.some(({ arn }) => arn === policy.arn)) policies.push(policy);
    }
  }
  return policies;
}

function ownPolicies({ type, entity }: Identity, tx: Transaction): IdentityPolicy[] {
  const { account, id: owner, name: ownerName } = entity;
  const policies: IdentityPolicy[] = [];
  for (const { name, document } of tx.list(inlinePolicies, [account, owner])) {
    const id = `inline policy ${name} of ${type} ${ownerName}`;
    policies.push({ id, document, inline: { ownerType: type, ownerName, name } });
  }
  for (const { policyArn } of tx.list(attachments, [account, owner])) policies.push(managedPolicy(policyArn, tx));
  return policies;
}

/** A managed policy, in its current default version. `arn` is attached or a boundary, so the policy exists. */
export const managedPolicy = (arn: string, tx: Transaction): IdentityPolicy => ({
  id: arn,
  document: defaultDocument(arn, tx)!,
  arn,
});
