import { fold } from "../../data/entities/accounts.ts";
import { attachments } from "../../data/entities/policies.ts";
import { lastUses } from "../../data/entities/reports.ts";
import { roleDeletions, roles, type Role, type RoleDeletion } from "../../data/entities/roles.ts";
import { uniqueId } from "../../data/ids.ts";
import { uuid } from "../../data/random.ts";
import { serviceLinkedRoles, type ServiceLinkedRole } from "../../catalog/service-linked-roles.ts";
import { roleArn } from "../arns.ts";
import { encodedDocument } from "../documents.ts";
import { InvalidInput, NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context, type Permission } from "../operation.ts";
import { findPolicy } from "./managed-policies.ts";
import { existingRole, findRole, isServiceLinked, roleResource, SERVICE_LINKED_PATH, toRole } from "./roles.ts";

const pathOf = (service: string): string => `${SERVICE_LINKED_PATH}${service}/`;

const roleNameOf = ({ roleName }: ServiceLinkedRole, suffix: string | undefined): string =>
  suffix === undefined ? roleName : `${roleName}_${suffix}`;

/**
 * The trust policy in AWS's two forms: with lists when the role is created, without them later
 * (evidence: slr-trust-document).
 */
const trustPolicy = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });
const trustPolicyWithLists = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: [service] } }],
  });

const MAX_ROLE_NAME = 64;

export const CreateServiceLinkedRole = operation("CreateServiceLinkedRole", {
  permissions: (input, context) => [creationPermission(input.AWSServiceName!, input.CustomSuffix, context)],
  handle(input, context) {
    const service = input.AWSServiceName!;
    const linked = serviceLinkedRoles.get(service);
    if (!linked) throw InvalidInput(`Cannot find Service Linked Role template for ${service}`);
    if (input.CustomSuffix !== undefined && !linked.suffix) {
      throw InvalidInput(`Custom suffix is not allowed for ${service}`);
    }
    const name = roleNameOf(linked, input.CustomSuffix);
    if (name.length > MAX_ROLE_NAME) {
      throw ValidationError(
        `1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to ${MAX_ROLE_NAME}`,
      );
    }
    if (findRole(name, context)) {
      throw InvalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`);
    }
    const role = makeServiceLinkedRole(linked, name, input.Description, context);
    const AssumeRolePolicyDocument = encodedDocument(trustPolicyWithLists(service));
    return { Role: { ...toRole(role, context), AssumeRolePolicyDocument } };
  },
});

/**
 * Creates the role with its policy, even in an account that has reached its quota (IAM User Guide, "Create a
 * service-linked role").
 */
export function makeServiceLinkedRole(
  { service, policyArn }: ServiceLinkedRole,
  name: string,
  description: string | undefined,
  context: Context,
): Role {
  const { tx, account, now, random } = context;
  const role: Role = {
    account,
    name,
    path: pathOf(service),
    id: uniqueId("AROA", account, random),
    createdAt: now,
    ...(description !== undefined && { description }),
    maxSessionSeconds: 3600,
    trustPolicy: trustPolicy(service),
    trustBindings: {},
    tags: [],
  };
  tx.put(roles, role);
  const policy = findPolicy(policyArn, context)!;
  tx.put(attachments, { account, owner: role.id, ownerType: "Role", policyArn: policy.arn, policyId: policy.id });
  return role;
}

/** The resource of the permission to create a service's role; `*` stands for the role of an unknown service. */
export function creationPermission(service: string, suffix: string | undefined, { account }: Context): Permission {
  const linked = serviceLinkedRoles.get(service);
  return {
    action: "iam:CreateServiceLinkedRole",
    resource: { arn: roleArn(account, linked ? roleNameOf(linked, suffix) : "*", pathOf(service)) },
    keys: { "iam:AWSServiceName": service },
  };
}

/**
 * How long AWS takes to report that a role is deleted. Here no service can be using it, so it is deleted at once and a
 * deletion never fails; but clients have to poll, as on AWS.
 */
const DELETION_MS = 2000;

const isPending = ({ startedAt }: RoleDeletion, { now }: Context): boolean => now - startedAt < DELETION_MS;

export const DeleteServiceLinkedRole = operation("DeleteServiceLinkedRole", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  handle(input, context) {
    const { tx, account, now, random } = context;
    const name = input.RoleName!;
    if (!findRole(name, context)) {
      for (const deletion of tx.listBy(roleDeletions, "role", [account, fold(name)])) {
        if (isPending(deletion, context)) return { DeletionTaskId: deletion.id };
      }
    }
    const role = existingRole(name, context);
    if (!isServiceLinked(role)) throw NoSuchEntity(`${role.name} exists but is not a service role.`);
    for (const { policyId } of Array.from(tx.list(attachments, [account, role.id]))) {
      tx.delete(attachments, account, role.id, policyId);
    }
    tx.delete(roles, account, fold(role.name));
    tx.delete(lastUses, role.id);
    const id = `task${role.path}${role.name}/${uuid(random)}`;
    tx.put(roleDeletions, { account, id, roleName: role.name, startedAt: now });
    return { DeletionTaskId: id };
  },
});

const TASK_ID = /^task(\/aws-service-role\/[^/]+\/)([^/]+)\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const GetServiceLinkedRoleDeletionStatus = operation("GetServiceLinkedRoleDeletionStatus", {
  // On the role that the id names, which may have been deleted.
  resource(input, { account }) {
    const [, path, roleName] = TASK_ID.exec(input.DeletionTaskId!) ?? [];
    return { arn: roleName === undefined ? "*" : roleArn(account, roleName, path) };
  },
  handle(input, context) {
    const id = input.DeletionTaskId!;
    if (!TASK_ID.test(id)) throw InvalidInput("Invalid task id");
    const deletion = context.tx.get(roleDeletions, context.account, id);
    if (!deletion) throw NoSuchEntity("Cannot find deletion status for given id.");
    return { Status: isPending(deletion, context) ? ("IN_PROGRESS" as const) : ("SUCCEEDED" as const) };
  },
});
