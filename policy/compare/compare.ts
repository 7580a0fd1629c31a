import { KeyLookup } from "../keys.ts";
import { actionName, ActionList } from "../match.ts";
import type { Access, AccessExample, Comparison } from "./access.ts";
import { type AccessSet, accessSet, type ComparedStatement } from "./access-set.ts";
import {
  type ActionSet,
  actionsOf,
  isEmptySet,
  isSameSet,
  namesIn,
  partsOf,
  unlistedActions,
} from "./action-classes.ts";
import type { Budget } from "./automaton.ts";
import { type CallerClass, callerClasses, isAbout } from "./callers.ts";
import { Gains } from "./gains.ts";

export type { Access, AccessExample, Comparison, StatementReference } from "./access.ts";
export { accessSet, type AccessSet, isAllowed } from "./access-set.ts";

/** Steps of search for all questions of a comparison together; about a microsecond each. */
const EFFORT = 2_000_000;
/** Nothing is allowed. */
export const NO_ACCESS: AccessSet = { levels: [[]], denies: [], statements: [] };

/**
 * The access that `after` gives and `before` does not. What is in neither list was shown not to be added, for all actions of
 * AWS's service reference, those that the policies name, and an example of each kind of other names; condition keys are taken
 * to be independent of each other, and of action and resource. What is in `added` is true by the engine: each has an example.
 */
export function accessAdded(before: AccessSet, after: AccessSet, effort = EFFORT): Comparison {
  const comparer = new Comparer(before, after, { left: effort });
  return comparer.compare();
}

/** Which of these actions on these resources (ARNs with wildcards) the policies allow, to anyone, under any conditions. */
export function accessGranted(
  access: AccessSet,
  asked: { readonly actions: readonly string[]; readonly resources: readonly string[] },
  effort = EFFORT,
): Comparison {
  const Statement = [{ Effect: "Allow", Action: asked.actions, Resource: asked.resources }];
  const document = JSON.stringify({ Version: "2008-10-17", Statement });
  const limit = accessSet([[{ id: "what is asked", document }]]);
  const within = {
    levels: [...access.levels, ...limit.levels],
    denies: access.denies,
    statements: [...access.statements, ...limit.statements],
  };
  return accessAdded(NO_ACCESS, within, effort);
}

/** Resources of a statement and the actions of which something was found. */
interface Group {
  readonly resources: readonly string[];
  readonly example: AccessExample | undefined;
  readonly listed: ActionSet[];
  readonly unlisted: string[];
}

class Comparer {
  readonly #after: AccessSet;
  readonly #all: readonly ComparedStatement[];
  readonly #callers: readonly CallerClass[];
  readonly #unlisted: readonly string[];
  readonly #gains: Gains;
  readonly #added: Access[] = [];
  readonly #undecided: Access[] = [];

