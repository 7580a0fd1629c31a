import type { RequestPrincipal } from "../match.ts";
import type { AccessExample } from "./access.ts";
import { type AccessSet, type ComparedStatement, isAllowed } from "./access-set.ts";
import { atomOf } from "./atoms.ts";
import type { Budget, Constraint } from "./automaton.ts";
import { isAbout } from "./callers.ts";
import type { Solution } from "./key-values.ts";
import { PatternReader } from "./patterns.ts";
import { answer, type Clause, type Example } from "./question.ts";

/** The resources of a statement on which something is gained, with an example of it. */
export interface Gained {
  readonly resources: readonly string[];
  readonly example: AccessExample | undefined;
}

/** How much of the work left one question may take. */
const SHARE = 100_000;
/** How many ways of being allowed by several levels are looked at; from there on it is undecided. */
const MOST_WAYS = 64;

/** What one set of policies allows by a statement and the other does not, for one action and caller at a time. */
export class Gains {
  readonly reader = new PatternReader();
  readonly #before: AccessSet;
  readonly #after: AccessSet;
  readonly #budget: Budget;
  readonly #clauses = new Map<ComparedStatement, Clause>();
  readonly #meanings: readonly ReadonlySet<string>[];
  readonly #multivalued: ReadonlySet<string>;
  /** Denies of before that are gone; what they denied may be allowed now. */
  readonly #lifted: readonly ComparedStatement[];

  constructor(before: AccessSet, after: AccessSet, budget: Budget) {
    this.#before = before;
    this.#after = after;
    this.#budget = budget;
    this.#meanings = before.levels.map((level) => new Set(level.map(({ meaning }) => meaning)));
    this.#multivalued = multivaluedIn([...before.statements, ...after.statements]);
    const denies = new Set(after.denies.map(({ meaning }) => meaning));
    this.#lifted = before.denies.filter(({ meaning }) => !denies.has(meaning));
  }

  /** Whether the statement may allow something new: false where the other set allows the same by the same words. */
  isPossible(statement: ComparedStatement): boolean {
    if (this.#lifted.length > 0) return true;
    return this.#meanings.some((level) => {
      const isKept = level.has(statement.meaning);
      return !isKept && !this.#after.levels.slice(1).some((other) => other.every(({ meaning }) => level.has(meaning)));
    });
  }

  of(statement: ComparedStatement, action: string, caller: RequestPrincipal): { gained: Gained; open: Gained } {
    const applies = (other: ComparedStatement) => isAbout(other.compiled, caller) && other.hasAction(action);
    const gained: string[] = [];
    const open: string[] = [];
    let example: AccessExample | undefined;
    for (const [name, resources] of this.#resourcesOf(statement)) {
      const found = this.#search({ statement, resources, action, caller, applies });
      if (found === "undecided") open.push(name);
      if (typeof found !== "object") continue;
      gained.push(name);
      example ??= { action, caller, ...found };
    }
    return { gained: { resources: gained, example }, open: { resources: open, example: undefined } };
  }

  #search({ statement, resources, action, caller, applies }: Way): Solution<Example> {
    if (this.#budget.left <= 0) return "undecided";
    const own: Clause = { resources, atoms: this.#clauseOf(statement).atoms };
    const denies = this.#after.denies.filter(applies);
    const ways = waysThrough(this.#after.levels.slice(1).map((level) => level.filter(applies)));
    let isUndecided = ways.length > MOST_WAYS;
    const ask = (must: readonly Clause[], mustNot: readonly ComparedStatement[]): Solution<Example> => {
      const share = { left: Math.min(SHARE, this.#budget.left), multivalued: this.#multivalued };
      const given = share.left;
      const verify = (resource: string, keys: Example["keys"]) => {
        const request = { action, resource, principal: caller, resourceAccount: "", keys };
        return isAllowed(this.#after, request) && !isAllowed(this.#before, request);
      };
      const clauses = distinct(mustNot).map((one) => this.#clauseOf(one));
      const found = answer({ must, mustNot: clauses, reader: this.reader, verify }, share);
      this.#budget.left -= given - share.left;
      isUndecided ||= found === "undecided";
      return found;
    };
    for (const way of ways.slice(0, MOST_WAYS)) {
      const must = [own, ...way.map((one) => this.#clauseOf(one))];
      const meanings = [statement, ...way].map(({ meaning }) => meaning);
      for (const [i, level] of this.#before.levels.entries()) {
        if (meanings.some((meaning) => this.#meanings[i]!.has(meaning))) continue;
        const found = ask(must, [...denies, ...level.filter(applies)]);
        if (typeof found === "object") return found;
      }
      for (const deny of this.#lifted.filter(applies)) {
        const found = ask([...must, this.#clauseOf(deny)], denies);
        if (typeof found === "object") return found;
      }
    }
    return isUndecided ? "undecided" : "none";
  }

  /** Each resource of a statement by itself, so that it can be told which of them gained. */
  #resourcesOf(statement: ComparedStatement): [string, Constraint | undefined][] {
    const { resources, notResources } = statement.structure;
    if (resources === undefined) {
      return [[`not ${(notResources ?? []).join(", ")}`, this.#clauseOf(statement).resources]].map(
        ([name, constraint]) =>
          notResources === undefined
            ? ["the resource that has the policy", undefined]
            : [name as string, constraint as Constraint],
      );
    }
    return [...new Set(resources)].map((resource) => [resource, this.#constraintOf([resource], statement, true)]);
  }

  #clauseOf(statement: ComparedStatement): Clause {
    let clause = this.#clauses.get(statement);
    if (clause === undefined) {
      const { structure, variables, compiled } = statement;
      const { resources, notResources } = structure;
      const listed = resources ?? notResources;
      clause = {
        resources: listed && this.#constraintOf(listed, statement, resources !== undefined),
        atoms: structure.conditions.map((entry) => atomOf(entry, variables, compiled.effect)),
      };
      this.#clauses.set(statement, clause);
    }
    return clause;
  }

  #constraintOf(texts: readonly string[], { variables }: ComparedStatement, fits: boolean): Constraint {
    const patterns = texts.flatMap((text) => {
      const pattern = this.reader.arn(text, variables, true);
      return pattern === undefined ? [] : [pattern];
    });
    return { patterns, fits };
  }
}

/** A key is taken to be multivalued where a policy asks for it with ForAllValues or ForAnyValue. */
function multivaluedIn(statements: readonly ComparedStatement[]): Set<string> {
  const conditions = statements.flatMap(({ structure }) => structure.conditions);
  return new Set(conditions.filter(({ operator }) => operator.includes(":")).map(({ key }) => key.toLowerCase()));
}

interface Way {
  readonly statement: ComparedStatement;
  readonly resources: Constraint | undefined;
  readonly action: string;
  readonly caller: RequestPrincipal;
  readonly applies: (other: ComparedStatement) => boolean;
}

/** One statement of each level, in all combinations, but no more than it takes to see that they are too many. */
function waysThrough(levels: readonly (readonly ComparedStatement[])[]): readonly (readonly ComparedStatement[])[] {
  let ways: (readonly ComparedStatement[])[] = [[]];
  for (const level of levels) {
    ways = ways.flatMap((way) => level.map((statement) => [...way, statement])).slice(0, MOST_WAYS + 1);
  }
  return ways;
}

/** One of those that say the same. */
function distinct(statements: readonly ComparedStatement[]): ComparedStatement[] {
  return [...new Map(statements.map((statement) => [statement.meaning, statement])).values()];
}
