import type { Json, JsonMember, JsonReading, Path, Span } from "./json.ts";
import { locationsIn, type Location } from "./locations.ts";

/** The kind of a fault; the name stays the same from release to release. */
export type FaultKind =
  | "json-syntax"
  | "duplicate-element"
  | "leading-blanks"
  | "wrong-type"
  | "unknown-element"
  | "unknown-operator"
  | "version"
  | "no-statement"
  | "statement-before-version"
  | "missing-element"
  | "conflicting-elements"
  | "element-not-allowed"
  | "effect"
  | "principal"
  | "action"
  | "resource"
  | "sid"
  | "duplicate-sid"
  | "condition-value"
  | "missing-condition";

/** A fault of a document, as a rule reports it. */
export interface Finding {
  readonly kind: FaultKind;
  /** AWS's answer; absent if it is the one for every fault in a policy's structure. */
  readonly message?: string;
  /** What is wrong, in plain words. */
  readonly detail: string;
  /** The path of the element, or where it would be if it is absent. A lone statement counts as one of a list. */
  readonly path: Path;
  /** Set if an element should not be there: the place is its name. */
  readonly atName?: true;
  /** Set if the place is not a node of the document's JSON tree. */
  readonly span?: Span;
}

/** A fault of a document, and its place. */
export interface Fault {
  readonly kind: FaultKind;
  /** AWS's words. */
  readonly message: string;
  /** What is wrong, in plain words: AWS has one text for many faults. */
  readonly detail: string;
  /** Such as `Statement[1].Action[0]`; empty for the document. An absent element has the path that it would have. */
  readonly path: string;
  /** The same as steps, where each statement and each value counts as one of a list. */
  readonly steps: Path;
  /** Of an element that should not be there its name is meant. */
  readonly atName?: true;
  /** Its first unit; of an element that is absent, that of what it should be in. */
  readonly start: Location;
  /** Just after its last unit. */
  readonly end: Location;
}

/** Turns the findings of rules into faults with a place in the text. */
export function faultsOf(text: string, { json }: JsonReading, structureMessage: string): (finding: Finding) => Fault {
  const location = locationsIn(text);
  return ({ kind, message = structureMessage, detail, path, atName, span }) => {
    const place = placeIn(json, path);
    const { start, end } = span ?? spanOf(place, atName);
    const at = { path: pathText(place.path), steps: path, ...(atName && { atName }) };
    return { kind, message, detail, ...at, start: location(start), end: location(end) };
  };
}

const WHOLE: Span = { start: 0, end: 0 };

/** An element of a document's JSON tree. */
export interface Place {
  /** As the document is written: a lone value is not in a list. */
  readonly path: Path;
  /** The value, or the innermost existing one around it. */
  readonly value: Json | undefined;
  /** The member that the path ends at; undefined where it ends in a list, or at what is not there. */
  readonly member: JsonMember | undefined;
  readonly isThere: boolean;
}

/** Where a place is: its value, or its name. */
export const spanOf = ({ member, value }: Place, atName: true | undefined): Span =>
  (atName && member?.name) ?? value ?? WHOLE;

/** Finds an element, or where it would be. */
export function placeIn(json: Json | undefined, path: Path): Place {
  const shown: (string | number)[] = [];
  let value = json;
  let member: JsonMember | undefined;
  let isThere = true;
  for (const step of path) {
    if (typeof step === "number" && isThere && value !== undefined && value.type !== "list") continue;
    shown.push(step);
    if (!isThere || value === undefined) continue;
    member = typeof step === "string" && value.type === "object" ? value.members.get(step) : undefined;
    const next = typeof step === "number" && value.type === "list" ? value.items[step] : member?.value;
    isThere = next !== undefined;
    value = next ?? value;
  }
  return { path: shown, value, member, isThere };
}

const PLAIN_NAME = /^[\w:/-]+$/;

/**
 * A path as text: `Statement[1].Condition.StringLike.aws:username[0]`; names with other characters are quoted in
 * brackets.
 */
export function pathText(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return PLAIN_NAME.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return steps.join("").replace(/^\./, "");
}

/**
 * Leaves out findings on a place, or on something within it, that an earlier finding is about: they follow from that
 * one.
 */
export function* withoutFollowUps(findings: Iterable<Finding>): Iterable<Finding> {
  const root: Known = { isFaulty: false, within: undefined };
  for (const finding of findings) {
    let known = root;
    for (const step of finding.path) {
      if (known.isFaulty) break;
      known = below(known, step);
    }
    if (known.isFaulty) continue;
    known.isFaulty = true;
    yield finding;
  }
}

/** What is known of a place. */
interface Known {
  isFaulty: boolean;
  within: Map<string | number, Known> | undefined;
}

function below(known: Known, step: string | number): Known {
  known.within ??= new Map();
  let next = known.within.get(step);
  if (next === undefined) known.within.set(step, (next = { isFaulty: false, within: undefined }));
  return next;
}
