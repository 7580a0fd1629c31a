import { compile, type CompiledStatement } from "../compile.ts";
import { type AccessRequest, type PolicySource, subjectOf } from "../evaluate.ts";
import { KeyLookup } from "../keys.ts";
import { actionName, ActionList } from "../match.ts";
import { hasVariables, type StatementStructure, structureOf } from "../structure.ts";
import { type ActionSet, actionsOfList } from "./action-classes.ts";
import { isAbout } from "./callers.ts";

/**
 * What policies allow together: each level must allow, by one of its documents, and a deny in any of them denies. Identity
 * policies are one level, a boundary is another, and so is each level of an organization.
 */
export interface AccessSet {
  readonly levels: readonly (readonly ComparedStatement[])[];
  readonly denies: readonly ComparedStatement[];
  readonly statements: readonly ComparedStatement[];
}

export interface ComparedStatement {
  /** The id of the document. */
  readonly policy: string;
  /** Place in the document, from 0. */
  readonly index: number;
  readonly structure: StatementStructure;
  readonly compiled: CompiledStatement;
  readonly variables: boolean;
  /** The same for statements that say the same in the same way. */
  readonly meaning: string;
  /** The actions of AWS's service reference that it is about. */
  actions(): ActionSet;
  hasAction(action: string): boolean;
}

/** Throws NoPolicy for a document that is none. */
export function accessSet(levels: readonly (readonly PolicySource[])[]): AccessSet {
  const read = levels.map((sources) => sources.flatMap(statementsOf));
  const statements = read.flat();
  const isDeny = ({ compiled }: ComparedStatement) => compiled.effect === "Deny";
  return {
    levels: read.map((level) => level.filter((statement) => !isDeny(statement))),
    denies: statements.filter(isDeny),
    statements,
  };
}

function statementsOf({ id, document }: PolicySource): ComparedStatement[] {
  const policy = structureOf(document);
  const variables = hasVariables(policy);
  const { statements } = compile(document);
  return policy.statements.map((structure, index) => {
    const { sid: _, ...said } = structure;
    const list = new ActionList(structure.actions ?? structure.notActions ?? []);
    const isExcept = structure.actions === undefined && structure.notActions !== undefined;
    let actions: ActionSet | undefined;
    return {
      policy: id,
      index,
      structure,
      compiled: statements[index]!,
      variables,
      meaning: JSON.stringify([variables, said]),
      actions: () => (actions ??= actionsOfList(structure.actions ?? structure.notActions ?? [], isExcept)),
      hasAction: (action) => list.has(actionName(action), NO_KEYS) !== isExcept,
    };
  });
}

const NO_KEYS = new KeyLookup({});

/** Whether the policies allow a request, as the engine decides. */
export function isAllowed({ levels, denies }: AccessSet, request: AccessRequest): boolean {
  const subject = subjectOf(request);
  const applies = ({ compiled }: ComparedStatement) =>
    isAbout(compiled, request.principal) && compiled.covers(subject) && compiled.isMet(subject);
  return !denies.some(applies) && levels.every((level) => level.some(applies));
}
