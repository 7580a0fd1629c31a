import { referencedAction } from "../catalog/service-reference.ts";
import { ArnPatterns } from "./arn-patterns.ts";
import { resourceName, splitArn } from "./arn.ts";
import { KeyLookup } from "./keys.ts";

/** Whether the service authorization reference has the action; patterns such as `s3:*` are not actions. */
export const isKnownAction = (action: string): boolean => referencedAction(action) !== undefined;

/**
 * Whether an action can be on a resource, so that a policy for everything covers the two together. Nothing is known of
 * an action that the reference lacks, so it can (evidence: simulator-action-resources, simulator-mixed-actions).
 */
export function actsOn(action: string, resource: string): boolean {
  const known = referencedAction(action);
  if (!known || resource === "*") return true;
  const keys = new KeyLookup({});
  return known.arns.some((arn) => patternFor(arn).has(resourceName(resource), keys));
}

const OBJECT = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
const BUCKET = "arn:${Partition}:s3:::${BucketName}";

const patterns = new Map<string, ArnPatterns>();

function patternFor(arn: string): ArnPatterns {
  let pattern = patterns.get(arn);
  if (!pattern) {
    // The simulator does not distinguish buckets from objects: actions on objects also act on buckets
    // (evidence: simulator-action-resources).
    pattern = new ArnPatterns([(arn === OBJECT ? BUCKET : arn).replace(/\$\{\w+\}/g, "*")], false);
    patterns.set(arn, pattern);
  }
  return pattern;
}

/** The simulator's collective names for several resources of a service (evidence: simulator-resources). */
const TEMPLATES: Readonly<Record<string, string>> = {
  ec2: "arn:aws:ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}",
  iam: "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}",
  kms: "arn:aws:kms:${Region}:${Account}:${ResourceType}/${Id}",
  lambda: "arn:aws:lambda:${Region}:${Account}:${ResourceType}:${ResourceId}",
  s3: "arn:aws:s3:::${BucketName}/${KeyName}",
  sqs: "arn:aws:sqs:${Region}:${Account}:${QueueName}",
  sts: "arn:aws:iam::${Account}:${RelativeId}",
};

/**
 * The collective name for several resources of one action, in the partition of the first. If no template is recorded
 * for the service, it is the ARN of the first resource type in the reference.
 */
export function aggregateName(action: string, firstResource: string): string {
  const known = referencedAction(action);
  const template = known && (TEMPLATES[known.service] ?? known.arns[0]);
  const partition = splitArn(firstResource)?.[1] ?? "aws";
  return template?.replace(/^arn:[^:]*/, () => `arn:${partition}`) ?? "*";
}
