import { awsManagedPolicyDocument, type AwsManagedPolicy } from "../../catalog/aws-managed-policies.ts";
import {
  managedPolicies,
  policyVersions,
  versionKey,
  type ManagedPolicy,
  type PolicyVersion,
} from "../../data/entities/policies.ts";
import { encodedDocument } from "../documents.ts";
import { DeleteConflict, LimitExceeded, NoSuchEntity } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { pageOf } from "../paging.ts";
import { parsePolicy } from "../policy-documents.ts";
import {
  checkPolicyArn,
  checkSize,
  defaultVersionOf,
  existingPolicy,
  findPolicy,
  ownPolicy,
  policyResource,
} from "./managed-policies.ts";

export const CreatePolicyVersion = operation("CreatePolicyVersion", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const { tx, account, now, settings } = context;
    const document = input.PolicyDocument!;
    const policy = ownPolicy(
      input.PolicyArn!,
      context,
      "Cannot create versions for policies outside your own account.",
    );
    parsePolicy(document, "identity");
    checkSize(document, context);
    const quota = settings.quotas.VersionsPerPolicy;
    if (tx.count(policyVersions, account, policy.id) >= quota) {
      throw LimitExceeded(
        `A managed policy can have up to ${quota} versions. Before you create a new version, you must delete an existing version.`,
      );
    }
    const number = policy.lastVersion + 1;
    const version: PolicyVersion = { account, policy: policy.id, number, document, createdAt: now };
    const defaultVersion = input.SetAsDefault ? number : policy.defaultVersion;
    tx.put(policyVersions, version);
    // UpdateDate is the date of the newest version, default or not (evidence: policy-update-date).
    tx.put(managedPolicies, { ...policy, lastVersion: number, updatedAt: now, defaultVersion });
    return { PolicyVersion: toVersion(version, defaultVersion) };
  },
});

/** Some dates of AWS's older versions are not on record. */
type Version = Pick<PolicyVersion, "number" | "document"> & Partial<Pick<PolicyVersion, "createdAt">>;

/** Create and List show a version without its document. */
const toVersion = ({ number, createdAt }: Version, defaultVersion: number) => ({
  VersionId: `v${number}`,
  IsDefaultVersion: number === defaultVersion,
  ...(createdAt !== undefined && { CreateDate: new Date(createdAt) }),
});

export const toVersionWithDocument = (version: Version, defaultVersion: number) => ({
  Document: encodedDocument(version.document),
  ...toVersion(version, defaultVersion),
});

/** The versions of a policy, newest first; of AWS's policies those on record. */
export function versionsOf(policy: ManagedPolicy | AwsManagedPolicy, { tx }: Context): Version[] {
  if ("version" in policy) {
    return policy.versions.map(({ number, ...rest }) => ({
      number,
      ...rest,
      // Unpacked only when it is read.
      get document() {
        return awsManagedPolicyDocument(policy, number);
      },
    }));
  }
  return Array.from(tx.list(policyVersions, [policy.account, policy.id])).toReversed();
}

const noVersion = (arn: string, version: string) =>
  NoSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`);

/**
 * The version with this id; missing policies and missing versions have the same text
 * (evidence: policy-version-missing).
 */
function existingVersion(policy: ManagedPolicy | AwsManagedPolicy, versionId: string, context: Context): Version {
  const version = versionsOf(policy, context).find(({ number }) => `v${number}` === versionId);
  if (!version) throw noVersion(policy.arn, versionId);
  return version;
}

export const GetPolicyVersion = operation("GetPolicyVersion", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const { PolicyArn: arn = "", VersionId: id = "" } = input;
    checkPolicyArn(arn);
    const policy = findPolicy(arn, context);
    if (!policy) throw noVersion(arn, id);
    return { PolicyVersion: toVersionWithDocument(existingVersion(policy, id, context), defaultVersionOf(policy)) };
  },
});

export const ListPolicyVersions = operation("ListPolicyVersions", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const policy = existingPolicy(input.PolicyArn!, context);
    const { items, paging } = pageOf(versionsOf(policy, context), input, context, ["ListPolicyVersions", policy.arn]);
    return { Versions: items.map((version) => toVersion(version, defaultVersionOf(policy))), ...paging };
  },
});

export const DeletePolicyVersion = operation("DeletePolicyVersion", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const { tx, account } = context;
    const { PolicyArn: arn = "", VersionId: id = "" } = input;
    const policy = ownPolicy(arn, context, "Cannot delete policy versions for policies outside your own account.", () =>
      noVersion(arn, id),
    );
    const { number } = existingVersion(policy, id, context);
    if (number === policy.defaultVersion) throw DeleteConflict("Cannot delete the default version of a policy.");
    tx.delete(policyVersions, account, policy.id, versionKey(number));
  },
});

export const SetDefaultPolicyVersion = operation("SetDefaultPolicyVersion", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const { PolicyArn: arn = "", VersionId: id = "" } = input;
    const policy = ownPolicy(arn, context, "Cannot update policies outside your own account.", () =>
      noVersion(arn, id),
    );
    const { number } = existingVersion(policy, id, context);
    context.tx.put(managedPolicies, { ...policy, defaultVersion: number });
  },
});