  constructor(before: AccessSet, after: AccessSet, budget: Budget) {
    this.#after = after;
    this.#all = [...before.statements, ...after.statements];
    this.#gains = new Gains(before, after, budget);
    const isSame = this.#mayGain().length === 0;
    this.#callers = isSame
      ? []
      : callerClasses(
          this.#all.map(({ structure }) => structure),
          this.#all.map(({ compiled }) => compiled),
        );
    const patterns = this.#all.flatMap(
      ({ structure: { actions, notActions } }) => actions ?? ["*", ...(notActions ?? [])],
    );
    this.#unlisted = isSame ? [] : unlistedActions(patterns, this.#gains.reader, budget);
  }

  compare(): Comparison {
    for (const statement of this.#mayGain()) {
      for (const callers of this.#callers) {
        if (isAbout(statement.compiled, callers.caller)) this.#compareStatement(statement, callers);
      }
    }
    return { added: this.#added, undecided: this.#undecided };
  }

  #mayGain(): readonly ComparedStatement[] {
    return (this.#after.levels[0] ?? []).filter((statement) => this.#gains.isPossible(statement));
  }

  #compareStatement(statement: ComparedStatement, callers: CallerClass): void {
    const about = this.#all.filter(({ compiled }) => isAbout(compiled, callers.caller));
    const parts = partsOf(
      statement.actions(),
      about.map((other) => other.actions()),
    );
    const added = new Map<string, Group>();
    const undecided = new Map<string, Group>();
    const examine = (action: string, isListed: boolean, collect: (group: Group) => void) => {
      const { gained, open } = this.#gains.of(statement, action, callers.caller);
      for (const [groups, found] of [
        [added, gained],
        [undecided, open],
      ] as const) {
        if (found.resources.length > 0) collect(groupOf(groups, found, isListed));
      }
    };
    for (const part of parts) examine(namesIn(part)[0]!, true, ({ listed }) => listed.push(part));
    for (const action of this.#unlisted) {
      if (statement.hasAction(action)) examine(action, false, ({ unlisted }) => unlisted.push(action));
    }
    for (const [groups, found] of [
      [added, this.#added],
      [undecided, this.#undecided],
    ] as const) {
      found.push(...withoutRepetition([...groups.values()].flatMap((group) => accessesOf(statement, callers, group))));
    }
  }
}

/** Where a pattern is told with all that it means, it need not be told of what it may come to mean. */
function withoutRepetition(accesses: readonly Access[]): Access[] {
  const told = (unlisted: Access) => (other: Access) =>
    !other.unlisted &&
    other.resources.join() === unlisted.resources.join() &&
    unlisted.actions.every((action) => other.actions.includes(action));
  return accesses.filter((access) => !access.unlisted || !accesses.some(told(access)));
}

function groupOf(
  groups: Map<string, Group>,
  found: { resources: readonly string[]; example: AccessExample | undefined },
  isListed: boolean,
): Group {
  const name = JSON.stringify([isListed, found.resources]);
  let group = groups.get(name);
  if (group === undefined) groups.set(name, (group = { ...found, listed: [], unlisted: [] }));
  return group;
}

function accessesOf(statement: ComparedStatement, callers: CallerClass, group: Group): Access[] {
  const { policy, index, structure } = statement;
  const common = {
    statement: { policy, index, sid: structure.sid },
    resources: group.resources,
    conditions: structure.conditions,
    callers: callers.names,
    ...(group.example && { example: group.example }),
  };
  const patterns = structure.actions ?? ["*"];
  const listed = union(group.listed);
  const isAll = structure.actions === undefined && listed !== undefined && isSameSet(listed, statement.actions());
  if (isAll) return [{ ...common, actions: [`not ${(structure.notActions ?? []).join(", ")}`] }];
  const names = listed === undefined ? [] : shortest(listed, patterns);
  const isNamed = (action: string) => patterns.some((pattern) => pattern.toLowerCase() === action);
  names.push(...patterns.filter((pattern) => group.unlisted.includes(pattern.toLowerCase())));
  const beyond = group.unlisted.filter((action) => !isNamed(action) && !has(names, action));
  const further = patterns.filter((pattern) => beyond.some((action) => has([pattern], action)));
  return [
    ...(names.length > 0 ? [{ ...common, actions: names }] : []),
    ...(further.length > 0 ? [{ ...common, actions: further, unlisted: true as const }] : []),
  ];
}

const has = (patterns: readonly string[], action: string): boolean =>
  new ActionList(patterns).has(actionName(action), new KeyLookup({}));

function union(sets: readonly ActionSet[]): ActionSet | undefined {
  return sets.length === 0 ? undefined : sets.reduce((all, set) => all.map((bits, i) => bits | set[i]!));
}

/** Names for a set of actions: the given patterns that lie within it, whole services, and single actions. */
function shortest(set: ActionSet, patterns: readonly string[]): string[] {
  const names: string[] = [];
  let rest = set;
  const take = (pattern: string): void => {
    const meant = actionsOf(pattern);
    if (isEmptySet(meant) || meant.some((bits, i) => (bits & ~set[i]!) !== 0)) return;
    if (meant.every((bits, i) => (bits & rest[i]!) === 0)) return;
    names.push(pattern);
    rest = rest.map((bits, i) => bits & ~meant[i]!);
  };
  for (const pattern of ["*", ...patterns]) take(pattern);
  const services = new Set(namesIn(rest).map((name) => name.slice(0, name.indexOf(":"))));
  for (const service of services) take(`${service}:*`);
  return [...names, ...namesIn(rest)];
}
