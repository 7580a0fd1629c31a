import { splitAtColons } from "../template.ts";

/** In templates: any run without a slash. */
const SEGMENT = "\u0001";
/** What stands for the names of resources that have no slash in them, so that objects are no buckets, nor indexes tables. */
const WITHOUT_SLASH = /\$\{(?:BucketName|TableName)\}/g;

/** The ARN of a type of resource, as the service reference has it. */
export const templateShape = (arn: string): ArnShape => arnShape(arn.replace(WITHOUT_SLASH, SEGMENT))!;

/** A pattern for ARNs in its six parts, variables as wildcards. */
export type ArnShape = readonly [string, string, string, string, string, string];

/** The parts of a resource of a policy; `*` at the end of fewer than six stands for the others as well. Undefined for what is no ARN. */
export function arnShape(resource: string): ArnShape | undefined {
  if (/^\*+$/.test(resource)) return ["*", "*", "*", "*", "*", "*"];
  const parts = splitAtColons(resource).map((part) => part.replace(/\$\{[^}]*\}/g, "*"));
  if (parts.length < 6) {
    if (!parts.at(-1)!.endsWith("*")) return undefined;
    while (parts.length < 6) parts.push("*");
  }
  return [...parts.slice(0, 5), parts.slice(5).join(":")] as unknown as ArnShape;
}

/** Whether an ARN can match both; the second may be that of a template. */
export const shapesOverlap = (one: ArnShape, other: ArnShape): boolean =>
  one.every((part, place) => overlap(part, other[place]!));

/** No ARN is longer, in UTF-16 units. */
const LONGEST = 2048;

/**
 * Whether a text can match both patterns; of what is too long for an ARN that is not looked at. Takes a step for each pair of a unit of
 * the one and a unit of the other.
 */
export function overlap(one: string, other: string): boolean {
  if (!beginAlike(one, other)) return false;
  if (one.length > LONGEST) return true;
  // Which beginnings of the other pattern can match what has been read of the one.
  let reachable = new Uint8Array(other.length + 1);
  reachable[0] = 1;
  fillRuns(reachable, other);
  for (let i = 0; i < one.length; i++) {
    reachable = one[i] === "*" ? anyRun(reachable) : afterUnit(one[i]!, reachable, other);
    fillRuns(reachable, other);
  }
  return reachable[other.length] === 1;
}

function anyRun(reachable: Uint8Array): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(reachable.length);
  let any = 0;
  for (let j = 0; j < reachable.length; j++) next[j] = any |= reachable[j]!;
  return next;
}

function afterUnit(unit: string, reachable: Uint8Array, pattern: string): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(reachable.length);
  for (let j = 0; j < pattern.length; j++) {
    if (reachable[j] === 0) continue;
    if (pattern[j] === "*" || (pattern[j] === SEGMENT && unit !== "/")) next[j] = 1;
    else if (pattern[j] === "?" || unit === "?" || pattern[j] === unit) next[j + 1] = 1;
  }
  return next;
}

/** A run may also be empty. */
function fillRuns(reachable: Uint8Array, pattern: string): void {
  for (let j = 0; j < pattern.length; j++) if (isRun(pattern[j]!) && reachable[j] === 1) reachable[j + 1] = 1;
}

/** Whether what stands before the first wildcard of either is the same, as far as both have it. */
function beginAlike(one: string, other: string): boolean {
  for (let at = 0; at < one.length && at < other.length; at++) {
    if (isRun(one[at]!) || isRun(other[at]!)) return true;
    if (one[at] !== other[at] && one[at] !== "?" && other[at] !== "?") return false;
  }
  return true;
}

const isRun = (unit: string): boolean => unit === "*" || unit === SEGMENT;
