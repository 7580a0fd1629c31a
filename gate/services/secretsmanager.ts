import { arnOf, givenArn } from "../arns.ts";
import { CannotMap } from "../cannot-map.ts";
import { type Call, type Input, member, objects, type Rule, type ServiceRules, text, texts } from "../rule.ts";

const NAME = /^[\w/+=.@!-]{1,512}$/;
const SUFFIX = "-??????";

/**
 * The ARN of a secret. It ends in six random characters, which a name does not tell: unless they are known, question marks stand for
 * them (evidence: gate-secret-suffix). Patterns that end in `-*` or `-??????`, which AWS advises, match both; a policy with the whole
 * ARN is only met by requests with the whole ARN.
 */
export function secretOf(id: string, call: Call): string {
  if (id.startsWith("arn:")) {
    const arn = givenArn(call, id, "secretsmanager", /^secret:[\w/+=.@!-]+$/);
    // A name may end like a random end.
    return call.known.secret?.(arn) ?? (/-[A-Za-z\d]{6}$/.test(arn) ? arn : arn + SUFFIX);
  }
  if (!NAME.test(id)) throw new CannotMap(`${id} is no name of a secret.`);
  const arn = arnOf(call, "secretsmanager", `secret:${id}`);
  return call.known.secret?.(arn) ?? arn + SUFFIX;
}

const secret = (input: Input, call: Call): string | undefined => {
  const id = text(input, "SecretId");
  return id && secretOf(id, call);
};

const create: Rule = (input, call) => {
  const name = text(input, "Name");
  if (name === undefined || !NAME.test(name)) throw new CannotMap("Name should be the name of a secret.");
  return arnOf(call, "secretsmanager", `secret:${name}${SUFFIX}`);
};

/** The list itself, and GetSecretValue for each secret that it names; by filters nobody can tell which are meant. */
const batch: Rule = (input, call) => {
  const ids = texts(input, "SecretIdList");
  if (ids.length === 0) throw new CannotMap("The gate cannot tell from Filters which secrets are meant.");
  return [
    { resource: "*" },
    ...ids.map((id) => ({ action: "GetSecretValue", resource: secretOf(id, call), input: { SecretId: id } })),
  ];
};

const BY_NAME =
  "CancelRotateSecret DeleteResourcePolicy DeleteSecret DescribeSecret GetResourcePolicy GetSecretValue ListSecretVersionIds PutResourcePolicy PutSecretValue RemoveRegionsFromReplication ReplicateSecretToRegions RestoreSecret RotateSecret StopReplicationToReplica TagResource UntagResource UpdateSecret UpdateSecretVersionStage ValidateResourcePolicy";

const APPROXIMATE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    BY_NAME.split(" ").map((name) => [name, "By name, the random end of the ARN is unknown until it was learnt."]),
  ),
  BatchGetSecretValue: "Refused with Filters. By name, the random end of the ARN is unknown until it was learnt.",
  CreateSecret: "The random end of the ARN is not there yet.",
};

export const secretsmanager: ServiceRules = {
  types: { secret },
  operations: {
    CreateSecret: create,
    BatchGetSecretValue: batch,
    // Without SecretId it looks at the policy alone.
    ValidateResourcePolicy: (input, call) => secret(input, call) ?? "*",
  },
  keys: {
    "secretsmanager:SecretId": (input, _, resource) => (input["SecretId"] === undefined ? undefined : resource),
    "secretsmanager:Name": member("Name"),
    "secretsmanager:Description": member("Description"),
    "secretsmanager:KmsKeyId": member("KmsKeyId"),
    "secretsmanager:VersionId": member("VersionId"),
    "secretsmanager:VersionStage": (input, { operation }) =>
      text(input, "VersionStage") ??
      (operation === "GetSecretValue" && input["VersionId"] === undefined ? "AWSCURRENT" : undefined),
    "secretsmanager:RecoveryWindowInDays": member("RecoveryWindowInDays"),
    "secretsmanager:ForceDeleteWithoutRecovery": member("ForceDeleteWithoutRecovery"),
    "secretsmanager:RotationLambdaARN": member("RotationLambdaARN"),
    "secretsmanager:ExternalSecretRotationRoleArn": member("ExternalSecretRotationRoleArn"),
    "secretsmanager:RotateImmediately": member("RotateImmediately"),
    "secretsmanager:ModifyRotationRules": (input) => (input["RotationRules"] === undefined ? "false" : "true"),
    "secretsmanager:BlockPublicPolicy": member("BlockPublicPolicy"),
    "secretsmanager:ForceOverwriteReplicaSecret": member("ForceOverwriteReplicaSecret"),
    "secretsmanager:AddReplicaRegions": (input) => {
      const regions = objects(input, "AddReplicaRegions").flatMap((one) => text(one, "Region") ?? []);
      return regions.length === 0 ? undefined : regions;
    },
    "secretsmanager:Type": member("Type"),
  },
  tagging: { action: "TagResource" },
  approximate: APPROXIMATE,
};
