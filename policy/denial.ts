import type { Decision, PolicyType } from "./evaluate.ts";

/** The name of each type of policy in AWS's messages (IAM User Guide, "Troubleshoot access denied error messages"). */
const NAMES: Readonly<Record<PolicyType, { readonly name: string; readonly article: string }>> = {
  identity: { name: "identity-based policy", article: "an" },
  resource: { name: "resource-based policy", article: "a" },
  trust: { name: "role trust policy", article: "the" },
  boundary: { name: "permissions boundary", article: "a" },
  session: { name: "session policy", article: "a" },
  scp: { name: "service control policy", article: "a" },
  rcp: { name: "resource control policy", article: "a" },
};

/**
 * The ending of the sentence "User: … is not authorized to perform: … on resource: …": `because no identity-based
 * policy allows the iam:GetUser action`, or `with an explicit deny in an identity-based policy`
 * (evidence: authz-denied-text). AssumeRole's refusal has no ending.
 */
export function denialEnding({ kind, decidedBy }: Decision, action: string): string {
  const { name, article } = NAMES[decidedBy];
  return kind === "explicitDeny"
    ? `with an explicit deny in ${article} ${name}`
    : `because no ${name} allows the ${action} action`;
}
