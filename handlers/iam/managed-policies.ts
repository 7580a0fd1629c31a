import {
  awsManagedPolicies,
  awsManagedPolicyDocument,
  type AwsManagedPolicy,
} from "../../catalog/aws-managed-policies.ts";
import { fold } from "../../data/entities/accounts.ts";
import {
  attachments,
  managedPolicies,
  policyVersions,
  versionKey,
  type Attachment,
  type ManagedPolicy,
} from "../../data/entities/policies.ts";
import { roles } from "../../data/entities/roles.ts";
import { users } from "../../data/entities/users.ts";
import { uniqueId } from "../../data/ids.ts";
import type { Key, Transaction } from "../../data/store.ts";
import { policyArn } from "../arns.ts";
import { accountIn } from "../../policy/arn.ts";
import {
  AccessDenied,
  DeleteConflict,
  EntityAlreadyExists,
  NoSuchEntity,
  PolicyNotAttachable,
  ValidationError,
} from "../errors.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { page } from "../paging.ts";
import { withPath } from "../paths.ts";
import { policySize } from "../../policy/document.ts";
import { parsePolicy } from "../policy-documents.ts";
import { createPermissions, newTags, requestTagKeys, sortedTags } from "../tags.ts";
import { checkQuota } from "../quotas.ts";

export const isAwsOwned = (arn: string): boolean => arn.startsWith("arn:aws:iam::aws:");

/** The policy with this ARN, if the account can see it: its own, or one of AWS's. */
export function findPolicy(
  arn: string,
  { tx, account }: Pick<Context, "tx" | "account">,
): ManagedPolicy | AwsManagedPolicy | undefined {
  if (isAwsOwned(arn)) return awsManagedPolicies().get(arn);
  const policy = tx.find(managedPolicies, "arn", arn);
  return policy?.account === account ? policy : undefined;
}

/** The document of a policy's default version; undefined if the policy does not exist. */
export function defaultDocument(arn: string, tx: Transaction): string | undefined {
  if (isAwsOwned(arn)) {
    const policy = awsManagedPolicies().get(arn);
    return policy && awsManagedPolicyDocument(policy);
  }
  const policy = tx.find(managedPolicies, "arn", arn);
  return policy && tx.get(policyVersions, policy.account, policy.id, versionKey(policy.defaultVersion))?.document;
}

/** Refuses anything but the ARN of a policy, in AWS's words since 2026 (evidence: validation-policy-arn). */
export function checkPolicyArn(arn: string): void {
  const [scheme, partition, service, ...rest] = arn.split(":");
  if (scheme !== "arn" || service !== "iam" || rest.length < 3) throw ValidationError(`ARN ${arn} is not valid.`);
  if (partition !== "aws") throw ValidationError("Invalid ARN partition");
}

/** Nobody can attach policies for service-linked roles and for root tasks (evidence: policy-reserved). */
export function refuseReserved(arn: string, type: Attachment["ownerType"]): void {
  if (/^arn:aws:iam::aws:policy\/(aws-service-role|root-task)\//.test(arn)) {
    throw PolicyNotAttachable(`Cannot attach AWS reserved policy to an IAM ${type.toLowerCase()}.`);
  }
}

/** A missing policy in an attachment, and in most other operations if it would be the account's own. */
export const notAttachable = (arn: string) => NoSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
/** A missing policy when detaching, deleting or tagging, and one of AWS's when reading. */
export const notFound = (arn: string) => NoSuchEntity(`Policy ${arn} was not found.`);

/**
 * A policy that must exist to be attached or read; NoSuchEntity has different texts for customer managed policies and
 * for AWS's (evidence: policy-missing).
 */
export function existingPolicy(arn: string, context: Context): ManagedPolicy | AwsManagedPolicy {
  checkPolicyArn(arn);
  const policy = findPolicy(arn, context);
  if (!policy) throw isAwsOwned(arn) ? notFound(arn) : notAttachable(arn);
  return policy;
}

/**
 * One of the account's own policies, which are the only ones that can be changed; `refused` is AWS's message for its
 * own and other accounts' policies.
 */
export function ownPolicy(arn: string, context: Context, refused: string, missing = notAttachable): ManagedPolicy {
  checkPolicyArn(arn);
  if (accountIn(arn) !== context.account) {
    throw AccessDenied(
      refused,
      `The policy is not of account ${context.account}, whose own ones alone can be changed.`,
    );
  }
  const policy = findPolicy(arn, context);
  if (!policy) throw missing(arn);
  return policy as ManagedPolicy;
}

/** Refusals write the resource as `policy {ARN}` (evidence: authz-resource-wording). */
export function policyResource(arn: string, context: Context): Resource {
  const policy = findPolicy(arn, context);
  return { arn, label: `policy ${arn}`, ...(policy && "tags" in policy && { tags: policy.tags }) };
}

/**
 * How often a policy is attached, and how often it is a boundary; counted separately (evidence: policy-usage-filter).
 */
function usage(arn: string, { tx, account }: Context) {
  const count = (found: Iterable<unknown>) => Array.from(found).length;
  return {
    AttachmentCount: count(tx.listBy(attachments, "policy", [account, arn])),
    PermissionsBoundaryUsageCount:
      count(tx.listBy(users, "boundary", [account, arn])) + count(tx.listBy(roles, "boundary", [account, arn])),
  };
}

