import type { ContextKeys } from "../keys.ts";
import type { Variable } from "../template.ts";
import type { Atom } from "./atoms.ts";
import {
  type Budget,
  type Constraint,
  FIRST_VARIABLE,
  type Found,
  findText,
  freshSymbol,
  meets,
  type Pattern,
} from "./automaton.ts";
import { type Literal, solveKey, type Solution, type Terms } from "./key-values.ts";
import { EVERYTHING, exactly, hasVariable, loosened, type PatternReader } from "./patterns.ts";
import { solveKeys } from "./request-keys.ts";

/** What a statement asks of a request whose action and caller it is about. */
export interface Clause {
  /** Absent where the statement is about every resource. */
  readonly resources: Constraint | undefined;
  readonly atoms: readonly Atom[];
}

/** A request is sought that fits all clauses of `must` and none of `mustNot`. */
export interface Question {
  readonly must: readonly Clause[];
  readonly mustNot: readonly Clause[];
  readonly reader: PatternReader;
  /** Whether the request is one: the engine has the last word. */
  verify(resource: string, keys: ContextKeys): boolean;
}

export interface Example {
  readonly resource: string;
  readonly keys: ContextKeys;
}

const anyPart = { type: "run", colons: false } as const;
/** What requests act on: an ARN, or `*`. */
const RESOURCE: Constraint = {
  fits: true,
  patterns: [
    exactly("*"),
    [
      ...exactly("arn:"),
      ...[1, 2, 3, 4].flatMap((): Pattern => [anyPart, ...exactly(":")]),
      { type: "run", colons: true },
    ],
  ],
};

/** What is left to choose for a clause of `mustNot`: not its resources, or not one of its conditions. */
interface Choice {
  readonly elsewhere: Constraint | undefined;
  readonly unmet: readonly Literal[];
}

/** A request that a question seeks, or `none`, which is shown; `undecided` where neither was found out within the budget. */
export function answer(question: Question, terms: Terms): Solution<Example> {
  const base = question.must.flatMap(({ resources }) => resources ?? []).filter((one) => !isEverything(one));
  const literals = question.must.flatMap(({ atoms }) => atoms.map((atom): Literal => ({ atom, holds: true })));
  const search = new Search(question, base, literals, terms);
  return search.run();
}

class Search {
  readonly #question: Question;
  readonly #base: readonly Constraint[];
  readonly #literals: readonly Literal[];
  readonly #terms: Terms;
  readonly #texts = new Map<string, Found>();
  readonly #ids = new Map<Constraint, number>();
  /** Whether a branch was left without having been shown to be empty. */
  #isUndecided = false;

  constructor(question: Question, base: readonly Constraint[], literals: readonly Literal[], terms: Terms) {
    this.#question = question;
    this.#base = base;
    this.#literals = literals;
    this.#terms = terms;
  }

