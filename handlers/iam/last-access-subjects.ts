import { attachments } from "../../data/entities/policies.ts";
import type { AccessingEntity } from "../../data/entities/reports.ts";
import { roles, type Role } from "../../data/entities/roles.ts";
import { groups, memberships, users, type User } from "../../data/entities/users.ts";
import { roleArn, userArn } from "../arns.ts";
import { AccessDenied, ValidationError } from "../errors.ts";
import { identityPolicies, type IdentityPolicy } from "../identity-policies.ts";
import type { Context } from "../operation.ts";
import { splitArn } from "../../policy/arn.ts";
import { existingGroup } from "./groups.ts";
import { defaultDocument, existingPolicy } from "./managed-policies.ts";
import { existingRole } from "./roles.ts";
import { existingUser } from "./users.ts";

/** The subject of a report on last access: a user, group, role or policy. */
export interface AccessSubject {
  readonly policies: readonly IdentityPolicy[];
  /** The entities whose use counts: of a group its members; of a policy everyone who has it, also through a group. */
  readonly entities: readonly AccessingEntity[];
}

/**
 * The subject with this ARN. Throws ValidationError for an ARN of another service, AccessDenied for another account's,
 * and NoSuchEntity; only the codes are known (evidence: last-accessed-jobs).
 */
export function accessSubject(arn: string, action: string, context: Context): AccessSubject {
  const [, partition, service, region, account, resource = ""] = splitArn(arn) ?? [];
  if (service !== "iam") throw ValidationError("Invalid service in ARN");
  if (partition !== "aws") throw ValidationError("Invalid ARN partition");
  if (region !== "") throw ValidationError("Invalid region in ARN");
  const [, type, name = ""] = /^([^/:]+)\/(?:.*\/)?([^/]+)$/.exec(resource) ?? [];
  if (account !== context.account && !(account === "aws" && type === "policy")) {
    throw AccessDenied(
      `User: ${context.caller.arn} is not authorized to perform: ${action} on resource: ${arn}`,
      `The ARN is of account ${account}, and the caller of account ${context.account}.`,
    );
  }
  const { tx } = context;
  switch (type) {
    case "user": {
      const user = existingUser(name, context);
      return { policies: identityPolicies({ type, entity: user }, tx), entities: [accessingUser(user)] };
    }
    case "role": {
      const role = existingRole(name, context);
      return { policies: identityPolicies({ type, entity: role }, tx), entities: [accessingRole(role)] };
    }
    case "group": {
      const group = existingGroup(name, context);
      return { policies: identityPolicies({ type, entity: group }, tx), entities: membersOf(group.id, context) };
    }
    case "policy": {
      const policy = existingPolicy(arn, context);
      return {
        policies: [{ id: policy.arn, arn: policy.arn, document: defaultDocument(policy.arn, tx)! }],
        entities: holdersOf(policy.arn, context),
      };
    }
    default:
      throw ValidationError("Invalid resource in ARN");
  }
}

const accessingUser = ({ account, id, name, path }: User): AccessingEntity => ({
  type: "USER",
  id,
  arn: userArn(account, name, path),
});

const accessingRole = ({ account, id, name, path }: Role): AccessingEntity => ({
  type: "ROLE",
  id,
  arn: roleArn(account, name, path),
});

const membersOf = (group: string, { tx, account }: Context): AccessingEntity[] =>
  Array.from(tx.list(memberships, [account, group]), ({ user }) => accessingUser(tx.find(users, "id", account, user)!));

function holdersOf(policyArn: string, context: Context): AccessingEntity[] {
  const { tx, account } = context;
  const holders = new Map<string, AccessingEntity>();
  for (const { owner, ownerType } of tx.listBy(attachments, "policy", [account, policyArn])) {
    const found =
      ownerType === "User"
        ? [accessingUser(tx.find(users, "id", account, owner)!)]
        : ownerType === "Role"
          ? [accessingRole(tx.find(roles, "id", account, owner)!)]
          : membersOf(tx.find(groups, "id", account, owner)!.id, context);
    for (const entity of found) holders.set(entity.id, entity);
  }
  return [...holders.values()];
}
