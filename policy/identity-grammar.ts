import { areLiterals, baseOperator } from "./conditions.ts";
import type { Finding } from "./faults.ts";
import type { Path } from "./json.ts";
import {
  hasVariables,
  type PolicyStructure,
  type PrincipalEntry,
  type StatementStructure,
  VERSION_2008,
  VERSION_2012,
} from "./structure.ts";
import { splitAtColons } from "./template.ts";

export const SYNTAX_ERRORS = "Syntax errors in policy.";
export const LEGACY = "The policy failed legacy parsing";

export interface IdentityRules {
  /** Managed policies must have Version 2012-10-17; others may have the older one or none. */
  readonly needsVersion2012?: boolean;
  /** Session policies may contain malformed numbers, dates, addresses and ARNs (evidence: document-literals-stored). */
  readonly checksLiterals: boolean;
  /**
   * Inline policies may not have a lone statement before their Version
   * (evidence: inline-policy-lone-statement-before-version).
   */
  readonly refusesLoneStatementFirst?: boolean;
}

/**
 * The faults of an identity's or session's policy: the rules that are broken, with AWS's messages, in the order that
 * was recorded in 2026 (evidence: document-grammar-order, whose numbers are given here).
 */
export function* identityFindings(policy: PolicyStructure, rules: IdentityRules): Iterable<Finding> {
  const resources = [...ofEach(policy, "Resource", resourceMessage)];
  const unparsed = ofEach(policy, "Resource", (resource) => (failsLegacyParsing(resource) ? LEGACY : undefined));
  // 1
  yield* formFindings(policy);
  // 2
  if (rules.needsVersion2012 && policy.version !== VERSION_2012) {
    const message = "Policy document must be version 2012-10-17 or greater.";
    yield { kind: "version", message, detail: 'Version must be "2012-10-17".', path: ["Version"] };
  }
  // 3
  yield* legacyFindings(policy, rules);
  // A faulty resource is reported first, wherever it is.
  if (resources.length === 0) yield* unparsed;
  // 4
  yield* sidFindings(policy.statements);
  yield* principalsNotAllowed(policy);
  // 5, 6, 7, 8
  yield* withoutAny(policy, "Action", "Policy statement must contain actions.");
  yield* resources;
  if (resources.length > 0) yield* unparsed;
  yield* withoutAny(policy, "Resource", "Policy statement must contain resources.");
  yield* ofEach(policy, "Action", actionMessage);
}

/** A policy must have statements with a valid effect, and no element together with its opposite. */
export function* formFindings({ version, statements }: PolicyStructure): Iterable<Finding> {
  const message = SYNTAX_ERRORS;
  if (version !== undefined && version !== VERSION_2012 && version !== VERSION_2008) {
    const detail = `There is no version ${JSON.stringify(version)}; there are "2012-10-17" and "2008-10-17".`;
    yield { kind: "version", message, detail, path: ["Version"] };
  }
  if (statements.length === 0) {
    yield { kind: "no-statement", message, detail: "There is no statement.", path: ["Statement"] };
  }
  for (const [index, statement] of statements.entries()) {
    const { effect } = statement;
    const path = [...statementPath(index), "Effect"];
    if (effect === undefined) yield { kind: "missing-element", message, detail: "Effect is missing.", path };
    else if (!/^(?:allow|deny)$/i.test(effect)) yield { kind: "effect", message, detail: NO_EFFECT, path };
    for (const [name, opposite] of OPPOSITES) {
      if (elementOf(statement, name) === undefined || elementOf(statement, opposite) === undefined) continue;
      const detail = `${opposite} cannot stand together with ${name}.`;
      yield { kind: "conflicting-elements", message, detail, path: [...statementPath(index), opposite], atName: true };
    }
  }
}

const NO_EFFECT = 'Effect must be "Allow" or "Deny".';

/** An effect that differs from AWS's spelling in case only. */
export function* effectsInOtherCase({ statements }: PolicyStructure, message: string): Iterable<Finding> {
  for (const [index, { effect }] of statements.entries()) {
    if (effect === "Allow" || effect === "Deny") continue;
    yield { kind: "effect", message, detail: NO_EFFECT, path: [...statementPath(index), "Effect"] };
  }
}

type Listed = "Action" | "Resource" | "Principal";
const OPPOSITES = [
  ["Action", "NotAction"],
  ["Resource", "NotResource"],
  ["Principal", "NotPrincipal"],
] as const;

function elementOf(
  statement: StatementStructure,
  name: Listed | `Not${Listed}`,
): readonly string[] | readonly PrincipalEntry[] | undefined {
  switch (name) {
    case "Action":
      return statement.actions;
    case "NotAction":
      return statement.notActions;
    case "Resource":
      return statement.resources;
    case "NotResource":
      return statement.notResources;
    case "Principal":
      return statement.principals;
    case "NotPrincipal":
      return statement.notPrincipals;
  }
}

export const statementPath = (index: number): Path => ["Statement", index];

