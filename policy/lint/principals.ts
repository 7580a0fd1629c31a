import type { Path } from "../json.ts";
import type { ConditionEntry, PrincipalEntry, StatementStructure } from "../structure.ts";
import { found, isIdentityKind, type LintFinding, type Placed, placedStatements, type Subject } from "./finding.ts";

/** Principals that are not written as such, or that let more in than is meant. */
export function* principalFindings(subject: Subject): Iterable<LintFinding> {
  if (isIdentityKind(subject.kind) || subject.kind === "rcp") return;
  for (const { statement, path } of placedStatements(subject)) {
    for (const name of ["Principal", "NotPrincipal"] as const) {
      const principals = (name === "Principal" ? statement.principals : statement.notPrincipals) ?? [];
      const places = new Map<string | undefined, number>();
      for (const principal of principals) {
        const place = places.get(principal.type) ?? 0;
        places.set(principal.type, place + 1);
        const at = principal.type === undefined ? [...path, name] : [...path, name, principal.type, place];
        yield* ofForm(principal, at);
      }
    }
    if (statement.effect === "Allow") yield* allowed({ statement, path }, subject);
    if (subject.kind === "trust") yield* redundantSessions(statement.principals ?? [], path);
  }
}

/** Sessions of roles that are principals themselves. */
function* redundantSessions(principals: readonly PrincipalEntry[], path: Path): Iterable<LintFinding> {
  const named = principals.filter(({ type }) => type === "AWS").map(({ value }) => value);
  const roles = new Map<string, string>();
  for (const role of named) {
    const [, account, name] = /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(role) ?? [];
    if (name !== undefined) roles.set(`${account}/${name}`, role);
  }
  for (const [place, session] of named.entries()) {
    const [, account, name] = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(session) ?? [];
    const role = roles.get(`${account}/${name}`);
    if (role === undefined) continue;
    yield found("REDUNDANT_PRINCIPAL_ROLE_TRUST_POLICY", [...path, "Principal", "AWS", place], { session, role });
  }
}

const KEYS = ["AWS", "Service", "Federated", "CanonicalUser"];

function* ofForm({ type, value }: PrincipalEntry, at: Path): Iterable<LintFinding> {
  if (type === undefined) {
    if (value !== "*") yield found("INVALID_PRINCIPAL_FORMAT", at);
    return;
  }
  if (!KEYS.includes(type)) yield found("INVALID_PRINCIPAL_KEY", at.slice(0, 4), { key: type }, { atName: true });
  else if (value !== "*" && /[*?]/.test(value)) yield found("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", at, { key: type });
  else if (/^AROA[A-Z0-9]{12,}$/.test(value)) yield found("INVALID_ROLE_REFERENCE", at, { id: value });
  else if (/^AIDA[A-Z0-9]{12,}$/.test(value)) yield found("INVALID_USER_REFERENCE", at, { id: value });
  else if (type === "Service" && value !== "*" && !SERVICE.test(value)) {
    yield found("INVALID_SERVICE_PRINCIPAL_FORMAT", at, { format: "<service>.amazonaws.com" });
  }
}

const SERVICE =
  /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|amazon\.com|aws\.com|aws\.internal)$/i;
const SOURCES = /^aws:source(?:arn|account|orgid|orgpaths|owner|vpc|vpce|vpcarn)$/i;
const GITHUB = "token.actions.githubusercontent.com";

function* allowed({ statement, path }: Placed, { kind }: Subject): Iterable<LintFinding> {
  const { principals = [], notPrincipals, conditions } = statement;
  if (notPrincipals !== undefined)
    yield found("ALLOW_WITH_NOT_PRINCIPAL", [...path, "NotPrincipal"], {}, { atName: true });
  const at = [...path, "Principal"];
  const isConditioned = (names: RegExp) => conditions.some(({ key }) => names.test(key));
  const isService = principals.some(({ type, value }) => type === "Service" && SERVICE.test(value));
  // Services assume roles for resources of the role's own account; sources come with few of them.
  if (isService && kind !== "trust" && !isConditioned(SOURCES)) yield found("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", at);
  for (const { value } of principals.filter(({ type }) => type === "Federated")) {
    yield* federated(value, conditions, [...path, "Condition"]);
  }
  if (principals.some(({ type, value }) => value === "*" && (type ?? "AWS") === "AWS") && !saysWho(statement)) {
    const what = (statement.actions ?? ["these actions"]).slice(0, 3).join(", ");
    yield found("ALLOW_TO_EVERYONE", at, { what });
  }
}

function* federated(provider: string, conditions: readonly ConditionEntry[], at: Path): Iterable<LintFinding> {
  if (/:saml-provider\//.test(provider)) return;
  const issuer = provider.split(":oidc-provider/").at(-1)!.toLowerCase();
  const keys = conditions.filter(({ operator }) => !/Null|Not/.test(operator)).map(({ key }) => key.toLowerCase());
  if (issuer === GITHUB) {
    const subjects = conditions.filter(({ key }) => key.toLowerCase() === `${GITHUB}:sub`);
    const isNamed = subjects.some(
      ({ values }) => values.length > 0 && values.every((value) => !/^(?:repo:)?\*/.test(value)),
    );
    if (!isNamed) yield found("MISSING_GITHUB_REPO_CONDITION_KEY", at);
  } else if (!keys.some((key) => key.startsWith(`${issuer}:`))) {
    yield found("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", at);
  }
}

/** Condition keys that say who calls, or from where, so that not everyone is let in. */
const WHO =
  /^(?:aws:(?:principal(?:arn|account|orgid|orgpaths|tag\/.+|servicename|isawsservice)|source.+|userid|username|vpc.+|federatedprovider)|s3:dataaccesspoint(?:account|arn)|kms:(?:calleraccount|viaservice)|sts:externalid|lambda:eventsourcetoken|cognito-identity.+)$/i;

function saysWho({ conditions }: StatementStructure): boolean {
  return conditions.some(
    ({ operator, key, values }) =>
      WHO.test(key) &&
      !/Not|Null|IfExists|ForAllValues/.test(operator) &&
      values.every((value) => !/^\*+$/.test(value)),
  );
}
