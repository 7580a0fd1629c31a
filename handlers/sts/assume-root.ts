import type { Organization, RootFeature } from "../../data/entities/organizations.ts";
import { rootArn } from "../arns.ts";
import { AccessDenied, ValidationError, type WireError } from "../errors.ts";
import { isManager } from "../iam/organizations-features.ts";
import { operation, type Context, type Input, type Permission } from "../operation.ts";
import { organizationOf } from "../organization.ts";
import { issueSession } from "../sessions.ts";
import { admits } from "./admission.ts";

/** The tasks, by the name of their policy, and the feature that each requires (evidence: assume-root-tasks). */
const TASKS: Readonly<Record<string, RootFeature>> = {
  IAMAuditRootUserCredentials: "RootCredentialsManagement",
  IAMCreateRootUserPassword: "RootCredentialsManagement",
  IAMDeleteRootUserCredentials: "RootCredentialsManagement",
  S3UnlockBucketPolicy: "RootSessions",
  SQSUnlockQueuePolicy: "RootSessions",
};

const FEATURE_OFF: Readonly<Record<RootFeature, string>> = {
  RootCredentialsManagement: "Root credentials management feature is not enabled for your AWS Organization.",
  RootSessions: "Root sessions feature is not enabled for your AWS Organization.",
};

const MAXIMUM_SECONDS = 900;

/** A session as the root user of a member account, for one task. The emulator's endpoint counts as a regional one. */
export const AssumeRoot = operation("AssumeRoot", {
  admit: admits("AssumeRoot"),
  permissions(input, context): readonly Permission[] {
    const account = targetAccount(input);
    taskFeature(input);
    return [
      {
        action: "sts:AssumeRoot",
        resource: { arn: rootArn(account) },
        keys: { "sts:TaskPolicyArn": input.TaskPolicyArn!.arn! },
        denied: notAuthorized(account, context).wireMessage!,
      },
    ];
  },
  handle(input, context) {
    const account = targetAccount(input);
    const feature = taskFeature(input);
    const organization = organizationOf(context.account, context.tx);
    const fault = whyNotEligible(account, organization, context);
    if (!organization || fault !== undefined) throw notAuthorized(account, context, fault);
    if (!organization.rootFeatures.includes(feature)) throw AccessDenied(FEATURE_OFF[feature]);
    const SourceIdentity = context.caller.session?.sourceIdentity;
    const issued = issueSession(
      {
        account,
        kind: "assumed-root",
        principalId: account,
        policyArns: [input.TaskPolicyArn!.arn!],
        ...(SourceIdentity !== undefined && { sourceIdentity: SourceIdentity }),
      },
      input.DurationSeconds ?? MAXIMUM_SECONDS,
      context,
      input.MinimumSessionTokenSize,
    );
    return { ...issued, SourceIdentity };
  },
});

/** The same text whatever is wrong with the caller or the target (evidence: assume-root-denied). */
const notAuthorized = (account: string, { caller }: Context, detail?: string): WireError =>
  AccessDenied(
    `User: ${caller.arn} is not authorized to perform: sts:AssumeRoot on resource: ${rootArn(account)}`,
    detail,
  );

/** Which condition on caller or target is not met, for the trail. */
function whyNotEligible(
  target: string,
  organization: Organization | undefined,
  { account, caller, tx }: Context,
): string | undefined {
  if (!organization) return `Account ${account} is in no organization.`;
  if (!organization.trustedAccess) return "The organization has not given IAM trusted access.";
  if (!organization.allFeatures) return "The organization has not all features.";
  if (!isManager(account, organization)) {
    return `Account ${account} is neither the management account nor a delegated administrator for IAM.`;
  }
  if (caller.principal.type === "root") return "The caller is root; it has to be a user or role.";
  if (target === organization.managementAccount) return `Account ${target} is the management account, and no member.`;
  if (organizationOf(target, tx)?.id !== organization.id) return `Account ${target} is no member of the organization.`;
  return undefined;
}

function targetAccount({ TargetPrincipal = "" }: Input<"AssumeRoot">): string {
  const account = /^(?:arn:aws:iam::(\d{12}):root|(\d{12}))$/.exec(TargetPrincipal);
  if (!account) throw ValidationError("Request must contain a valid target principal");
  return account[1] ?? account[2]!;
}

function taskFeature({ TaskPolicyArn }: Input<"AssumeRoot">): RootFeature {
  const [, name = ""] = /^arn:aws:iam::aws:policy\/root-task\/(\w+)$/.exec(TaskPolicyArn?.arn ?? "") ?? [];
  if (!Object.hasOwn(TASKS, name)) throw ValidationError("Request must contain valid AWS managed task policy ARN");
  return TASKS[name]!;
}
