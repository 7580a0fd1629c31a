import { parseNetwork } from "./addresses.ts";
import { type Comparison, accessGranted, accessSet } from "./compare/compare.ts";
import { baseOperator } from "./conditions.ts";
import type { ConditionEntry, PolicyStructure, PrincipalEntry, StatementStructure } from "./structure.ts";
import { structureOf } from "./structure.ts";

/**
 * What the policy of a resource grants to everyone: by Principal `*`, or by NotPrincipal, without a condition that restricts it to fixed
 * accounts, organizations, principals, sources or networks (evidence: access-analyzer-public). Denials count for all of those who are meant:
 * one with conditions only where these except fixed values. `effort` bounds the search, in steps of about a microsecond.
 */
export function publicAccess(document: string, effort: number): Comparison {
  const policy = structureOf(document);
  const open = policy.statements.map((statement) => asForEveryone(statement));
  const granted = accessSet([[{ id: "policy", document: documentOf(policy, open) }]]);
  return accessGranted(granted, { actions: ["*"], resources: ["*"] }, effort);
}

const NOBODY = { Effect: "Deny", Action: "none:None", Resource: "arn:aws:none:::none" };

/** The statements, each in its place, for whoever comes; those that say nothing of everyone deny what does not exist. */
function documentOf({ version }: PolicyStructure, statements: readonly (object | undefined)[]): string {
  return JSON.stringify({ Version: version, Statement: statements.map((statement) => statement ?? NOBODY) });
}

function asForEveryone(statement: StatementStructure): object | undefined {
  const { sid, effect, actions, notActions, resources, notResources, conditions } = statement;
  if (!isForEveryone(statement)) return undefined;
  const isRestricted = conditions.some((condition) => restricts(condition, effect === "Allow"));
  if (effect === "Allow" && isRestricted) return undefined;
  // A denial that excepts fixed values denies everyone else; of others, each condition has to be met.
  const kept = effect === "Allow" ? conditions : conditions.filter((condition) => !restricts(condition, false));
  return {
    ...(sid !== undefined && { Sid: sid }),
    Effect: effect,
    ...(notActions === undefined ? { Action: actions } : { NotAction: notActions }),
    ...resourcesOf(resources, notResources),
    ...(kept.length > 0 && { Condition: conditionOf(kept) }),
  };
}

function resourcesOf(resources: readonly string[] | undefined, notResources: readonly string[] | undefined): object {
  return notResources === undefined ? { Resource: resources ?? "*" } : { NotResource: notResources };
}

function conditionOf(conditions: readonly ConditionEntry[]): object {
  const byOperator: Record<string, Record<string, readonly string[]>> = Object.create(null);
  for (const { operator, key, values } of conditions) (byOperator[operator] ??= Object.create(null))[key] = values;
  return byOperator;
}

function isForEveryone({ effect, principals, notPrincipals }: StatementStructure): boolean {
  // Who is excepted from a denial is somebody in particular.
  if (notPrincipals !== undefined) return true;
  return (principals ?? []).some(isEveryone) || (effect === "Allow" && (principals ?? []).some(isAnyService));
}

const isEveryone = ({ type, value }: PrincipalEntry): boolean => value === "*" && (type ?? "AWS") === "AWS";
const isAnyService = ({ type, value }: PrincipalEntry): boolean => type === "Service" && value === "*";

/** Keys that say who calls, or from where. */
const ACCOUNTS =
  /^(?:aws:(?:sourceaccount|sourceowner|principalaccount)|kms:calleraccount|s3:dataaccesspointaccount)$/i;
const FIXED =
  /^aws:(?:principalorgid|principalorgpaths|sourceorgid|sourceorgpaths|sourcevpc|sourcevpce|userid|vpceaccount|vpceorgid|vpceorgpaths)$/i;
const ARNS = /^(?:aws:(?:sourcearn|principalarn|sourcevpcarn)|s3:dataaccesspointarn)$/i;

/** Whether a condition means fixed values: those it asks for in an Allow, those it excepts in a Deny. */
function restricts({ operator, key, values }: ConditionEntry, positive: boolean): boolean {
  const base = baseOperator(operator) ?? "";
  const isNegated = base.includes("Not");
  if (values.length === 0 || isNegated === positive) return false;
  // An absent key meets both in an Allow; in a Deny it is met, so that those without the key are denied.
  if (positive && (operator.endsWith("IfExists") || operator.startsWith("ForAllValues:"))) return false;
  if (/^aws:sourceip$/i.test(key) && base.endsWith("IpAddress")) return values.every(isNarrow);
  if (!/^(?:String|Arn)/.test(base)) return false;
  if (ACCOUNTS.test(key)) return values.every((value) => /^\d{12}$/.test(value));
  if (ARNS.test(key)) return values.every((value) => /^\d{12}$/.test(value.split(":")[4] ?? ""));
  return FIXED.test(key) && values.every((value) => !/^[*?]/.test(value) && !value.startsWith("${"));
}

/** Networks of at most a 256th of IPv4, or a /32 of IPv6 (evidence: access-analyzer-public). */
function isNarrow(text: string): boolean {
  const network = parseNetwork(text);
  if (network === undefined) return false;
  const { first, last } = network;
  return first.family === 4
    ? first.groups[0]! >> 8 === last.groups[0]! >> 8
    : first.groups[0] === last.groups[0] && first.groups[1] === last.groups[1];
}
