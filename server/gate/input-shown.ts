const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

/** Members that name things, choose, or are policies. */
const TELLING = new Set(
  (
    "Bucket Key VersionId UploadId PartNumber Prefix Delimiter CopySource ACL StorageClass " +
    "TableName IndexName Select ReturnValues ResourceArn ResourceARN BackupName TableNames " +
    "QueueUrl QueueName QueueNamePrefix Label Actions AWSAccountIds ActionName AWSAccountId AttributeName AttributeNames " +
    "Name Protocol KeyId TargetKeyId AliasName GrantId PolicyName KeySpec KeyUsage EncryptionAlgorithm SigningAlgorithm " +
    "SecretId VersionStage Path Names Type FunctionName Qualifier StatementId Action Principal SourceAccount InvocationType " +
    "Runtime Handler StreamName ConsumerName ShardId ShardIteratorType logGroupName logStreamName logGroupNamePrefix " +
    "policyName EventBusName Rule NamePrefix State name Policy ResourcePolicy PolicyDocument policyDocument"
  ).split(" "),
);

/**
 * What the trail shows of the input of a call through the gate. Services have secrets in members that nobody could list in full
 * (a parameter's value, a message, an item, a plaintext), so what is shown is listed: numbers, ARNs, and what names something.
 */
export const inputShown = (input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, isTelling(name, value) ? value : HIDDEN]));

function isTelling(name: string, value: unknown): boolean {
  if (typeof value === "number" || typeof value === "boolean") return true;
  const texts = Array.isArray(value) ? value : [value];
  return texts.every((text) => typeof text === "string" && (TELLING.has(name) || text.startsWith("arn:aws")));
}
