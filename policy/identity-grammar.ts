import { areLiterals, baseOperator } from "./conditions.ts";
import {
  hasVariables,
  type PolicyStructure,
  type StatementStructure,
  VERSION_2008,
  VERSION_2012,
  type Wording,
} from "./structure.ts";
import { splitAtColons } from "./template.ts";

export const SYNTAX_ERRORS = "Syntax errors in policy.";
export const IDENTITY_WORDING: Wording = { json: SYNTAX_ERRORS, syntax: SYNTAX_ERRORS };

const LEGACY = "The policy failed legacy parsing";

export interface IdentityRules {
  /** Managed policies must be of Version 2012-10-17; elsewhere the older one, or none, will do. */
  readonly needsVersion2012: boolean;
  /** Session policies may hold malformed numbers, dates, addresses and ARNs (facts: aws-more 3.2). */
  readonly checksLiterals: boolean;
}

/**
 * What is wrong with a policy of an identity, or of a session: AWS's message for the first rule that is broken, in the
 * order that was recorded in 2026 (facts: aws-iam 10.1, whose numbers are given here), or undefined.
 */
export function identityFault(policy: PolicyStructure, rules: IdentityRules): string | undefined {
  const { statements } = policy;
  const actions = statements.map((statement) => statement.actions ?? statement.notActions ?? []);
  const resources = statements.map((statement) => statement.resources ?? statement.notResources ?? []);
  const resourceFault = firstFault(resources.flat(), faultOfResource);
  // 1
  if (!isWellFormed(policy)) return SYNTAX_ERRORS;
  // 2
  if (rules.needsVersion2012 && policy.version !== VERSION_2012) {
    return "Policy document must be version 2012-10-17 or greater.";
  }
  // 3
  const legacy =
    !statements.every(({ effect }) => effect === "Allow" || effect === "Deny") ||
    hasBadLiterals(policy, rules.checksLiterals) ||
    (resourceFault === undefined && resources.flat().some(failsLegacyParsing));
  if (legacy) return LEGACY;
  // 4
  const sids = sidFault(statements);
  if (sids !== undefined) return sids;
  if (statements.some((statement) => statement.principals ?? statement.notPrincipals)) {
    return "Policy document should not specify a principal.";
  }
  // 5, 6, 7, 8
  if (!actions.every((list) => list.length > 0)) return "Policy statement must contain actions.";
  if (resourceFault !== undefined) return resourceFault;
  if (!resources.every((list) => list.length > 0)) return "Policy statement must contain resources.";
  return firstFault(actions.flat(), faultOfAction);
}

/** Whether a policy has statements, of known effect, and no element together with its opposite. */
export function isWellFormed({ version, statements }: PolicyStructure): boolean {
  return (
    (version === undefined || version === VERSION_2012 || version === VERSION_2008) &&
    statements.length > 0 &&
    statements.every(
      ({ effect, ...statement }) =>
        /^(?:allow|deny)$/i.test(effect ?? "") &&
        !(statement.actions && statement.notActions) &&
        !(statement.resources && statement.notResources) &&
        !(statement.principals && statement.notPrincipals),
    )
  );
}

/** Whether a condition has a literal that its operator cannot read; base64 is checked even where the others are not. */
export function hasBadLiterals(policy: PolicyStructure, all: boolean): boolean {
  const variables = hasVariables(policy);
  return policy.statements.some(({ conditions }) =>
    conditions
      .filter(({ operator }) => all || baseOperator(operator) === "BinaryEquals")
      .some(({ operator, values }) => !areLiterals(operator, values, variables)),
  );
}

function sidFault(statements: readonly StatementStructure[]): string | undefined {
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === "" ? [] : [sid]));
  if (!sids.every((sid) => /^[0-9A-Za-z]*$/.test(sid))) {
    return "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
  }
  return new Set(sids).size < sids.length ? "Statement IDs (SID) in a single policy must be unique." : undefined;
}

const PARTITIONS = /^(?:aws|aws-cn|aws-us-gov|aws-eusc|aws-iso(?:-[bef])?)$/;

const IAM_PATHS =
  "user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, " +
  "saml-provider/, oidc-provider/, report/, access-report/";
// Newer than the text: Service Authorization Reference, "AWS Identity and Access Management".
const NEWER_IAM_PATHS = ["delegation-request/", "role-template/"];

// The kinds of S3 resource whose ARN has a region: Service Authorization Reference, "Amazon S3".
const REGIONAL_S3 = [
  "accesspoint/",
  "job/",
  "storage-lens/",
  "storage-lens-group/",
  "access-grants/",
  "async-request/",
];

function faultOfResource(resource: string): string | undefined {
  if (resource === "*") return undefined;
  const [prefix = "", partition, vendor, region, account, ...rest] = splitAtColons(resource);
  if (partition === undefined) {
    return includesAny(prefix, "${") ? undefined : `Resource ${resource} must be in ARN format or "*".`;
  }
  if (!PARTITIONS.test(partition) && !includesAny(partition, "*", "?", "${")) {
    const padded = [partition, vendor ?? "*", region ?? "*", account ?? "*", ...(rest.length > 0 ? rest : ["*"])];
    return `Partition "${partition}" is not valid for resource "arn:${padded.join(":")}".`;
  }
  if (vendor === undefined || includesAny(vendor, "*", "?")) {
    return "Resource vendor must be fully qualified and cannot contain regexes.";
  }
  const path = rest.join(":");
  const startsWithOne = (starts: readonly string[]) => starts.some((start) => path.startsWith(start));
  if (vendor === "iam") {
    if (region) return `IAM resource ${resource} cannot contain region information.`;
    if (path !== "root" && !startsWithOne(["*", "${", ...IAM_PATHS.split(", "), ...NEWER_IAM_PATHS])) {
      return `IAM resource path must either be "*", root, or start with ${IAM_PATHS}.`;
    }
  }
  if (vendor === "s3" && region && !startsWithOne(REGIONAL_S3)) {
    return `Resource ${resource} can not contain region information.`;
  }
  return undefined;
}

function failsLegacyParsing(resource: string): boolean {
  const parts = splitAtColons(resource);
  return (parts.length < 6 && resource.includes("::")) || parts[2] === "";
}

function faultOfAction(action: string): string | undefined {
  if (action === "*") return undefined;
  const parts = action.split(":");
  if (parts.length === 1) return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  if (parts.length > 2) return "Actions/Condition can contain only one colon.";
  return /^[A-Za-z0-9.-]+$/.test(parts[0]!) ? undefined : `Vendor ${parts[0]} is not valid`;
}

const includesAny = (text: string, ...marks: string[]): boolean => marks.some((mark) => text.includes(mark));

/** The fault of the first item that has one. */
export function firstFault<T>(items: readonly T[], faultOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
