import type { Finding } from "./faults.ts";
import { Glob } from "./glob.ts";
import { badLiterals, repeatedSids, statementPath } from "./identity-grammar.ts";
import type { Path } from "./json.ts";
import { sharedIssuerFinding } from "./shared-issuers.ts";
import {
  type PolicyStructure,
  type PrincipalEntry,
  type StatementStructure,
  VERSION_2008,
  VERSION_2012,
} from "./structure.ts";

export const SYNTAX_ERROR = "Syntax error in policy.";

/**
 * The faults of a role's trust policy: the rules that are broken, in AWS's order
 * (evidence: trust-actions, trust-principals, trust-other-texts, trust-shared-issuers). Whether the users and roles
 * that it names exist is not checked.
 */
export function* trustFindings(policy: PolicyStructure): Iterable<Finding> {
  const { version, statements } = policy;
  if (version !== undefined && version !== VERSION_2012 && version !== VERSION_2008) {
    const message = "The policy must contain a valid version string";
    yield told("version", message, ["Version"], `There is no version ${JSON.stringify(version)}.`);
  }
  if (statements.length === 0) {
    yield told("no-statement", "Could not parse the policy: Statement is empty!", ["Statement"]);
  }
  for (const [index, statement] of statements.entries()) yield* statementFindings(statement, statementPath(index));
  yield* repeatedSids(statements, "The Statement Ids in the policy are not unique");
  yield* badLiterals(policy, true, SYNTAX_ERROR);
  for (const [index, statement] of statements.entries()) {
    const finding = sharedIssuerFinding(statement);
    if (finding) yield { ...finding, path: [...statementPath(index), ...finding.path] };
  }
}

/** `detail` is AWS's message, unless there is a better one. */
const told = (kind: Finding["kind"], message: string, path: Path, detail = message): Finding => ({
  kind,
  message,
  detail,
  path,
});

function* statementFindings(statement: StatementStructure, path: Path): Iterable<Finding> {
  const { effect } = statement;
  if (effect === undefined) yield told("missing-element", "Missing required field Effect", [...path, "Effect"]);
  else if (effect !== "Allow" && effect !== "Deny") {
    yield told("effect", `Invalid effect: ${effect}`, [...path, "Effect"]);
  }
  if (statement.notPrincipals !== undefined) {
    const message =
      effect === "Allow"
        ? "Allow with NotPrincipal is not allowed."
        : "AssumeRole policy must not contain NotPrincipal field.";
    yield { ...told("element-not-allowed", message, [...path, "NotPrincipal"]), atName: true };
  } else {
    yield* principalFindings(statement.principals, [...path, "Principal"]);
  }
  yield* actionFindings(statement, path);
  for (const name of ["Resource", "NotResource"] as const) {
    const element = name === "Resource" ? statement.resources : statement.notResources;
    if (element === undefined) continue;
    yield { ...told("element-not-allowed", `Has prohibited field ${name}`, [...path, name]), atName: true };
  }
}

function* principalFindings(principals: readonly PrincipalEntry[] | undefined, path: Path): Iterable<Finding> {
  if (principals === undefined) yield told("missing-element", "Missing required field Principal", path);
  if (principals?.length === 0) {
    yield told("missing-element", "Missing required field Principal cannot be empty!", path);
  }
  const places = new Map<string | undefined, number>();
  for (const { type, value } of principals ?? []) {
    const place = places.get(type) ?? 0;
    places.set(type, place + 1);
    const message = principalMessage({ type, value });
    if (message !== undefined) yield told("principal", message, type === undefined ? path : [...path, type, place]);
  }
}

function* actionFindings({ actions, notActions }: StatementStructure, path: Path): Iterable<Finding> {
  if (actions === undefined && notActions === undefined) {
    yield told("missing-element", "Missing required field Action", [...path, "Action"]);
    return;
  }
  const message = "AssumeRole policy may only specify STS AssumeRole actions.";
  if (actions === undefined) {
    yield { ...told("element-not-allowed", message, [...path, "NotAction"]), atName: true };
    return;
  }
  if (actions.length === 0) yield told("missing-element", message, [...path, "Action"]);
  for (const [place, action] of actions.entries()) {
    if (isTrustAction(action)) continue;
    const detail = `${JSON.stringify(action)} is no action of STS.`;
    yield told("action", message, [...path, "Action", place], detail);
  }
}

/**
 * Which actions AWS accepts besides those that assume a role is not known; it refuses those that do not exist
 * (evidence: trust-actions).
 */
function isTrustAction(action: string): boolean {
  if (!/^sts:/i.test(action)) return false;
  const glob = Glob.of(action.slice("sts:".length).toLowerCase());
  return STS_ACTIONS.some((name) => glob.matches(name));
}

/**
 * All actions of STS, in lower case (Service Authorization Reference); this list costs less than reading the reference.
 */
export const STS_ACTIONS = (
  "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo " +
  "GetCallerIdentity GetDelegatedAccessToken GetFederationToken GetServiceBearerToken GetSessionToken " +
  "GetWebIdentityToken SetContext SetSourceIdentity TagGetWebIdentityToken TagSession"
)
  .toLowerCase()
  .split(" ");

/** What a trust policy is told of a principal that is not written as one; undefined of one that is. */
export function principalMessage({ type, value }: PrincipalEntry): string | undefined {
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
// Printable ASCII without wildcards, which no principal may contain.
const ENTITY_ARN = /^arn:aws:iam::\d{12}:(?:user|role)\/[!-)+->@-~]+$/;
const PROVIDER_ARN = /^arn:aws:iam::\d{12}:(?:saml|oidc)-provider\/[!-)+->@-~]+$/;
const UNIQUE_ID = /^A(?:IDA|ROA)[A-Z0-9]{12,}$/;
const SERVICE =
  /^(?:[a-z0-9-]+\.)+(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|amazon\.com|aws\.com|aws\.internal)$/i;
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[!-)+->@-~]*)?$/i;

const isEntity = (value: string): boolean => ENTITY_ARN.test(value) || UNIQUE_ID.test(value);

/**
 * The message for a principal that is malformed or does not exist; `type` is in capitals (evidence: trust-principals).
 */
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
