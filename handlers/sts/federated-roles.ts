import type { Tag } from "../../data/entities/accounts.ts";
import { ValidationError } from "../errors.ts";
import type { Context, Permission } from "../operation.ts";
import type { ContextKeys } from "../../policy/evaluate.ts";
import { requestTagKeys } from "../tags.ts";
import { roleWithArn } from "./assume-role.ts";

/** What a verified token or assertion asks for. */
interface FederatedRequest {
  readonly action: "sts:AssumeRoleWithSAML" | "sts:AssumeRoleWithWebIdentity";
  readonly roleArn: string;
  readonly sessionName: string;
  readonly sourceIdentity: string | undefined;
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
  /** Condition keys for the assume-role operation only. */
  readonly keys?: ContextKeys;
}

/** Refuses an ARN that is not a role's, before anything is verified (evidence: federated-role-arn-of-no-role). */
export function checkRoleArn(arn: string): void {
  if (!/^arn:[^:]+:iam::\d{12}:role\/./.test(arn)) throw ValidationError("Request ARN is invalid");
}

/** What the role's trust policy has to allow: assuming the role, and passing tags and a source identity. */
export function federatedPermissions(request: FederatedRequest, context: Context): readonly Permission[] {
  const { action: assume, roleArn: arn, sessionName, sourceIdentity, tags, transitiveTagKeys } = request;
  const role = roleWithArn(arn, context);
  const actions = [
    assume,
    ...(tags.length > 0 ? ["sts:TagSession"] : []),
    ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
  const keys = {
    "sts:RoleSessionName": sessionName,
    ...request.keys,
    ...(sourceIdentity !== undefined && { "sts:SourceIdentity": sourceIdentity }),
    ...(transitiveTagKeys.length > 0 && { "sts:TransitiveTagKeys": transitiveTagKeys }),
    ...requestTagKeys(tags),
  };
  return actions.map((action) => ({
    action,
    resource: { arn, ...(role && { tags: role.tags }) },
    keys,
    trust: role ? { document: role.trustPolicy, bindings: role.trustBindings } : null,
    // One text, as for AssumeRole, whatever is missing, even the role itself
    // (evidence: saml-denied, web-identity-denied).
    denied: `Not authorized to perform ${action}`,
  }));
}
