import { MalformedPolicyDocument } from "../handlers/errors.ts";
import { isOperator } from "./conditions.ts";
import { isArray, isObject, type Json, JsonError, type JsonObject, Literal, readJson } from "./json.ts";
import { variableNames } from "./template.ts";

/** A policy's elements as they were written, each list as a list. An absent element is undefined, an empty one is empty. */
export interface PolicyStructure {
  readonly version: string | undefined;
  readonly statements: readonly StatementStructure[];
}

export interface StatementStructure {
  readonly sid: string | undefined;
  readonly effect: string | undefined;
  readonly principals: readonly PrincipalEntry[] | undefined;
  readonly notPrincipals: readonly PrincipalEntry[] | undefined;
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  readonly conditions: readonly ConditionEntry[];
}

/** One principal: `type` is `AWS`, `Service`, `Federated` or `CanonicalUser`, and absent where Principal is a plain text. */
export interface PrincipalEntry {
  readonly type: string | undefined;
  readonly value: string;
}

export interface ConditionEntry {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** What a document is told that is no JSON, and one that is no policy. */
export interface Wording {
  readonly json: string;
  readonly syntax: string;
}

// An indented here-document is refused with a text of its own (facts: aws-iam 10.1).
const LEADING_BLANKS = "JSON strings must not have leading spaces";

const POLICY_ELEMENTS = new Set(["Version", "Id", "Statement", "Conditions"]);
const STATEMENT_ELEMENTS = new Set(
  "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split(" "),
);

/**
 * Reads what all kinds of policy have in common: JSON, known elements, each of the right type, known condition operators.
 * Throws MalformedPolicyDocument in the kind's own wording. Whether an element is there, and what it says, is left to the
 * kind's grammar.
 */
export function readStructure(text: string, wording: Wording): PolicyStructure {
  if (/^\s/.test(text)) throw MalformedPolicyDocument(LEADING_BLANKS);
  try {
    const policy = object(readJson(text), POLICY_ELEMENTS);
    optionalText(policy.get("Id"));
    const statements = policy.get("Statement") ?? [];
    return {
      version: optionalText(policy.get("Version")),
      statements: (isArray(statements) ? statements : [statements]).map(statementOf),
    };
  } catch (error) {
    if (error instanceof JsonError) throw MalformedPolicyDocument(wording.json);
    if (error instanceof StructureError) throw MalformedPolicyDocument(wording.syntax);
    throw error;
  }
}

class StructureError extends Error {}

export const VERSION_2012 = "2012-10-17";
export const VERSION_2008 = "2008-10-17";

/** Whether `${…}` is a variable in the policy; in the older version it is plain text. */
export const hasVariables = ({ version }: PolicyStructure): boolean => version === VERSION_2012;

/**
 * The names of condition keys and of variables (also `*`, `?` and `$`) that a policy mentions, as spelt, once each; actions
 * and principals have no variables (facts: aws-more 5.4, 9.12).
 */
export function mentionedKeys(policy: PolicyStructure): string[] {
  const inText = (text: string) => (hasVariables(policy) ? variableNames(text) : []);
  const keys = policy.statements.flatMap(({ conditions, resources, notResources }) => [
    ...(resources ?? notResources ?? []).flatMap(inText),
    ...conditions.flatMap(({ key, values }) => [key, ...values.flatMap(inText)]),
  ]);
  return [...new Set(keys)];
}

function statementOf(json: Json): StatementStructure {
  const statement = object(json, STATEMENT_ELEMENTS);
  return {
    sid: optionalText(statement.get("Sid")),
    effect: optionalText(statement.get("Effect")),
    principals: principalsOf(statement.get("Principal")),
    notPrincipals: principalsOf(statement.get("NotPrincipal")),
    actions: optionalTexts(statement.get("Action")),
    notActions: optionalTexts(statement.get("NotAction")),
    resources: optionalTexts(statement.get("Resource")),
    notResources: optionalTexts(statement.get("NotResource")),
    conditions: conditionsOf(statement.get("Condition")),
  };
}

function principalsOf(json: Json | undefined): PrincipalEntry[] | undefined {
  if (json === undefined) return undefined;
  if (typeof json === "string") return [{ type: undefined, value: json }];
  return [...object(json)].flatMap(([type, values]) => texts(values).map((value) => ({ type, value })));
}

function conditionsOf(json: Json | undefined): ConditionEntry[] {
  if (json === undefined) return [];
  return [...object(json)].flatMap(([operator, keys]) => {
    const entries = [...object(keys)];
    // An operator without keys asks for nothing, and may have any name (facts: aws-iam 10.1).
    if (entries.length > 0 && !isOperator(operator)) throw new StructureError();
    return entries.map(([key, values]) => ({ operator, key, values: conditionValues(values) }));
  });
}

/** Condition values may also be numbers and Booleans: grammar of the IAM JSON policy language. */
function conditionValues(json: Json): string[] {
  return (isArray(json) ? json : [json]).map((value) =>
    value instanceof Literal && value.text !== "null" ? value.text : requiredText(value),
  );
}

function object(json: Json, names?: ReadonlySet<string>): JsonObject {
  if (!isObject(json)) throw new StructureError();
  if (names !== undefined) for (const name of json.keys()) if (!names.has(name)) throw new StructureError();
  return json;
}

const texts = (json: Json): string[] => (isArray(json) ? json : [json]).map(requiredText);
const optionalTexts = (json: Json | undefined) => (json === undefined ? undefined : texts(json));
const optionalText = (json: Json | undefined) => (json === undefined ? undefined : requiredText(json));

function requiredText(json: Json): string {
  if (typeof json !== "string") throw new StructureError();
  return json;
}
