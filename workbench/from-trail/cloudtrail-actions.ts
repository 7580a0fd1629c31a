import { referencedAction, referencedService } from "../../catalog/service-reference.ts";

// CloudTrail names operations, policies name actions; mostly they are the same (Service Authorization Reference).

/** Where the part of a service's domain is not the prefix of its actions. */
const PREFIXES: Readonly<Record<string, string>> = {
  monitoring: "cloudwatch",
  tagging: "tag",
  cloudcontrolapi: "cloudformation",
  email: "ses",
  "runtime.lex": "lex",
  "models.lex": "lex",
  "application-insights": "applicationinsights",
  amazonmq: "mq",
  metering: "aws-marketplace",
};

/** Operations with other actions than one of their name; none where nobody needs a permission. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "bedrock:Converse": ["InvokeModel"],
  "bedrock:ConverseStream": ["InvokeModelWithResponseStream"],
  "dynamodb:TransactGetItems": ["GetItem"],
  "kms:ReEncrypt": ["ReEncryptFrom", "ReEncryptTo"],
  "lambda:Invoke": ["InvokeFunction"],
  "lambda:InvokeWithResponseStream": ["InvokeFunction"],
  "s3:CompleteMultipartUpload": ["PutObject"],
  "s3:CopyObject": ["PutObject"],
  "s3:CreateMultipartUpload": ["PutObject"],
  "s3:DeleteBucketCors": ["PutBucketCORS"],
  "s3:DeleteBucketOwnershipControls": ["PutBucketOwnershipControls"],
  "s3:DeleteBucketTagging": ["PutBucketTagging"],
  "s3:DeleteObjects": ["DeleteObject"],
  "s3:DeletePublicAccessBlock": ["PutBucketPublicAccessBlock"],
  "s3:GetBucketNotificationConfiguration": ["GetBucketNotification"],
  "s3:GetObjectLockConfiguration": ["GetBucketObjectLockConfiguration"],
  "s3:GetPublicAccessBlock": ["GetBucketPublicAccessBlock"],
  "s3:HeadBucket": ["ListBucket"],
  "s3:HeadObject": ["GetObject"],
  "s3:ListBuckets": ["ListAllMyBuckets"],
  "s3:ListMultipartUploads": ["ListBucketMultipartUploads"],
  "s3:ListObjectVersions": ["ListBucketVersions"],
  "s3:ListObjects": ["ListBucket"],
  "s3:ListObjectsV2": ["ListBucket"],
  "s3:ListParts": ["ListMultipartUploadParts"],
  "s3:PutBucketNotificationConfiguration": ["PutBucketNotification"],
  "s3:PutObjectLockConfiguration": ["PutBucketObjectLockConfiguration"],
  "s3:PutPublicAccessBlock": ["PutBucketPublicAccessBlock"],
  "s3:SelectObjectContent": ["GetObject"],
  "s3:UploadPart": ["PutObject"],
  "s3:UploadPartCopy": ["PutObject"],
  "sns:PublishBatch": ["Publish"],
  "sqs:ChangeMessageVisibilityBatch": ["ChangeMessageVisibility"],
  "sqs:DeleteMessageBatch": ["DeleteMessage"],
  "sqs:SendMessageBatch": ["SendMessage"],
  // evidence: authz-no-permission-needed
  "sts:GetCallerIdentity": [],
  "sts:GetSessionToken": [],
  // Nobody has signed these.
  "sts:AssumeRoleWithSAML": [],
  "sts:AssumeRoleWithWebIdentity": [],
};

/** Configurations of buckets are read by one action and written by another, which also deletes them. */
const BUCKET_CONFIGURATION =
  /^(Get|List|Put|Delete)Bucket(Accelerate|Analytics|Encryption|IntelligentTiering|Inventory|Lifecycle|Metrics|Replication)(?:Configurations?)?$/;

/** API Gateway's actions are the methods of HTTP (its developer guide, "Control access to a REST API with IAM permissions"). */
const METHODS: readonly (readonly [RegExp, string])[] = [
  [/^Get/, "GET"],
  [/^(?:Create|Generate|Import|TestInvoke)/, "POST"],
  [/^Update/, "PATCH"],
  [/^(?:Put|Reimport)/, "PUT"],
  [/^(?:Delete|Flush)/, "DELETE"],
];

function actionNames(prefix: string, operation: string): readonly string[] {
  const name = `${prefix}:${operation}`;
  if (Object.hasOwn(ACTIONS, name)) return ACTIONS[name]!;
  if (prefix === "apigateway") {
    return METHODS.filter(([pattern]) => pattern.test(operation)).map(([, method]) => method);
  }
  const [, verb, what] = (prefix === "s3" && BUCKET_CONFIGURATION.exec(operation)) || [];
  if (what !== undefined) return [`${verb === "Get" || verb === "List" ? "Get" : "Put"}${what}Configuration`];
  return [operation];
}

/**
 * The actions that an event of CloudTrail took, such as `s3:GetObject`; undefined where AWS's service reference has none of that
 * name, so that nothing is known.
 */
export function actionsOfEvent(eventSource: string, eventName: string): readonly string[] | undefined {
  const domain = eventSource.replace(/\.amazonaws\.com(\.cn)?$/, "");
  const prefix = PREFIXES[domain] ?? domain;
  // Lambda and CloudFront put the version of their API behind the name.
  const name = eventName.replace(/_?(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$/, "");
  if (!referencedService(prefix)) return undefined;
  const known = actionNames(prefix, name).map((action) => referencedAction(`${prefix}:${action}`));
  return known.every((action) => action !== undefined)
    ? known.map(({ service, name: spelt }) => `${service}:${spelt}`)
    : undefined;
}
