import { NOT_OF_TYPE, resourceControlFindings, serviceControlFindings } from "./control-grammar.ts";
import { type Fault, faultsOf, type Finding, withoutFollowUps } from "./faults.ts";
import {
  badLiterals,
  effectsInOtherCase,
  formFindings,
  identityFindings,
  type IdentityRules,
  LEGACY,
  statementPath,
  SYNTAX_ERRORS,
} from "./identity-grammar.ts";
import { readJson } from "./json.ts";
import { jsonDetail, parserMessage } from "./json-messages.ts";
import { INVALID_SYNTAX, NOT_JSON, resourcePolicyFindings } from "./resource-grammar.ts";
import { mentionedKeys, type PolicyStructure, readStructure } from "./structure.ts";
import { SYNTAX_ERROR, trustFindings } from "./trust-grammar.ts";

/**
 * The purpose of a document: `identity` (managed policies), `inline` (the same, but with any Version or none),
 * `boundary`, `trust` (of a role), `session`, `resource` (any other resource), `scp`, `rcp`; or `simulated` and
 * `simulated-resource`, the policies of identities and resources that the simulator accepts.
 */
export type PolicyKind =
  | "identity"
  | "inline"
  | "boundary"
  | "trust"
  | "session"
  | "resource"
  | "scp"
  | "rcp"
  | "simulated"
  | "simulated-resource";

interface Grammar {
  /** The message for a text that is not JSON. */
  readonly json: string | typeof parserMessage;
  /** The message for JSON that does not have a policy's structure. */
  readonly structure: string;
  /** The message for a text that begins with white space; absent if it may. */
  readonly leadingBlanks?: string | undefined;
  /** Whether the message for a text that is not JSON comes first, even if the text begins with white space. */
  readonly jsonBeforeBlanks?: true;
  findings(policy: PolicyStructure): Iterable<Finding>;
}

// An indented here-document is refused with its own text (evidence: document-other-texts).
const LEADING_BLANKS = "JSON strings must not have leading spaces";

const identity = (rules: IdentityRules): Grammar => ({
  json: SYNTAX_ERRORS,
  structure: SYNTAX_ERRORS,
  leadingBlanks: LEADING_BLANKS,
  findings: (policy) => identityFindings(policy, rules),
});

const organization = (findings: Grammar["findings"]): Grammar => ({
  json: NOT_OF_TYPE,
  structure: NOT_OF_TYPE,
  leadingBlanks: LEADING_BLANKS,
  findings,
});

const MANAGED = identity({ needsVersion2012: true, checksLiterals: true });
const SESSION = identity({ checksLiterals: false });
const RESOURCE: Grammar = { ...SESSION, findings: resourceFindings };

const GRAMMARS: Readonly<Record<PolicyKind, Grammar>> = {
  identity: MANAGED,
  // evidence: inline-policy-leading-blanks, inline-policy-lone-statement-before-version
  inline: { ...identity({ checksLiterals: true, refusesLoneStatementFirst: true }), leadingBlanks: LEGACY },
  boundary: MANAGED,
  trust: {
    json: "This policy contains invalid Json",
    structure: SYNTAX_ERROR,
    leadingBlanks: LEADING_BLANKS,
    // evidence: trust-policy-json-before-blanks
    jsonBeforeBlanks: true,
    findings: trustFindings,
  },
  // evidence: session-policy-parser-message
  session: { ...SESSION, json: parserMessage },
  resource: RESOURCE,
  scp: organization(serviceControlFindings),
  rcp: organization(resourceControlFindings),
  // evidence: simulator-takes-leading-blanks
  simulated: { ...SESSION, leadingBlanks: undefined },
  "simulated-resource": { ...RESOURCE, leadingBlanks: undefined },
};

/** A document, as far as it could be read. */
export interface CheckedPolicy {
  /** Absent unless the text is JSON. An element of the wrong type, which is then among the faults, is empty here. */
  readonly structure: PolicyStructure | undefined;
  /** All faults, in AWS's order: AWS answers the first. Faults that merely follow from another one are left out. */
  readonly faults: readonly Fault[];
}

/** Checks a document and finds all its faults. */
export function checkPolicy(text: string, kind: PolicyKind): CheckedPolicy {
  const { structure, findings, toFault } = examine(text, GRAMMARS[kind]);
  return { structure, faults: Array.from(findings, toFault) };
}

