import { policySize, type PolicyKind } from "../document.ts";
import { found, type LintFinding } from "./finding.ts";

/** Characters without white space that a document may have (IAM and STS quotas; AWS Organizations quotas). */
interface Quota {
  readonly quota: number;
  readonly code: LintFinding["code"];
  readonly what: string;
}

const MANAGED: Quota = {
  quota: 6144,
  code: "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
  what: "a managed policy",
};

const QUOTAS: Readonly<Record<PolicyKind, Quota>> = {
  identity: MANAGED,
  simulated: MANAGED,
  boundary: MANAGED,
  // Of all the inline policies of a role; those of users and groups may have less.
  inline: { quota: 10240, code: "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", what: "an inline policy" },
  trust: { quota: 2048, code: "POLICY_SIZE_EXCEEDS_QUOTA", what: "the trust policy of a role" },
  session: { quota: 2048, code: "POLICY_SIZE_EXCEEDS_QUOTA", what: "a session policy" },
  resource: { quota: 20480, code: "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", what: "a resource policy" },
  "simulated-resource": { quota: 20480, code: "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", what: "a resource policy" },
  scp: { quota: 5120, code: "POLICY_SIZE_EXCEEDS_SCP_QUOTA", what: "a service control policy" },
  rcp: { quota: 5120, code: "POLICY_SIZE_EXCEEDS_RCP_QUOTA", what: "a resource control policy" },
};

/** Documents that are larger than their kind may be. */
export function* sizeFindings(text: string, kind: PolicyKind): Iterable<LintFinding> {
  const { quota, code, what } = QUOTAS[kind];
  const size = policySize(text);
  if (size > quota) yield found(code, [], { size, quota, what });
}
