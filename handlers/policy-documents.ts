import { contextKeysOf, type PolicyKind, readPolicy } from "../policy/document.ts";
import type { Fault } from "../policy/faults.ts";
import { SYNTAX_ERRORS } from "../policy/identity-grammar.ts";
import { type PolicyStructure, structureFault } from "../policy/structure.ts";
import { invalidPrincipalText } from "../policy/trust-grammar.ts";
import { InvalidInput, MalformedPolicyDocument, type WireError } from "./errors.ts";

/**
 * Checks a document that is to be stored or used. Throws MalformedPolicyDocument with AWS's message for its first
 * fault.
 */
export function parsePolicy(text: string, kind: PolicyKind): PolicyStructure {
  return parseOr(MalformedPolicyDocument, text, kind);
}

/** The same for operations whose only error for documents is InvalidInput; its text in this case is not known. */
export function parseInputPolicy(text: string, kind: PolicyKind): PolicyStructure {
  return parseOr(InvalidInput, text, kind);
}

function parseOr(error: typeof InvalidInput, text: string, kind: PolicyKind): PolicyStructure {
  const { structure, fault } = readPolicy(text, kind);
  if (fault) throw error(fault.message, detailOf(fault));
  return structure;
}

/** Refuses a document that does not have the structure of a policy; other faults pass. */
export function checkStructure(text: string): void {
  const fault = structureFault(text);
  if (fault !== undefined) throw MalformedPolicyDocument(SYNTAX_ERRORS, fault);
}

/** What the trail says of a fault: `Statement[0].Action (line 3, column 17): …`. */
export function detailOf({ path, start, detail }: Fault): string {
  return `${path === "" ? "The document" : path} (line ${start.line}, column ${start.column}): ${detail}`;
}

/** The condition keys and variables that a document mentions. Throws InvalidInput if it cannot be read. */
export function contextKeysIn(text: string): string[] {
  const keys = contextKeysOf(text);
  if (keys === undefined) throw InvalidInput(SYNTAX_ERRORS);
  return keys;
}

/** The error for a principal that does not exist; `type` is in capitals, as in `"AWS":"arn:…"` and `"SERVICE":"…"`. */
export const invalidPrincipal = (type: "AWS" | "SERVICE", value: string): WireError =>
  MalformedPolicyDocument(invalidPrincipalText(type, value));
