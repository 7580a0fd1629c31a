import type { Transaction } from "../../data/store.ts";
import type { Call } from "./resource-changes.ts";
import { requestTags, taggingBy } from "./resource-tags.ts";
import type { MappedCall } from "../../gate/call.ts";
import { aliases, unaliases } from "./key-aliases.ts";
import { adds, changesPermission, takes } from "./statements.ts";
import { deletes, learns, makes, removes, sets, type Change, type Keep } from "./resource-changes.ts";

/** What calls change of what the gate must know: whose a resource is, and its policy. */
const CHANGES: Readonly<Record<string, Change>> = {
  "dynamodb:CreateTable": makes(undefined, ({ ResourcePolicy }) => ResourcePolicy),
  "dynamodb:DeleteResourcePolicy": removes,
  "dynamodb:DeleteTable": deletes,
  "dynamodb:DescribeTable": learns,
  "dynamodb:PutResourcePolicy": sets(({ Policy }) => Policy),
  "dynamodb:UpdateTable": learns,
  "events:CreateEventBus": makes(),
  "events:DeleteEventBus": deletes,
  "events:PutPermission": changesPermission,
  "events:RemovePermission": takes("StatementId"),
  "kinesis:CreateStream": makes(),
  "kinesis:DeleteResourcePolicy": removes,
  "kinesis:DeleteStream": deletes,
  "kinesis:PutResourcePolicy": sets(({ Policy }) => Policy),
  "kms:CreateAlias": aliases,
  "kms:CreateKey": makes(
    ({ KeyMetadata }) => memberOf(KeyMetadata, "Arn"),
    ({ Policy }) => Policy,
  ),
  "kms:DeleteAlias": unaliases,
  "kms:PutKeyPolicy": sets(({ Policy }) => Policy),
  "kms:UpdateAlias": aliases,
  "lambda:AddPermission": adds,
  "lambda:CreateFunction": makes(),
  "lambda:DeleteFunction": deletes,
  "lambda:RemovePermission": takes("StatementId"),
  "s3:CreateBucket": makes(),
  "s3:DeleteBucket": deletes,
  "s3:DeleteBucketPolicy": removes,
  "s3:PutBucketPolicy": sets((_input, document) => document),
  "secretsmanager:CreateSecret": makes(({ ARN }) => ARN),
  "secretsmanager:DeleteResourcePolicy": removes,
  "secretsmanager:PutResourcePolicy": sets(({ ResourcePolicy }) => ResourcePolicy),
  "sns:AddPermission": adds,
  "sns:CreateTopic": makes(
    ({ TopicArn }) => TopicArn,
    ({ Attributes }) => memberOf(Attributes, "Policy"),
  ),
  "sns:DeleteTopic": deletes,
  "sns:RemovePermission": takes("Label"),
  "sns:SetTopicAttributes": sets(({ AttributeName, AttributeValue }) =>
    AttributeName === "Policy" ? (AttributeValue ?? "") : undefined,
  ),
  "sqs:AddPermission": adds,
  "sqs:CreateQueue": makes(undefined, queuePolicy),
  "sqs:DeleteQueue": deletes,
  "sqs:RemovePermission": takes("Label"),
  "sqs:SetQueueAttributes": sets(queuePolicy),
};

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

/** In SQS's JSON attributes are a map, in its Query protocol a list. */
function queuePolicy({ Attributes, Attribute }: Readonly<Record<string, unknown>>): unknown {
  const listed = [Attribute].flat().find((attribute) => memberOf(attribute, "Name") === "Policy");
  return memberOf(Attributes, "Policy") ?? memberOf(listed, "Value");
}

/**
 * What must be kept of a call, if it succeeds; undefined where that is nothing. `document` is the body, where the service's protocol
 * has a document for one. `home` is the account of resources that nobody has seen made and whose ARN does not tell. Throws the
 * service's own refusal of a policy that is none.
 */
export function changeBy(
  { service, operation, input, checks }: MappedCall,
  document: string,
  { account, home, tx }: Pick<Call, "account" | "home"> & { readonly tx: Transaction },
): Keep | undefined {
  const name = `${service}:${operation}`;
  const arns = checks.map(({ resource }) => resource);
  const arn = checks.find(({ action }) => action.toLowerCase() === name.toLowerCase())?.resource ?? arns[0] ?? "*";
  // Tags of buckets and objects are replaced as a whole, and are no `aws:ResourceTag`.
  if (!Object.hasOwn(CHANGES, name)) return service === "s3" ? undefined : taggingBy(operation, arn, checks);
  const tags = requestTags(checks);
  return CHANGES[name]!({ service, input, document, arn, arns, tags, account, home }, tx);
}
