import type { Transaction } from "../../data/store.ts";
import type { Check } from "../../gate/call.ts";
import { accountIn } from "../../policy/arn.ts";
import type { ResourceSource } from "../../policy/evaluate.ts";
import { rootArn } from "../arns.ts";
import type { Context, Permission } from "../operation.ts";
import { organizationOf } from "../organization.ts";
import { knownResource } from "./known.ts";

/** Where a check is made: by whom, and what is known besides. */
export interface CheckContext extends Pick<Context, "tx" | "caller"> {
  /** The account that resources are in that nobody has seen made and whose ARN does not tell. */
  readonly home: string;
  /** Whether the call makes what it is about, so that it is nobody's yet. */
  readonly makes: boolean;
}

/** What the caller must be allowed to do for a check of the gate. */
export function permissionFor({ action, resource: arn, keys, unknowable }: Check, context: CheckContext): Permission {
  const { tx, caller, home, makes } = context;
  const known = makes ? undefined : knownResource(arn, tx);
  const owner = known?.account ?? accountIn(arn) ?? (makes || arn === "*" ? caller.account : home);
  const isAway = owner !== caller.account || caller.principal.type === "anonymous";
  const set = known?.policy === undefined ? undefined : { document: known.policy, bindings: known.bindings ?? {} };
  const resourcePolicy = isKey(arn)
    ? { ...(set ?? { document: keyPolicy(owner), bindings: {} }), required: true }
    : (set ?? (isAway ? NO_POLICY : undefined));
  const tags = known?.tags && Object.entries(known.tags).map(([Key, Value]) => ({ Key, Value }));
  const hasRight = caller.principal.type === "root" && !isAway && OWNERS_RIGHT.test(action);
  return {
    action,
    ...wording(action),
    ...(action.startsWith("s3:") && isAway && !areRelated(owner, caller.account, tx) && { denied: "Access Denied" }),
    resource: {
      arn,
      ...(arn !== "*" && { owner }),
      ...(tags && { tags }),
      ...(action.startsWith("s3:") && { label: quoted(arn) }),
    },
    keys,
    unknowable: tags ? unknowable.filter((name) => !/^aws:ResourceTag\//i.test(name)) : unknowable,
    ...(resourcePolicy && !hasRight && { resourcePolicy }),
  };
}

/** Refusals of S3 quote the resource, and leave out one that is all (evidence: gate-denied-texts). */
const quoted = (arn: string): string => (arn === "*" ? "" : JSON.stringify(arn));

/** Of a resource without a policy, whoever is of another account may do nothing. */
const NO_POLICY: ResourceSource = { document: '{"Version":"2012-10-17","Statement":[]}', bindings: {} };

const isKey = (arn: string): boolean => /^arn:[^:]+:kms:[^:]*:\d*:key\//.test(arn);

/** What a key has that was made without a policy: the account decides (evidence: gate-key-policy). */
const keyPolicy = (account: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: rootArn(account) },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  });

/** A bucket's policy cannot shut out the root of its own account from itself (evidence: gate-bucket-policy-root). */
const OWNERS_RIGHT = /^s3:(?:Get|Put|Delete)BucketPolicy$/;

/** Whether two accounts are of one organization. */
function areRelated(one: string, other: string, tx: Transaction): boolean {
  const organization = organizationOf(one, tx);
  return organization !== undefined && organization.id === organizationOf(other, tx)?.id;
}

/** Refusals of SQS and SNS write actions in letters of their own (evidence: gate-denied-texts). */
function wording(action: string): Pick<Permission, "actionLabel"> {
  if (action.startsWith("sqs:")) return { actionLabel: action.toLowerCase() };
  return action.startsWith("sns:") ? { actionLabel: action.replace("sns:", "SNS:") } : {};
}