/** For AWS's policies the latest version is the default one. */
export const defaultVersionOf = (policy: ManagedPolicy | AwsManagedPolicy): number =>
  "version" in policy ? policy.version : policy.defaultVersion;

/** The members in lists. Get adds the description and the tags, Create the tags that were sent. */
export function toPolicy(policy: ManagedPolicy | AwsManagedPolicy, context: Context) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: `v${defaultVersionOf(policy)}`,
    ...usage(policy.arn, context),
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  };
}

export function checkSize(document: string, { settings }: Context): void {
  checkQuota("PolicySize", policySize(document), settings.quotas);
}

export const CreatePolicy = operation("CreatePolicy", {
  permissions(input, { account }) {
    const arn = policyArn(account, input.PolicyName!, input.Path);
    const resource = { arn, label: `policy ${arn}` };
    const create = { action: "iam:CreatePolicy", resource, keys: requestTagKeys(input.Tags) };
    return createPermissions(create, "iam:TagPolicy", input.Tags);
  },
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    const document = input.PolicyDocument!;
    parsePolicy(document, "identity");
    checkSize(document, context);
    const tags = newTags(input.Tags, "sensitive", context);
    const name = input.PolicyName!;
    if (tx.find(managedPolicies, "name", account, fold(name))) {
      throw EntityAlreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    }
    checkQuota("PoliciesPerAccount", tx.count(managedPolicies, account) + 1, settings.quotas);
    const path = input.Path ?? "/";
    const policy: ManagedPolicy = {
      account,
      id: uniqueId("ANPA", account, random),
      name,
      path,
      arn: policyArn(account, name, path),
      createdAt: now,
      updatedAt: now,
      ...(input.Description !== undefined && { description: input.Description }),
      tags,
      defaultVersion: 1,
      lastVersion: 1,
    };
    tx.put(managedPolicies, policy);
    tx.put(policyVersions, { account, policy: policy.id, number: 1, document, createdAt: now });
    return { Policy: { ...toPolicy(policy, context), ...(tags.length > 0 && { Tags: [...tags] }) } };
  },
});

export const GetPolicy = operation("GetPolicy", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const policy = existingPolicy(input.PolicyArn!, context);
    return {
      Policy: {
        ...toPolicy(policy, context),
        ...("description" in policy && { Description: policy.description }),
        Tags: "tags" in policy ? sortedTags(policy.tags) : [],
      },
    };
  },
});

/**
 * First the account's policies by id, so that a client that reads only one page sees a new one; then AWS's, oldest
 * first (evidence: list-policies-own-first). `after` is a `policyKey`.
 */
export function* policiesInOrder(
  scope: string,
  after: Key | undefined,
  { tx, account }: Context,
): Iterable<ManagedPolicy | AwsManagedPolicy> {
  const [last = "", ownOrAws] = after ?? [];
  const isPastOwn = ownOrAws === AWS_OWNED;
  if (scope !== "AWS" && !isPastOwn) {
    yield* tx.list(managedPolicies, [account], after && [account, last]);
  }
  if (scope === "Local") return;
  const isPassed = ({ place }: AwsManagedPolicy): boolean => isPastOwn && place <= last;
  for (const policy of awsManagedPolicies().values()) if (!isPassed(policy)) yield policy;
}

const AWS_OWNED = "aws";

/** The part of a policy that a marker holds, for a list in this order. */
export const policyKey = (policy: ManagedPolicy | AwsManagedPolicy): Key =>
  "place" in policy ? [policy.place, AWS_OWNED] : [policy.id];

export const ListPolicies = operation("ListPolicies", {
  resource: () => ({ arn: "*" }),
  handle(input, context) {
    const { Scope = "All", PathPrefix = "/", OnlyAttached = false, PolicyUsageFilter } = input;
    // PolicyUsageFilter has an effect only together with OnlyAttached (evidence: policy-usage-filter).
    const used = (arn: string) => {
      const { AttachmentCount, PermissionsBoundaryUsageCount } = usage(arn, context);
      if (PolicyUsageFilter === "PermissionsPolicy") return AttachmentCount > 0;
      if (PolicyUsageFilter === "PermissionsBoundary") return PermissionsBoundaryUsageCount > 0;
      return AttachmentCount + PermissionsBoundaryUsageCount > 0;
    };
    function* chosen(after: Key | undefined) {
      for (const policy of withPath(policiesInOrder(Scope, after, context), PathPrefix)) {
        if (!OnlyAttached || used(policy.arn)) yield policy;
      }
    }
    const { items, paging } = page(
      input,
      context,
      ["ListPolicies", Scope, PathPrefix, OnlyAttached, PolicyUsageFilter],
      chosen,
      policyKey,
    );
    return { Policies: items.map((policy) => toPolicy(policy, context)), ...paging };
  },
});

export const DeletePolicy = operation("DeletePolicy", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const { tx, account } = context;
    const arn = input.PolicyArn!;
    const policy = ownPolicy(arn, context, "Cannot delete policies outside your own account.", notFound);
    const { AttachmentCount, PermissionsBoundaryUsageCount } = usage(arn, context);
    if (AttachmentCount + PermissionsBoundaryUsageCount > 0) {
      throw DeleteConflict("Cannot delete a policy attached to entities.");
    }
    if (tx.count(policyVersions, account, policy.id) > 1) {
      throw DeleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    tx.delete(policyVersions, account, policy.id, versionKey(policy.defaultVersion));
    tx.delete(managedPolicies, account, policy.id);
  },
});
