import { firstFault, hasBadLiterals } from "./identity-grammar.ts";
import { sharedIssuerFault } from "./shared-issuers.ts";
import {
  type PolicyStructure,
  type PrincipalEntry,
  type StatementStructure,
  VERSION_2008,
  VERSION_2012,
  type Wording,
} from "./structure.ts";

const SYNTAX_ERROR = "Syntax error in policy.";
export const TRUST_WORDING: Wording = { json: "This policy contains invalid Json", syntax: SYNTAX_ERROR };

/**
 * What is wrong with the trust policy of a role: AWS's message for the first rule that is broken, or undefined
 * (facts: aws-iam 7, aws-more 8.2 and 12.2). Whether the users and roles that it names exist is not looked at.
 */
export function trustFault(policy: PolicyStructure): string | undefined {
  const { version, statements } = policy;
  if (version !== undefined && version !== VERSION_2012 && version !== VERSION_2008) {
    return "The policy must contain a valid version string";
  }
  if (statements.length === 0) return "Could not parse the policy: Statement is empty!";
  const fault = firstFault(statements, statementFault);
  if (fault !== undefined) return fault;
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === "" ? [] : [sid]));
  if (new Set(sids).size < sids.length) return "The Statement Ids in the policy are not unique";
  return hasBadLiterals(policy, true) ? SYNTAX_ERROR : firstFault(statements, sharedIssuerFault);
}

function statementFault(statement: StatementStructure): string | undefined {
  const { effect, principals, notPrincipals, actions, notActions } = statement;
  if (effect === undefined) return "Missing required field Effect";
  if (effect !== "Allow" && effect !== "Deny") return `Invalid effect: ${effect}`;
  if (notPrincipals !== undefined) {
    return effect === "Allow"
      ? "Allow with NotPrincipal is not allowed."
      : "AssumeRole policy must not contain NotPrincipal field.";
  }
  if (principals === undefined) return "Missing required field Principal";
  if (principals.length === 0) return "Missing required field Principal cannot be empty!";
  const fault = firstFault(principals, principalFault);
  if (fault !== undefined) return fault;
  if (actions === undefined && notActions === undefined) return "Missing required field Action";
  if (!actions?.every((action) => /^sts:/i.test(action)) || actions.length === 0) {
    return "AssumeRole policy may only specify STS AssumeRole actions.";
  }
  if (statement.resources !== undefined) return "Has prohibited field Resource";
  return statement.notResources === undefined ? undefined : "Has prohibited field NotResource";
}

function principalFault({ type, value }: PrincipalEntry): string | undefined {
  const unless = (valid: boolean, name: string) => (valid ? undefined : invalidPrincipalText(name, value));
  switch (type) {
    case undefined:
      return value === "*"
        ? 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'
        : "Principal must be a JSON object.";
    case "AWS":
      return unless(ANY_OR_ACCOUNT.test(value) || STS_ARN.test(value) || isEntity(value), "AWS");
    case "Service":
      return unless(SERVICE.test(value), "SERVICE");
    case "Federated":
      return DOMAIN.test(value) || PROVIDER_ARN.test(value)
        ? undefined
        : "Federated principals must be valid domain names or SAML metadata ARNs";
    case "CanonicalUser":
      return unless(/^[0-9a-f]{64}$/i.test(value), "CANONICALUSER");
    default:
      return unless(false, type.toUpperCase());
  }
}

// Trust ends at the partition, which is `aws` here (IAM User Guide, "Cross account resource access in IAM").
const ANY_OR_ACCOUNT = /^(?:\*|\d{12}|arn:aws:iam::\d{12}:root)$/;
const STS_ARN = /^arn:aws:sts::\d{12}:(?:assumed-role\/[\w+=,.@-]+|federated-user)\/[\w+=,.@-]+$/;
// Printable ASCII without wildcards, which no principal may have.
const ENTITY_ARN = /^arn:aws:iam::\d{12}:(?:user|role)\/[!-)+->@-~]+$/;
const PROVIDER_ARN = /^arn:aws:iam::\d{12}:(?:saml|oidc)-provider\/[!-)+->@-~]+$/;
const UNIQUE_ID = /^A(?:IDA|ROA)[A-Z0-9]{12,}$/;
const SERVICE =
  /^(?:[a-z0-9-]+\.)+(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|amazon\.com|aws\.com|aws\.internal)$/i;
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[!-)+->@-~]*)?$/i;

const isEntity = (value: string): boolean => ENTITY_ARN.test(value) || UNIQUE_ID.test(value);

/** The message for a principal that is not written as one, or that does not exist; `type` is in capitals (facts: aws-iam 7). */
export function invalidPrincipalText(type: string, value: string): string {
  return `Invalid principal in policy: "${type}":"${value}"`;
}

/** The AWS principals that name one user or role, by ARN or unique id, as written and once each. */
export function entityPrincipals({ statements }: PolicyStructure): string[] {
  const principals = statements.flatMap((statement) => statement.principals ?? []);
  return [
    ...new Set(principals.filter(({ type, value }) => type === "AWS" && isEntity(value)).map(({ value }) => value)),
  ];
}
