import { type Address, parseNetwork } from "../addresses.ts";
import { parseDate } from "../dates.ts";
import { compareDecimals, parseDecimal } from "../decimals.ts";
import { KeyLookup } from "../keys.ts";
import type { Atom } from "./atoms.ts";
import { type Budget, type Constraint, findText, type Pattern, type Step } from "./automaton.ts";
import { exactly, PatternReader } from "./patterns.ts";

/** A condition that is to be met, or not. */
export interface Literal {
  readonly atom: Atom;
  readonly holds: boolean;
}

/** A value of a key, undefined where the request has no such key. */
export interface KeyValue {
  readonly value: string | readonly string[] | undefined;
}

/** What a search may cost, and which keys (in lower case) may have several values. */
export interface Terms extends Budget {
  readonly multivalued: ReadonlySet<string>;
}

export type Solution<T> = T | "none" | "undecided";

/**
 * A value of one key that makes all literals true, none of which has variables. `none` is shown, not guessed. `present`: the
 * key must have a single value.
 */
export function solveKey(literals: readonly Literal[], terms: Terms, present = false): Solution<KeyValue> {
  const key = literals[0]?.atom.key ?? "";
  const isSolved = (value: KeyValue["value"]) => {
    const keys = new KeyLookup(value === undefined ? {} : { [key]: value });
    return literals.every(({ atom, holds }) => atom.isMet(keys) === holds);
  };
  if (!present && isSolved(undefined)) return { value: undefined };
  const scalar = solveValue(literals.filter(isAboutValue), terms);
  const one = typeof scalar === "string" ? scalar : scalar.text;
  if (typeof scalar === "object" && isSolved(one)) return { value: one };
  if (present) return typeof scalar === "object" ? "none" : scalar;
  const list = terms.multivalued.has(key) ? solveList(literals, terms) : "none";
  if (typeof list === "object" && isSolved(list.value)) return list;
  const nullsHold = literals.every(
    ({ atom, holds }) => atom.kind !== "null" || atom.isMet(new KeyLookup({ [key]: "" })) === holds,
  );
  if (!nullsHold) return "none";
  return scalar === "none" && list === "none" ? "none" : "undecided";
}

const isAboutValue = ({ atom }: Literal): boolean => atom.kind !== "null";

/** Values for a multivalued key: each must meet what is said of all, and for each that is to be found there must be one. */
function solveList(literals: readonly Literal[], budget: Budget): Solution<KeyValue> {
  // A multivalued key never meets an operator without a set prefix.
  const single = literals.filter(({ atom }) => atom.kind !== "null" && atom.set === undefined);
  if (single.some(({ holds }) => holds)) return "none";
  const ofSets = literals.filter(({ atom }) => atom.set !== undefined);
  const isOfAll = ({ atom, holds }: Literal) => (atom.set === "ForAllValues") === holds;
  const all = ofSets.filter(isOfAll);
  const values: string[] = [];
  for (const literal of ofSets.filter((one) => !isOfAll(one))) {
    const found = solveValue([...all, literal], budget);
    if (typeof found !== "object") return found;
    values.push(found.text);
  }
  return { value: values };
}

interface Value {
  readonly text: string;
}

/** One value of which each literal is true, by its operator without set prefix and IfExists. */
function solveValue(literals: readonly Literal[], budget: Budget): Solution<Value> {
  if (literals.length === 0) return { text: "x" };
  const isSolved = (text: string) => literals.every(({ atom, holds }) => atom.takes(text) === holds);
  const kinds = new Set(literals.map(({ atom }) => atom.kind));
  let isComplete = kinds.size <= 1;
  for (const kind of kinds) {
    const { texts, complete } = candidates(
      kind,
      literals.filter(({ atom }) => atom.kind === kind).map(({ atom }) => atom),
    );
    const text = texts.find(isSolved);
    if (text !== undefined) return { text };
    isComplete &&= complete;
  }
  const ofText = literals.filter(({ atom }) => atom.kind === "text" || atom.kind === "arn");
  if (ofText.length === 0) return isComplete ? "none" : "undecided";
  const found = solveText(ofText, budget);
  if (found === "none") return "none";
  return typeof found === "object" && isSolved(found.text) ? found : "undecided";
}

