import { type ContextKeys, KeyLookup } from "../keys.ts";
import type { Variable } from "../template.ts";
import { resolved } from "./atoms.ts";
import { type Literal, solveKey, type Solution, type Terms } from "./key-values.ts";

/**
 * Condition keys of a request of which all literals are true, and which have a value for each of the variables. Keys are
 * taken to be independent of each other. `none` is shown: without regard to variables there are none either.
 */
export function solveKeys(
  literals: readonly Literal[],
  variables: readonly Variable[],
  terms: Terms,
): Solution<ContextKeys> {
  const distinct = new Map<string, Literal>();
  for (const literal of literals) {
    const known = distinct.get(literal.atom.id);
    if (known !== undefined && known.holds !== literal.holds) return "none";
    distinct.set(literal.atom.id, literal);
  }
  const all = [...distinct.values()];
  const plain = all.filter(({ atom }) => atom.mentions.length === 0);
  const values = new Map<string, string | readonly string[]>();
  let isUndecided = false;
  for (const [key, ofKey] of byKey(plain)) {
    const solved = solveKey(ofKey, terms);
    if (solved === "none") return "none";
    isUndecided ||= solved === "undecided";
    if (typeof solved === "object" && solved.value !== undefined) values.set(key, solved.value);
  }
  if (isUndecided) return "undecided";
  if (plain.length < all.length || variables.length > 0) {
    const mentioned = [...variables, ...all.flatMap(({ atom }) => atom.mentions)];
    if (!fillVariables(mentioned, plain, values, terms)) return "undecided";
    if (!solveOpen(all, values, terms)) return "undecided";
  }
  const keys = Object.fromEntries([...values].map(([key, value]) => [spelling(key, all, variables), value]));
  const lookup = new KeyLookup(keys);
  return all.every(({ atom, holds }) => atom.isMet(lookup) === holds) ? keys : "undecided";
}

function byKey(literals: readonly Literal[]): Map<string, Literal[]> {
  const groups = new Map<string, Literal[]>();
  for (const literal of literals) {
    const group = groups.get(literal.atom.key);
    if (group === undefined) groups.set(literal.atom.key, [literal]);
    else group.push(literal);
  }
  return groups;
}

/** Gives each variable's key a single value, by what is said of it; false where that was not possible. */
function fillVariables(
  variables: readonly Variable[],
  plain: readonly Literal[],
  values: Map<string, string | readonly string[]>,
  terms: Terms,
): boolean {
  for (const { key: name } of variables) {
    const key = name.toLowerCase();
    if (typeof values.get(key) === "string") continue;
    const ofKey = plain.filter(({ atom }) => atom.key === key);
    if (ofKey.length === 0) {
      values.set(key, `some-${key.slice(Math.max(key.lastIndexOf(":"), key.lastIndexOf("/")) + 1)}`);
      continue;
    }
    const solved = solveKey(ofKey, terms, true);
    if (typeof solved !== "object") return false;
    values.set(key, solved.value!);
  }
  return true;
}

/** Finds values for the keys that are compared with variables, which have theirs already; false where it found none. */
function solveOpen(all: readonly Literal[], values: Map<string, string | readonly string[]>, terms: Terms): boolean {
  const valueOf = ({ key, fallback }: Variable) => {
    const value = values.get(key.toLowerCase()) ?? fallback;
    return typeof value === "string" ? value : undefined;
  };
  const open = new Set(all.filter(({ atom }) => atom.mentions.length > 0).map(({ atom }) => atom.key));
  for (const key of open) {
    const ofKey = all
      .filter(({ atom }) => atom.key === key)
      .map(({ atom, holds }) => ({ atom: resolved(atom, valueOf), holds }));
    if (ofKey.some(({ atom }) => atom.mentions.length > 0)) return false;
    const isVariable = all.some(({ atom }) => atom.mentions.some((variable) => variable.key.toLowerCase() === key));
    const solved = solveKey(ofKey, terms, isVariable);
    if (typeof solved !== "object") return false;
    if (solved.value === undefined) values.delete(key);
    else values.set(key, solved.value);
  }
  return true;
}

/** A key as the documents spell it. */
function spelling(key: string, literals: readonly Literal[], variables: readonly Variable[]): string {
  const names = [
    ...literals.flatMap(({ atom }) => [atom.entry.key, ...atom.mentions.map((variable) => variable.key)]),
    ...variables.map((variable) => variable.key),
  ];
  return names.find((name) => name.toLowerCase() === key) ?? key;
}
