import { InvalidInput, MalformedPolicyDocument, WireError } from "../handlers/errors.ts";
import { CONTROL_WORDING, resourceControlFault, serviceControlFault } from "./control-grammar.ts";
import { hasBadLiterals, identityFault, IDENTITY_WORDING, isWellFormed, SYNTAX_ERRORS } from "./identity-grammar.ts";
import { isArray, isObject, type Json, readJson, type Spans } from "./json.ts";
import { mentionedKeys, type PolicyStructure, readStructure, type Wording } from "./structure.ts";
import { entityPrincipals, invalidPrincipalText, TRUST_WORDING, trustFault } from "./trust-grammar.ts";

/**
 * What a document is to be: `identity` (managed policies), `inline` (the same, but any Version or none), `boundary`,
 * `trust` (of a role), `session` (also what the simulator takes), `resource` (any other resource), `scp`, `rcp`.
 */
export type PolicyKind = "identity" | "inline" | "boundary" | "trust" | "session" | "resource" | "scp" | "rcp";

interface Grammar {
  readonly wording: Wording;
  /** The message for the first rule that the policy breaks. */
  fault(policy: PolicyStructure): string | undefined;
}

const identity = (needsVersion2012: boolean, checksLiterals: boolean): Grammar => ({
  wording: IDENTITY_WORDING,
  fault: (policy) => identityFault(policy, { needsVersion2012, checksLiterals }),
});

const GRAMMARS: Readonly<Record<PolicyKind, Grammar>> = {
  identity: identity(true, true),
  inline: identity(false, true),
  boundary: identity(true, true),
  session: identity(false, false),
  trust: { wording: TRUST_WORDING, fault: trustFault },
  resource: { wording: IDENTITY_WORDING, fault: resourcePolicyFault },
  scp: { wording: CONTROL_WORDING, fault: serviceControlFault },
  rcp: { wording: CONTROL_WORDING, fault: resourceControlFault },
};

/** Checks a document that is to be stored or used. Throws MalformedPolicyDocument with AWS's message. */
export function parsePolicy(text: string, kind: PolicyKind): PolicyStructure {
  const grammar = GRAMMARS[kind];
  const policy = readStructure(text, grammar.wording);
  const message = grammar.fault(policy);
  if (message !== undefined) throw MalformedPolicyDocument(message);
  return policy;
}

/** The same for operations that have no error for documents but InvalidInput; its text in this case is not known. */
export function parseInputPolicy(text: string, kind: PolicyKind): PolicyStructure {
  try {
    return parsePolicy(text, kind);
  } catch (error) {
    throw error instanceof WireError ? InvalidInput(error.wireMessage) : error;
  }
}

/** The policy of a resource that is no role, as the simulator takes it: malformed literals are left to the evaluation. */
function resourcePolicyFault(policy: PolicyStructure): string | undefined {
  if (!isWellFormed(policy) || hasBadLiterals(policy, false)) return SYNTAX_ERRORS;
  return policy.statements.every(({ principals, notPrincipals }) => (principals ?? notPrincipals ?? []).length > 0)
    ? undefined
    : "Missing required field Principal";
}

/** What AWS's size quotas count: the characters that are no white space (IAM User Guide, "IAM and STS quotas"). */
export function policySize(text: string): number {
  return text.replace(/\s+/g, "").length;
}

/**
 * The principals of a valid trust policy that IAM resolves when it stores the policy: ARNs and unique ids of users and
 * roles, as written, once each. Those that do not exist are refused (`invalidPrincipal`), the others bound to unique ids.
 */
export function namedPrincipals(text: string): string[] {
  return entityPrincipals(readStructure(text, TRUST_WORDING));
}

/** The error for a principal that does not exist; `type` is in capitals, as in `"AWS":"arn:…"` and `"SERVICE":"…"`. */
export function invalidPrincipal(type: "AWS" | "SERVICE", value: string): WireError {
  return MalformedPolicyDocument(invalidPrincipalText(type, value));
}

/**
 * The condition keys and variables that a document mentions, as spelt, once each, in order; an incomplete document will
 * do (facts: aws-more 5.4, 9.12). Throws InvalidInput for what is no JSON, unknown elements or operators, or no Effect.
 */
export function contextKeysOf(text: string): string[] {
  return mentionedKeys(lenient(text));
}

function lenient(text: string): PolicyStructure {
  try {
    const policy = readStructure(text, IDENTITY_WORDING);
    if (policy.statements.every(({ effect }) => effect !== undefined)) return policy;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  throw InvalidInput(SYNTAX_ERRORS);
}

/** A place in a text; both count from 1, columns in UTF-16 units. */
export interface Position {
  readonly Line: number;
  readonly Column: number;
}

/**
 * Where each statement of a valid document stands, as the simulator reports it: from just after the token before it
 * (for a single statement without a list: just after its brace) to just after its closing brace (facts: aws-more 4.1, 13.1).
 */
export function statementPositions(text: string): { Start: Position; End: Position }[] {
  const spans: Spans = new Map();
  const policy = readJson(text, spans);
  const statements = isObject(policy) ? policy.get("Statement") : undefined;
  if (statements === undefined) return [];
  const startOf = (json: Json) => spans.get(json)![0];
  const endOf = (json: Json) => spans.get(json)![1];
  const list = isArray(statements) ? statements : [statements];
  const position = positionsIn(text);
  return list.map((statement, index) => ({
    Start: position(index === 0 ? startOf(statements) + 1 : endOf(list[index - 1]!)),
    End: position(endOf(statement)),
  }));
}

/** Turns offsets, which must not decrease from call to call, into positions; CR LF is one line break. */
function positionsIn(text: string): (offset: number) => Position {
  const lineStarts = [0, ...Array.from(text.matchAll(/\r\n|\n|\r/g), (match) => match.index + match[0].length)];
  let line = 0;
  return (offset) => {
    while (lineStarts[line + 1]! <= offset) line++;
    return { Line: line + 1, Column: offset - lineStarts[line]! + 1 };
  };
}
