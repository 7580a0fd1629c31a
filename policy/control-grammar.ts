import { referencedService } from "../catalog/service-reference.ts";
import type { Finding } from "./faults.ts";
import { badLiterals, formFindings, identityFindings, statementPath } from "./identity-grammar.ts";
import type { PolicyStructure, PrincipalEntry, StatementStructure } from "./structure.ts";

/** AWS Organizations has one text for all faults of its policies. */
export const NOT_OF_TYPE = "The provided policy document does not meet the requirements of the specified policy type.";

/** The faults of a service control policy, which uses the language of identity policies. */
export function* serviceControlFindings(policy: PolicyStructure): Iterable<Finding> {
  for (const finding of identityFindings(policy, { needsVersion2012: true, checksLiterals: true })) {
    yield { ...finding, message: NOT_OF_TYPE };
  }
}

/**
 * The faults of a resource control policy, which may only deny: to everyone, named actions of the services that take
 * part (evidence: rcp-rules).
 */
export function* resourceControlFindings(policy: PolicyStructure): Iterable<Finding> {
  for (const finding of formFindings(policy)) yield { ...finding, message: NOT_OF_TYPE };
  yield* badLiterals(policy, true, NOT_OF_TYPE);
  for (const [index, statement] of policy.statements.entries()) {
    for (const finding of statementFindings(statement)) {
      yield { ...finding, message: NOT_OF_TYPE, path: [...statementPath(index), ...finding.path] };
    }
  }
}

function* statementFindings(statement: StatementStructure): Iterable<Finding> {
  const { effect, principals, actions = [], notActions, resources, notResources } = statement;
  if (effect !== "Deny") yield { kind: "effect", detail: 'Effect must be "Deny".', path: ["Effect"] };
  if (!isEveryone(principals)) yield { kind: "principal", detail: 'Principal must be "*".', path: ["Principal"] };
  if (notActions !== undefined) {
    const detail = "What is denied is named by Action alone.";
    yield { kind: "element-not-allowed", detail, path: ["NotAction"], atName: true };
  } else if (actions.length === 0) {
    yield { kind: "missing-element", detail: "There are no actions.", path: ["Action"] };
  }
  for (const [place, action] of actions.entries()) {
    if (isUnderResourceControl(action)) continue;
    const detail = "Actions must be of one service that takes part in resource control policies.";
    yield { kind: "action", detail, path: ["Action", place] };
  }
  if ((resources ?? notResources ?? []).length === 0) {
    yield { kind: "missing-element", detail: "There are no resources.", path: ["Resource"] };
  }
}

/** Whether resource control policies cover the service of an action or action pattern. */
function isUnderResourceControl(action: string): boolean {
  const [, service = ""] = /^([^:]+):[^:]+$/.exec(action) ?? [];
  return referencedService(service.toLowerCase())?.resourceControl ?? false;
}

function isEveryone(principals: readonly PrincipalEntry[] | undefined): boolean {
  return principals?.length === 1 && principals.every(({ type, value }) => value === "*" && (type ?? "AWS") === "AWS");
}
