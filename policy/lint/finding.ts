import type { Json, Path, Span } from "../json.ts";
import type { PolicyKind } from "../document.ts";
import { hasVariables, type PolicyStructure, type StatementStructure } from "../structure.ts";
import { CHECKS, type Code } from "./checks.ts";

/** What a rule finds in a document. */
export interface LintFinding {
  readonly code: Code;
  readonly message: string;
  /** The element; of one that is absent, where it would be. Each statement counts as one of a list. */
  readonly path: Path;
  /** Of a condition key, operator or element its name is meant. */
  readonly atName?: true;
  /** Where the document's JSON tree does not tell. */
  readonly span?: Span;
  /** What IAM answers, where it refuses the document for this. */
  readonly refusal?: string;
}

/** A document as the rules see it. */
export interface Subject {
  readonly kind: PolicyKind;
  /** CloudFormation's name of what a resource policy is for, such as `AWS::S3::Bucket`. */
  readonly resourceType: string | undefined;
  readonly text: string;
  readonly json: Json;
  readonly policy: PolicyStructure;
  readonly variables: boolean;
}

/** A statement with its place. */
export interface Placed {
  readonly statement: StatementStructure;
  readonly path: Path;
}

export const subjectOf = (
  text: string,
  json: Json,
  policy: PolicyStructure,
  kind: PolicyKind,
  resourceType: string | undefined,
): Subject => ({ kind, resourceType, text, json, policy, variables: hasVariables(policy) });

export const placedStatements = ({ policy }: Subject): Placed[] =>
  policy.statements.map((statement, index) => ({ statement, path: ["Statement", index] }));

type Values = Readonly<Record<string, string | number>>;

/** A finding of a check, its text filled in; `hint` follows the text. */
export function found(
  code: Code,
  path: Path,
  values: Values = {},
  more: Pick<LintFinding, "atName" | "span"> & { readonly hint?: string | undefined } = {},
): LintFinding {
  const { hint, ...place } = more;
  const text = CHECKS[code].text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return { code, message: hint === undefined ? text : `${text} ${hint}`, path, ...place };
}

/** The kinds of policy that belong to identities and say nothing of principals. */
export const isIdentityKind = (kind: PolicyKind): boolean =>
  ["identity", "inline", "boundary", "session", "simulated", "scp"].includes(kind);