  run(): Solution<Example> {
    if (this.#text([]) === "none" || this.#keys(this.#literals) === "none") return "none";
    const choices: Choice[] = [];
    for (const clause of this.#question.mustNot) {
      const choice = this.#choiceFor(clause);
      if (choice === "kept") continue;
      if (choice.elsewhere === undefined && choice.unmet.length === 0) return "none";
      choices.push(choice);
    }
    choices.sort((a, b) => optionsOf(a) - optionsOf(b));
    return this.#descend(choices, 0, [], this.#literals) ?? (this.#isUndecided ? "undecided" : "none");
  }

  /** What can be chosen; `kept` where no request that fits `must` fits the clause. */
  #choiceFor({ resources, atoms }: Clause): Choice | "kept" {
    this.#terms.left -= 10 + (resources?.patterns.length ?? 0) + atoms.length;
    if (this.#terms.left < 0) {
      this.#isUndecided = true;
      return "kept";
    }
    const known = new Set(this.#literals.map(({ atom }) => atom.id));
    const covers =
      resources === undefined || isEverything(resources) || this.#base.some((one) => isWithin(one, resources));
    const open = atoms.filter(({ id }) => !known.has(id));
    if (covers && open.length === 0) return { elsewhere: undefined, unmet: [] };
    if (!covers && this.#text([resources]) === "none") return "kept";
    const met = [...this.#literals, ...open.map((atom): Literal => ({ atom, holds: true }))];
    if (open.length > 0 && this.#keys(met) === "none") return "kept";
    const elsewhere = covers ? undefined : { ...resources, fits: !resources.fits };
    const unmet = open
      .map((atom): Literal => ({ atom, holds: false }))
      .filter((literal) => !this.#isImpossible(literal));
    return { elsewhere: elsewhere && this.#text([elsewhere]) !== "none" ? elsewhere : undefined, unmet };
  }

  #isImpossible(literal: Literal): boolean {
    const { key, mentions } = literal.atom;
    if (mentions.length > 0) return false;
    const same = this.#literals.filter(({ atom }) => atom.key === key && atom.mentions.length === 0);
    return solveKey([...same, literal], this.#terms) === "none";
  }

  /** An example; undefined where there is none in this branch, or none was found. */
  #descend(
    choices: readonly Choice[],
    at: number,
    elsewhere: readonly Constraint[],
    literals: readonly Literal[],
  ): Example | undefined {
    this.#terms.left -= 20;
    if (this.#terms.left < 0) {
      this.#isUndecided = true;
      return undefined;
    }
    const choice = choices[at];
    if (choice === undefined) return this.#example(elsewhere, literals);
    if (choice.elsewhere !== undefined) {
      const more = [...elsewhere, choice.elsewhere];
      const found = this.#text(more) === "none" ? undefined : this.#descend(choices, at + 1, more, literals);
      if (found) return found;
    }
    for (const literal of choice.unmet) {
      const more = [...literals, literal];
      const found = this.#keys(more) === "none" ? undefined : this.#descend(choices, at + 1, elsewhere, more);
      if (found) return found;
    }
    return undefined;
  }

  #example(elsewhere: readonly Constraint[], literals: readonly Literal[]): Example | undefined {
    const text = this.#text(elsewhere);
    if (text === "none") return undefined;
    const example = typeof text === "object" ? this.#withKeys(text.symbols, literals) : "undecided";
    if (example === "none") return undefined;
    if (typeof example === "object" && this.#question.verify(example.resource, example.keys)) return example;
    this.#isUndecided = true;
    return undefined;
  }

  #withKeys(symbols: readonly number[], literals: readonly Literal[]): Solution<Example> {
    const { reader } = this.#question;
    const variables: Variable[] = [];
    for (const symbol of symbols) {
      if (symbol < FIRST_VARIABLE) continue;
      const variable = reader.variable(symbol);
      // A pattern with a variable where ARNs are parted.
      if (variable === undefined) return "undecided";
      variables.push(variable);
    }
    const keys = solveKeys(literals, variables, this.#terms);
    if (typeof keys !== "object") return keys;
    const texts = symbols.map((symbol) => {
      if (symbol < FIRST_VARIABLE) return String.fromCharCode(symbol);
      const { key, fallback } = reader.variable(symbol)!;
      const found = Object.entries(keys).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1] ?? fallback;
      return typeof found === "string" ? found : "";
    });
    return { resource: texts.join(""), keys };
  }

  #keys(literals: readonly Literal[]): Solution<ContextKeys> {
    return solveKeys(literals, [], this.#terms);
  }

  /** A resource that meets the question and more; `none` holds whatever variables stand for. */
  #text(more: readonly Constraint[]): Found {
    const constraints = [...this.#base, ...more];
    const name = constraints.map((constraint) => this.#idOf(constraint)).join();
    let found = this.#texts.get(name);
    if (found === undefined) this.#texts.set(name, (found = resourceText(constraints, this.#terms)));
    return found;
  }

  #idOf(constraint: Constraint): number {
    let id = this.#ids.get(constraint);
    if (id === undefined) this.#ids.set(constraint, (id = this.#ids.size));
    return id;
  }
}

const optionsOf = ({ elsewhere, unmet }: Choice): number => (elsewhere ? 1 : 0) + unmet.length;

const isEverything = ({ patterns, fits }: Constraint): boolean => fits && patterns.includes(EVERYTHING);

/** Whether what meets one constraint meets another, as far as that shows at once. */
function isWithin(one: Constraint, other: Constraint): boolean {
  if (one === other) return true;
  if (!one.fits || !other.fits || one.patterns.length > other.patterns.length) return false;
  const others = new Set(other.patterns.map(nameOf));
  return one.patterns.every((pattern) => others.has(nameOf(pattern)));
}

const names = new WeakMap<Pattern, string>();

/** Patterns of the same steps have the same name. */
function nameOf(pattern: Pattern): string {
  let name = names.get(pattern);
  if (name === undefined) names.set(pattern, (name = JSON.stringify(pattern)));
  return name;
}

/**
 * A resource that meets all constraints, its variables as symbols. With symbols, what fits one pattern fits others whatever
 * the symbols stand for; but two patterns with variables may have texts in common that do not show with symbols. So where
 * several must fit, `none` is concluded from each alone, or from what the patterns are without their variables.
 */
function resourceText(constraints: readonly Constraint[], budget: Budget): Found {
  const all = [universe(constraints), ...constraints];
  const found = legible(all) ?? findText(all, budget);
  const positive = constraints.filter(({ fits }) => fits);
  if (found !== "none" || positive.length < 2 || !positive.some(varies)) return found;
  const negative = constraints.filter(({ fits }) => !fits);
  if (positive.some((one) => findText([universe([one]), one, ...negative], budget) === "none")) return "none";
  const without: Constraint[] = negative.map(({ patterns }) => ({
    patterns: patterns.filter((pattern) => !hasVariable(pattern)),
    fits: false,
  }));
  const loose = positive.map(({ patterns }): Constraint => ({ patterns: patterns.map(loosened), fits: true }));
  return findText([RESOURCE, ...loose, ...without], budget) === "none" ? "none" : "undecided";
}

/** What requests act on, and the symbols of patterns of which nothing is known but that they are patterns. */
function universe(constraints: readonly Constraint[]): Constraint {
  const whole = constraints.flatMap(({ patterns }) => patterns.filter((one) => one.length === 1 && hasVariable(one)));
  return whole.length === 0 ? RESOURCE : { fits: true, patterns: [...RESOURCE.patterns, ...whole] };
}

const varies = ({ patterns }: Constraint): boolean => patterns.some(hasVariable);

/** A text of the first pattern with a letter for each wildcard, if that will do: people read it more easily than the shortest. */
function legible(constraints: readonly Constraint[]): Found | undefined {
  const first = constraints.slice(1).find(({ fits, patterns }) => fits && !patterns.includes(EVERYTHING))?.patterns[0];
  if (first === undefined) return undefined;
  const fresh = freshSymbol(constraints);
  const symbols = first.map((step) => (step.type === "symbol" ? step.codes[0]! : fresh));
  return meets(symbols, constraints) ? { symbols } : undefined;
}
