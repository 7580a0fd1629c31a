import { fold } from "../../data/entities/accounts.ts";
import { roles } from "../../data/entities/roles.ts";
import { groups, users } from "../../data/entities/users.ts";
import { groupArn, roleArn, userArn } from "../arns.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import type { Identity } from "../identity-policies.ts";
import type { Context, Resource } from "../operation.ts";

/** The identity that PolicySourceArn names, with its boundary and its stored ARN. */
export type SourceIdentity = Identity & { readonly resource: Resource; readonly boundary?: string | undefined };

interface ParsedArn {
  readonly account: string;
  readonly type: string;
  readonly name: string;
}

/**
 * ARNs of users, groups and roles. The path is ignored: the entity is found by name
 * (evidence: authz-policy-source-arn).
 */
function parse(arn: string): ParsedArn | undefined {
  const [, account = "", type = "", name = ""] =
    /^arn:aws:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/:]+)$/.exec(arn) ?? [];
  return name === "" ? undefined : { account, type, name };
}

function find({ account, type, name }: ParsedArn, { tx }: Context): SourceIdentity | undefined {
  if (type === "user") {
    const user = tx.get(users, account, fold(name));
    const resource = user && { arn: userArn(account, user.name, user.path), tags: user.tags };
    return user && { type, entity: user, boundary: user.boundary, resource: resource! };
  }
  if (type === "role") {
    const role = tx.get(roles, account, fold(name));
    const resource = role && { arn: roleArn(account, role.name, role.path), tags: role.tags };
    return role && { type, entity: role, boundary: role.boundary, resource: resource! };
  }
  const group = tx.get(groups, account, fold(name));
  return group && { type: "group", entity: group, resource: { arn: groupArn(account, group.name, group.path) } };
}

/** The resource of a permission: the stored ARN, or the ARN that was sent if there is no such identity. */
export function sourceResource(arn: string, context: Context): Resource {
  const parsed = parse(arn);
  const identity = parsed?.account === context.account ? find(parsed, context) : undefined;
  return identity?.resource ?? { arn };
}

/**
 * The identity that PolicySourceArn names. Throws InvalidInput and NoSuchEntity (evidence: simulator-policy-source).
 */
export function existingSource(arn: string, context: Context): SourceIdentity {
  const parsed = parse(arn);
  if (!parsed) throw InvalidInput(`Invalid ARN provided in the request: ${arn}`);
  if (parsed.account !== context.account) {
    throw InvalidInput(
      `Invalid Policy Source Arn: caller's account ${context.account} does not have access to policies in account ${parsed.account}.`,
    );
  }
  const identity = find(parsed, context);
  if (!identity) throw NoSuchEntity("Unable to retrieve specified IAM entity.");
  return identity;
}
