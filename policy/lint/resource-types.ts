import { found, type LintFinding, placedStatements, type Subject } from "./finding.ts";
import { arnShape, overlap } from "./overlap.ts";

/** Types of resource whose policies have checks of their own: whose actions and ARNs may stand in them. */
const TYPES: Readonly<Record<string, string>> = {
  "AWS::DynamoDB::Table": "dynamodb",
  "AWS::S3::AccessPoint": "s3",
  "AWS::S3::Bucket": "s3",
  "AWS::S3::MultiRegionAccessPoint": "s3",
  "AWS::S3ObjectLambda::AccessPoint": "s3-object-lambda",
};

/** Actions and resources of other services in the policy of a resource whose type was told. */
export function* resourceTypeFindings(subject: Subject): Iterable<LintFinding> {
  const type = subject.resourceType ?? "";
  const service = TYPES[type];
  if (service === undefined) return;
  for (const { statement, path } of placedStatements(subject)) {
    const federated = (statement.principals ?? []).some(({ type: key }) => key === "Federated");
    if (federated)
      yield found("FEDERATED_PRINCIPAL_NOT_SUPPORTED", [...path, "Principal", "Federated"], {}, { atName: true });
    for (const [place, action] of (statement.actions ?? []).entries()) {
      const [prefix, name] = action.toLowerCase().split(":");
      if (name === undefined || prefix === service) continue;
      yield found("UNSUPPORTED_ACTION_IN_POLICY", [...path, "Action", place], { action, type });
    }
    for (const [place, resource] of (statement.resources ?? []).entries()) {
      const shape = arnShape(resource);
      if (shape === undefined || overlap(shape[2], service)) continue;
      yield found("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", [...path, "Resource", place], { type });
    }
  }
}