/** The content of a document, or its first fault, which is AWS's answer. */
export type PolicyOrFault =
  | { readonly structure: PolicyStructure; readonly fault?: undefined }
  | { readonly structure?: undefined; readonly fault: Fault };

/** Reads a document that is to be stored or used; stops at the first fault. */
export function readPolicy(text: string, kind: PolicyKind): PolicyOrFault {
  return firstFault(examine(text, GRAMMARS[kind]));
}

/**
 * Reads the policy of a resource of another service, such as `sqs`, or of the bucket of a name; looks no further than the first
 * fault. Faults are in the words of S3.
 */
export function readResourcePolicy(text: string, service: string, bucket?: string): PolicyOrFault {
  return firstFault(
    examine(text, {
      json: NOT_JSON,
      structure: INVALID_SYNTAX,
      leadingBlanks: NOT_JSON,
      findings: (policy) => resourcePolicyFindings(policy, service, bucket),
    }),
  );
}

function firstFault({ structure, findings, toFault }: ReturnType<typeof examine>): PolicyOrFault {
  for (const finding of findings) return { fault: toFault(finding) };
  return { structure: structure! };
}

function examine(text: string, grammar: Grammar) {
  const json = readJson(text);
  const built = json.json && readStructure(json.json);
  return {
    structure: built?.structure,
    findings: findingsIn(text, grammar, json, built),
    toFault: faultsOf(text, json, grammar.structure),
  };
}

function* findingsIn(
  text: string,
  grammar: Grammar,
  { faults }: ReturnType<typeof readJson>,
  built: ReturnType<typeof readStructure> | undefined,
): Iterable<Finding> {
  const { json, leadingBlanks, jsonBeforeBlanks = false } = grammar;
  const blanks = leadingBlanks === undefined ? 0 : text.length - text.trimStart().length;
  const inFront: Finding = {
    kind: "leading-blanks",
    message: leadingBlanks!,
    detail: "The text must begin with the brace.",
    path: [],
    span: { start: 0, end: blanks },
  };
  if (blanks > 0 && !jsonBeforeBlanks) yield inFront;
  for (const fault of faults) {
    const message = typeof json === "string" ? json : json(fault, text);
    yield { kind: fault.kind, message, detail: jsonDetail(fault, text), path: fault.path, span: fault };
  }
  if (blanks > 0 && jsonBeforeBlanks) yield inFront;
  if (built === undefined) return;
  yield* withoutFollowUps(both(built.findings, grammar.findings(built.structure)));
}

function* both(first: Iterable<Finding>, second: Iterable<Finding>): Iterable<Finding> {
  yield* first;
  yield* second;
}

/**
 * The policy of a resource other than a role, as the simulator accepts it: malformed literals are left to the
 * evaluation.
 */
function* resourceFindings(policy: PolicyStructure): Iterable<Finding> {
  yield* formFindings(policy);
  yield* effectsInOtherCase(policy, SYNTAX_ERRORS);
  yield* badLiterals(policy, false, SYNTAX_ERRORS);
  const message = "Missing required field Principal";
  for (const [index, { principals, notPrincipals }] of policy.statements.entries()) {
    if ((principals ?? notPrincipals ?? []).length > 0) continue;
    yield {
      kind: "missing-element",
      message,
      detail: "Principal is missing.",
      path: [...statementPath(index), "Principal"],
    };
  }
}

/** The size that AWS's quotas count: characters that are not white space (IAM User Guide, "IAM and STS quotas"). */
export function policySize(text: string): number {
  return text.replace(/\s+/g, "").length;
}

/**
 * The condition keys and variables that a document mentions, as spelt, once each, in order; the document may be
 * incomplete (evidence: context-keys-listed, context-keys-parser). Undefined if it is not JSON, has unknown elements or
 * operators, or lacks an Effect.
 */
export function contextKeysOf(text: string): string[] | undefined {
  const { json, faults } = readJson(text);
  if (json === undefined || faults.length > 0) return undefined;
  const { structure, findings } = readStructure(json);
  const isReadable = findings.length === 0 && structure.statements.every(({ effect }) => effect !== undefined);
  return isReadable ? mentionedKeys(structure) : undefined;
}