function solveText(literals: readonly Literal[], budget: Budget): Solution<Value> {
  const hasArns = literals.some(({ atom }) => atom.kind === "arn");
  // Neither ArnLike nor ArnNotLike is met by what is no ARN.
  const noArn = literals.filter(({ atom, holds }) => !(atom.kind === "arn" && !holds));
  const cases: Constraint[][] = hasArns
    ? [
        [...literals.map(constraintOf), { patterns: [ANY_ARN], fits: true }],
        ...(noArn.some(({ atom }) => atom.kind === "arn")
          ? []
          : [[...noArn.map(constraintOf), { patterns: [ANY_ARN], fits: false }]]),
      ]
    : [literals.map(constraintOf)];
  let isUndecided = false;
  for (const constraints of cases) {
    const found = findText(constraints, budget);
    if (typeof found === "object") return { text: String.fromCharCode(...found.symbols) };
    isUndecided ||= found === "undecided";
  }
  return isUndecided ? "undecided" : "none";
}

function constraintOf({ atom, holds }: Literal): Constraint {
  const reader = new PatternReader();
  const { base, variables, entry } = atom;
  const patterns = entry.values.flatMap((value): Pattern[] => {
    if (atom.kind === "arn") {
      const pattern = reader.arn(value, variables, false);
      return pattern === undefined ? [] : [pattern];
    }
    if (base.endsWith("IgnoreCase")) return [reader.textWithoutCase(value)!];
    return [reader.text(value, { wildcards: base.endsWith("Like"), variables })];
  });
  return { patterns, fits: holds !== atom.negated };
}

const inPart: Step[] = [
  { type: "any", colons: false },
  { type: "run", colons: false },
];
/** As `isArn` has it: partition, service and resource are not empty. */
const ANY_ARN: Pattern = [
  ...exactly("arn:"),
  ...inPart,
  ...exactly(":"),
  ...inPart,
  ...exactly(":"),
  { type: "run", colons: false },
  ...exactly(":"),
  { type: "run", colons: false },
  ...exactly(":"),
  { type: "any", colons: true },
  { type: "run", colons: true },
];

/** Values that differ in what the atoms say; `complete`: every other value is like one of them. */
interface Candidates {
  readonly texts: readonly string[];
  readonly complete: boolean;
}

const NO_VALUE = "none of them";

function candidates(kind: Atom["kind"], atoms: readonly Atom[]): Candidates {
  const literals = [...new Set(atoms.flatMap(({ entry }) => entry.values))];
  switch (kind) {
    case "bool":
      return { texts: ["true", "false"], complete: true };
    case "binary":
      return { texts: [...literals, NO_VALUE], complete: true };
    case "number":
      return numbers(literals);
    case "date":
      return dates(literals);
    case "address":
      return addresses(literals);
    default:
      return { texts: [], complete: false };
  }
}

function numbers(literals: readonly string[]): Candidates {
  const sorted = literals
    .filter((text) => parseDecimal(text) !== undefined)
    .sort((a, b) => compareDecimals(parseDecimal(a)!, parseDecimal(b)!));
  const between = sorted.slice(1).map((text, i) => String((Number(sorted[i]) + Number(text)) / 2));
  const ends = sorted.length === 0 ? [] : [String(Number(sorted[0]) - 1), String(Number(sorted.at(-1)) + 1)];
  // Floating point tells neighbours of few digits apart.
  const complete = sorted.every((text) => parseDecimal(text)!.digits.length <= 12 && Math.abs(Number(text)) < 1e12);
  return { texts: [...sorted, ...between, ...ends, NO_VALUE], complete };
}

/** The last moment that JavaScript has a date for, in milliseconds. */
const LAST_DATE = 8.64e15;

function dates(literals: readonly string[]): Candidates {
  const times = literals.map(parseDate).filter((time) => time !== undefined);
  const near = times.flatMap((time) => [time - 1, time, time + 1]).filter((time) => Math.abs(time) < LAST_DATE);
  const texts = near.map((time) => new Date(time).toISOString());
  return { texts: [...texts, NO_VALUE], complete: near.length === 3 * times.length };
}

function addresses(literals: readonly string[]): Candidates {
  const networks = literals.map(parseNetwork).filter((network) => network !== undefined);
  const near = networks.flatMap(({ first, last }) => [first, last, beside(first, -1), beside(last, 1)]);
  const texts = near.filter((address) => address !== undefined).map(addressText);
  return { texts: [...texts, "203.0.113.1", "2001:db8::1", NO_VALUE], complete: true };
}

/** The address before or after; undefined at the ends. */
function beside({ family, groups }: Address, step: 1 | -1): Address | undefined {
  const next = [...groups];
  for (let i = next.length - 1; i >= 0; i--) {
    const group = next[i]! + step;
    if (group >= 0 && group <= 0xffff) {
      next[i] = group;
      return { family, groups: next };
    }
    next[i] = step > 0 ? 0 : 0xffff;
  }
  return undefined;
}

function addressText({ family, groups }: Address): string {
  if (family === 6) return groups.map((group) => group.toString(16)).join(":");
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join(".");
}