/** The actions or resources of a statement (the excepted ones if it names no others), and the element's name. */
function named(statement: StatementStructure, element: "Action" | "Resource") {
  const [own, excepted] =
    element === "Action" ? [statement.actions, statement.notActions] : [statement.resources, statement.notResources];
  return own === undefined && excepted !== undefined
    ? { name: `Not${element}`, values: excepted }
    : { name: element, values: own ?? [] };
}

function* ofEach(
  { statements }: PolicyStructure,
  element: "Action" | "Resource",
  messageFor: (value: string) => string | undefined,
): Iterable<Finding> {
  const kind = element === "Action" ? "action" : "resource";
  for (const [index, statement] of statements.entries()) {
    const { name, values } = named(statement, element);
    for (const [place, value] of values.entries()) {
      const message = messageFor(value);
      if (message === undefined) continue;
      const detail = message === LEGACY ? `${value} is not an ARN of six parts with a service.` : message;
      yield { kind, message, detail, path: [...statementPath(index), name, place] };
    }
  }
}

function* withoutAny(
  { statements }: PolicyStructure,
  element: "Action" | "Resource",
  message: string,
): Iterable<Finding> {
  for (const [index, statement] of statements.entries()) {
    const { name, values } = named(statement, element);
    if (values.length > 0) continue;
    const detail = `There is nothing in ${name}, or no such element.`;
    yield { kind: "missing-element", message, detail, path: [...statementPath(index), name] };
  }
}

function* legacyFindings(policy: PolicyStructure, rules: IdentityRules): Iterable<Finding> {
  if (rules.refusesLoneStatementFirst && policy.loneStatementFirst) {
    const detail = "A Statement that is no list must stand after Version.";
    yield { kind: "statement-before-version", message: LEGACY, detail, path: ["Statement"], atName: true };
  }
  yield* effectsInOtherCase(policy, LEGACY);
  yield* badLiterals(policy, rules.checksLiterals, LEGACY);
}

/** Condition values that their operator cannot read; base64 is checked even if the others are not. */
export function* badLiterals(policy: PolicyStructure, all: boolean, message: string): Iterable<Finding> {
  const variables = hasVariables(policy);
  for (const [index, { conditions }] of policy.statements.entries()) {
    for (const { operator, key, values } of conditions) {
      if (!all && baseOperator(operator) !== "BinaryEquals") continue;
      for (const [place, value] of values.entries()) {
        if (areLiterals(operator, [value], variables)) continue;
        const detail = `${operator} cannot be asked about ${JSON.stringify(value)}.`;
        const path = [...statementPath(index), "Condition", operator, key, place];
        yield { kind: "condition-value", message, detail, path };
      }
    }
  }
}

function* sidFindings(statements: readonly StatementStructure[]): Iterable<Finding> {
  for (const [index, { sid = "" }] of statements.entries()) {
    if (/^[0-9A-Za-z]*$/.test(sid)) continue;
    const message =
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
    yield {
      kind: "sid",
      message,
      detail: "A Sid may have letters and digits only.",
      path: [...statementPath(index), "Sid"],
    };
  }
  yield* repeatedSids(statements, "Statement IDs (SID) in a single policy must be unique.");
}

/** Sids that an earlier statement has; an empty Sid does not count. */
export function* repeatedSids(statements: readonly StatementStructure[], message: string): Iterable<Finding> {
  const known = new Set<string>();
  for (const [index, { sid = "" }] of statements.entries()) {
    if (sid !== "" && known.has(sid)) {
      const detail = `An earlier statement has the Sid ${JSON.stringify(sid)}.`;
      yield { kind: "duplicate-sid", message, detail, path: [...statementPath(index), "Sid"] };
    }
    known.add(sid);
  }
}

function* principalsNotAllowed({ statements }: PolicyStructure): Iterable<Finding> {
  const message = "Policy document should not specify a principal.";
  const detail = "A policy of an identity is about that identity, and names no other.";
  for (const [index, statement] of statements.entries()) {
    for (const name of ["Principal", "NotPrincipal"] as const) {
      if (elementOf(statement, name) === undefined) continue;
      yield { kind: "element-not-allowed", message, detail, path: [...statementPath(index), name], atName: true };
    }
  }
}

const PARTITIONS = /^(?:aws|aws-cn|aws-us-gov|aws-eusc|aws-iso(?:-[bef])?)$/;

const IAM_PATHS =
  "user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, " +
  "saml-provider/, oidc-provider/, report/, access-report/";
// Newer than AWS's text: Service Authorization Reference, "AWS Identity and Access Management".
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

function resourceMessage(resource: string): string | undefined {
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

function actionMessage(action: string): string | undefined {
  if (action === "*") return undefined;
  const parts = action.split(":");
  if (parts.length === 1) return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  if (parts.length > 2) return "Actions/Condition can contain only one colon.";
  return /^[A-Za-z0-9.-]+$/.test(parts[0]!) ? undefined : `Vendor ${parts[0]} is not valid`;
}

const includesAny = (text: string, ...marks: string[]): boolean => marks.some((mark) => text.includes(mark));
