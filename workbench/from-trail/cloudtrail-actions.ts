import { referencedAction, referencedService } from "../../catalog/service-reference.ts";

// CloudTrail names operations, policies name actions; mostly they are the same (Service Authorization Reference).

/** Where the part of a service's domain is not the prefix of its actions. */
const PREFIXES: Readonly<Record<string, string>> = {
  monitoring: "cloudwatch",
  tagging: "tag",
  email: "ses",
  "runtime.lex": "lex",
  "models.lex": "lex",
  "application-insights": "applicationinsights",
  amazonmq: "mq",
  metering: "aws-marketplace",
  marketplacecommerceanalytics: "marketplacecommerceanalytics",
};

const PUT = ["PutObject"];
/** Operations with other actions; none where nobody needs a permission. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "s3:AbortMultipartUpload": ["AbortMultipartUpload"],
  "s3:CompleteMultipartUpload": PUT,
  "s3:CopyObject": PUT,
  "s3:CreateMultipartUpload": PUT,
  "s3:DeleteBucketCors": ["PutBucketCORS"],
  "s3:DeleteBucketEncryption": ["PutEncryptionConfiguration"],
  "s3:DeleteBucketLifecycle": ["PutLifecycleConfiguration"],
  "s3:DeleteBucketReplication": ["PutReplicationConfiguration"],
  "s3:DeleteBucketTagging": ["PutBucketTagging"],
  "s3:DeleteObjects": ["DeleteObject"],
  "s3:DeletePublicAccessBlock": ["PutBucketPublicAccessBlock"],
  "s3:GetBucketCors": ["GetBucketCORS"],
  "s3:GetBucketEncryption": ["GetEncryptionConfiguration"],
  "s3:GetBucketLifecycle": ["GetLifecycleConfiguration"],
  "s3:GetBucketLifecycleConfiguration": ["GetLifecycleConfiguration"],
  "s3:GetBucketNotificationConfiguration": ["GetBucketNotification"],
  "s3:GetBucketReplication": ["GetReplicationConfiguration"],
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
  "s3:PutBucketCors": ["PutBucketCORS"],
  "s3:PutBucketEncryption": ["PutEncryptionConfiguration"],
  "s3:PutBucketLifecycle": ["PutLifecycleConfiguration"],
  "s3:PutBucketLifecycleConfiguration": ["PutLifecycleConfiguration"],
  "s3:PutBucketNotificationConfiguration": ["PutBucketNotification"],
  "s3:PutBucketReplication": ["PutReplicationConfiguration"],
  "s3:PutObjectLockConfiguration": ["PutBucketObjectLockConfiguration"],
  "s3:PutPublicAccessBlock": ["PutBucketPublicAccessBlock"],
  "s3:UploadPart": PUT,
  "s3:UploadPartCopy": PUT,
  "dynamodb:TransactGetItems": ["GetItem"],
  "lambda:Invoke": ["InvokeFunction"],
  "lambda:InvokeAsync": ["InvokeFunction"],
  "sqs:DeleteMessageBatch": ["DeleteMessage"],
  "sqs:SendMessageBatch": ["SendMessage"],
  "sqs:ChangeMessageVisibilityBatch": ["ChangeMessageVisibility"],
  "sns:PublishBatch": ["Publish"],
  // authz-no-permission-needed
  "sts:GetCallerIdentity": [],
  "sts:GetSessionToken": [],
  "sts:AssumeRoleWithSAML": [],
  "sts:AssumeRoleWithWebIdentity": [],
};

/**
 * The actions that an event of CloudTrail took, such as `s3:GetObject`; undefined where AWS's service reference has none of that
 * name, so that nothing is known.
 */
export function actionsOfEvent(eventSource: string, eventName: string): readonly string[] | undefined {
  const domain = eventSource.replace(/\.amazonaws\.com(\.cn)?$/, "");
  const prefix = PREFIXES[domain] ?? domain;
  // Lambda and CloudFront put the version of their API behind the name.
  const name = eventName.replace(/_?(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$/, "");
  const listed = Object.hasOwn(ACTIONS, `${prefix}:${name}`) ? ACTIONS[`${prefix}:${name}`]! : [name];
  if (!referencedService(prefix)) return undefined;
  const known = listed.map((action) => referencedAction(`${prefix}:${action}`));
  return known.every((action) => action !== undefined)
    ? known.map(({ service, name: spelt }) => `${service}:${spelt}`)
    : undefined;
}
