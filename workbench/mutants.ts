import {
  structureOf,
  type PolicyStructure,
  type PrincipalEntry,
  type StatementStructure,
} from "../policy/structure.ts";

/** A policy with one statement weakened. */
export interface Mutant {
  /** Place of the statement in the document, from 0. */
  readonly index: number;
  /** What was done, such as `without the condition Bool aws:MultiFactorAuthPresent`. */
  readonly change: string;
  /** The way in the document to what was changed. */
  readonly path: readonly (string | number)[];
  readonly document: string;
}

interface Change {
  readonly change: string;
  /** Within the statement. */
  readonly path: readonly (string | number)[];
  /** Nothing where the statement is taken out. */
  readonly statement: StatementStructure | undefined;
}

/**
 * The ways in which one statement could be weaker, or say something else than it does: a condition less, a resource or an
 * action wider, a deny narrower, gone or turned round, a trust policy that trusts anybody.
 */
export function mutantsOf(document: string): Mutant[] {
  const policy = structureOf(document);
  return policy.statements.flatMap((statement, index) =>
    [...changesOf(statement)].map(({ change, path, statement: changed }) => ({
      index,
      change,
      path: ["Statement", index, ...path],
      document: written({
        ...policy,
        statements: policy.statements.flatMap((other, at) => (at !== index ? [other] : (changed ?? []))),
      }),
    })),
  );
}

function* changesOf(statement: StatementStructure): Iterable<Change> {
  for (const [at, { operator, key }] of statement.conditions.entries()) {
    yield {
      change: `without the condition ${operator} ${key}`,
      path: ["Condition", operator, key],
      statement: { ...statement, conditions: statement.conditions.toSpliced(at, 1) },
    };
  }
  if (statement.effect === "Deny") yield* weakerDenies(statement);
  else yield* widerAllows(statement);
}

function* weakerDenies(statement: StatementStructure): Iterable<Change> {
  yield { change: "without the statement", path: [], statement: undefined };
  yield { change: "with Allow for Deny", path: ["Effect"], statement: { ...statement, effect: "Allow" } };
  yield* withoutEach(statement, "actions", "Action");
  yield* withoutEach(statement, "resources", "Resource");
}

function* widerAllows(statement: StatementStructure): Iterable<Change> {
  const { actions = [], resources = [], principals } = statement;
  // A role can do nothing with more actions in its trust policy than those that assume it.
  for (const [at, action] of principals === undefined ? actions.entries() : []) {
    const wider = action.includes(":") ? `${action.slice(0, action.indexOf(":"))}:*` : "*";
    if (action === wider) continue;
    const change = `with ${wider} for ${action}`;
    yield { change, path: ["Action", at], statement: { ...statement, actions: actions.with(at, wider) } };
  }
  for (const [at, resource] of resources.entries()) {
    if (resource === "*") continue;
    const change = `with * for ${resource}`;
    yield { change, path: ["Resource", at], statement: { ...statement, resources: resources.with(at, "*") } };
  }
  yield* withoutEach(statement, "notActions", "NotAction");
  yield* withoutEach(statement, "notResources", "NotResource");
  if (principals !== undefined && !principals.some(isAnyone)) {
    const change = "with Principal * for those that it names";
    yield { change, path: ["Principal"], statement: { ...statement, principals: [ANYONE] } };
  }
}

const ANYONE: PrincipalEntry = { type: undefined, value: "*" };
const isAnyone = ({ type, value }: PrincipalEntry): boolean => value === "*" && (type === undefined || type === "AWS");

type ListName = "actions" | "notActions" | "resources" | "notResources";

/** A list must keep one of its patterns. */
function* withoutEach(statement: StatementStructure, list: ListName, element: string): Iterable<Change> {
  const texts = statement[list] ?? [];
  if (texts.length < 2) return;
  for (const [at, text] of texts.entries()) {
    const change = `without ${text} in ${element}`;
    yield { change, path: [element, at], statement: { ...statement, [list]: texts.toSpliced(at, 1) } };
  }
}

/** The document of a policy. */
function written({ version, statements }: PolicyStructure): string {
  return JSON.stringify({ Version: version, Statement: statements.map(statementWritten) });
}

function statementWritten(statement: StatementStructure): object {
  const { sid, effect, principals, notPrincipals, actions, notActions, resources, notResources, conditions } =
    statement;
  const operators = new Map<string, Record<string, readonly string[]>>();
  for (const { operator, key, values } of conditions) {
    operators.set(operator, { ...operators.get(operator), [key]: values });
  }
  return {
    Sid: sid,
    Effect: effect,
    Principal: principals && principalsWritten(principals),
    NotPrincipal: notPrincipals && principalsWritten(notPrincipals),
    Action: actions,
    NotAction: notActions,
    Resource: resources,
    NotResource: notResources,
    Condition: operators.size === 0 ? undefined : Object.fromEntries(operators),
  };
}

function principalsWritten(entries: readonly PrincipalEntry[]): string | object {
  const types = new Map<string, string[]>();
  for (const { type, value } of entries) {
    if (type === undefined) return value;
    types.set(type, [...(types.get(type) ?? []), value]);
  }
  return Object.fromEntries(types);
}
