import { referencedServices } from "../../catalog/service-reference.ts";
import { Glob } from "../glob.ts";
import { type Budget, type Constraint, findText, freshSymbol } from "./automaton.ts";
import type { PatternReader } from "./patterns.ts";

/** A set of the reference's actions: a bit for each, in the order of `names`. */
export type ActionSet = Uint32Array;

interface Reference {
  /** `s3:GetObject` and so on, all services one after the other. */
  readonly names: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** Where a service's actions begin and end. */
  readonly ranges: ReadonlyMap<string, readonly [number, number]>;
}

let made: Reference | undefined;

function reference(): Reference {
  if (made !== undefined) return made;
  const names: string[] = [];
  const ranges = new Map<string, readonly [number, number]>();
  for (const [prefix, { actions }] of Object.entries(referencedServices())) {
    const start = names.length;
    for (const action of Object.keys(actions)) names.push(`${prefix}:${action}`);
    ranges.set(prefix, [start, names.length]);
  }
  return (made = { names, ranges, places: new Map(names.map((name, place) => [name.toLowerCase(), place])) });
}

/** Whether AWS's service reference has the action. */
export const isListed = (action: string): boolean => reference().places.has(action.toLowerCase());

/** How many patterns are remembered; each takes about 2.5 KB. */
const REMEMBERED = 2000;
const remembered = new Map<string, ActionSet>();

/** The reference's actions that a pattern of an Action element means. */
export function actionsOf(pattern: string): ActionSet {
  const folded = pattern.toLowerCase();
  const known = remembered.get(folded);
  if (known !== undefined) return known;
  const set = setOf(folded);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(folded, set);
  return set;
}

const emptySet = (): ActionSet => new Uint32Array(Math.ceil(reference().names.length / 32));

function setOf(pattern: string): ActionSet {
  const { names, places, ranges } = reference();
  const set = emptySet();
  const add = (place: number) => (set[place >> 5]! |= 1 << (place & 31));
  if (!/[*?]/.test(pattern)) {
    const place = places.get(pattern);
    if (place !== undefined) add(place);
    return set;
  }
  const service = pattern.slice(0, Math.max(pattern.indexOf(":"), 0));
  const isOneService = service !== "" && !/[*?]/.test(service);
  const [start, end] = isOneService ? (ranges.get(service) ?? [0, 0]) : [0, names.length];
  const glob = Glob.of(pattern);
  for (let place = start; place < end; place++) if (glob.matches(names[place]!.toLowerCase())) add(place);
  return set;
}

/** The actions of a list of patterns; with `except` all others. */
export function actionsOfList(patterns: readonly string[], except: boolean): ActionSet {
  if (patterns.length === 1 && !except) return actionsOf(patterns[0]!);
  const set = emptySet();
  for (const pattern of patterns) {
    const one = actionsOf(pattern);
    for (let i = 0; i < set.length; i++) set[i]! |= one[i]!;
  }
  if (!except) return set;
  const everything = actionsOf("*");
  return set.map((bits, i) => everything[i]! & ~bits);
}

/** The set's actions, in the order of the reference. */
export function namesIn(set: ActionSet): string[] {
  const { names } = reference();
  const found: string[] = [];
  for (let i = 0; i < set.length; i++) {
    for (let bits = set[i]!; bits !== 0; bits &= bits - 1) {
      const place = i * 32 + 31 - Math.clz32(bits & -bits);
      if (place < names.length) found.push(names[place]!);
    }
  }
  return found;
}

export const isEmptySet = (set: ActionSet): boolean => set.every((bits) => bits === 0);

export const isSameSet = (one: ActionSet, other: ActionSet): boolean => one.every((bits, i) => bits === other[i]);

/** Parts a set so that each of the others has all or nothing of a part. */
export function partsOf(set: ActionSet, others: readonly ActionSet[]): ActionSet[] {
  let parts = isEmptySet(set) ? [] : [set];
  for (const other of new Set(others)) {
    if (!meets(set, other)) continue;
    parts = parts.flatMap((part) => {
      if (!meets(part, other)) return [part];
      const outside = part.map((bits, i) => bits & ~other[i]!);
      return isEmptySet(outside) ? [part] : [part.map((bits, i) => bits & other[i]!), outside];
    });
  }
  return parts;
}

function meets(one: ActionSet, other: ActionSet): boolean {
  for (let i = 0; i < one.length; i++) if ((one[i]! & other[i]!) !== 0) return true;
  return false;
}

/** How many pairs of patterns are looked at for names that both have. */
const MOST_PAIRS = 400;

/**
 * Actions that the reference does not have, as examples of all such: those that policies name, and for each pattern, and each
 * two patterns, a name with a letter that none of them asks for.
 */
export function unlistedActions(patterns: readonly string[], reader: PatternReader, budget: Budget): string[] {
  const folded = [...new Set(patterns.map((pattern) => pattern.toLowerCase()))];
  const wild = folded.filter((pattern) => /[*?]/.test(pattern));
  const all: Constraint = { fits: true, patterns: folded.map((pattern) => reader.action(pattern)) };
  const fresh = String.fromCharCode(freshSymbol([all]));
  const withFresh: Constraint = { fits: true, patterns: [reader.action(`*:*${fresh}*`)] };
  const named = folded.filter((pattern) => !/[*?]/.test(pattern) && !isListed(pattern));
  const examples = wild.map((pattern) => {
    const text = pattern.replace(/[*?]+/g, fresh);
    return text.includes(":") ? text : `${fresh}:${text}`;
  });
  let pairs = 0;
  for (const [i, one] of wild.entries()) {
    for (const other of wild.slice(i + 1)) {
      if (!mayMeet(one, other) || ++pairs > MOST_PAIRS) continue;
      const both = [one, other].map((pattern): Constraint => ({ fits: true, patterns: [reader.action(pattern)] }));
      const found = findText([withFresh, ...both], budget);
      if (typeof found === "object") examples.push(String.fromCharCode(...found.symbols));
    }
  }
  return [...new Set([...named, ...examples])].filter((action) => !isListed(action));
}

/** Whether patterns may be about the same service, and differ in more than that one has all of the other's. */
function mayMeet(one: string, other: string): boolean {
  if (one === "*" || other === "*") return false;
  const [a, b] = [one, other].map((pattern) => pattern.split(":", 1)[0]!);
  return a === b || /[*?]/.test(a! + b!);
}
