import { createHash } from "node:crypto";
import type { Key } from "../data/store.ts";
import { InvalidInput, ValidationError } from "./errors.ts";
import type { Context } from "./operation.ts";

const DEFAULT_PAGE = 100;

interface Page<T> {
  readonly items: T[];
  /**
   * To be spread into the output: AWS always sends IsTruncated, and Marker only if it is true (evidence: list-paging).
   */
  readonly paging: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/**
 * One page of a list. `selection` names the operation and everything that selects its items: a marker belongs to that
 * and to the account, but not to MaxItems (evidence: list-marker-binding). `listAfter` lazily lists the items after a
 * key; `keyOf` is the part of an item's key that the marker must hold. `refusal` is the error for a marker that is not
 * of this list.
 */
export function page<T>(
  input: { MaxItems?: number | undefined; Marker?: string | undefined },
  context: Context,
  selection: readonly (string | number | boolean | undefined)[],
  listAfter: (after: Key | undefined) => Iterable<T>,
  keyOf: (item: T) => Key,
  refusal = "Invalid Marker.",
): Page<T> {
  const scope = scopeOf(context.account, selection);
  const after = input.Marker === undefined ? undefined : readMarker(input.Marker, scope, refusal);
  const size = input.MaxItems ?? DEFAULT_PAGE;
  const items: T[] = [];
  for (const item of listAfter(after)) {
    if (items.length === size) {
      return { items, paging: { IsTruncated: true, Marker: writeMarker(scope, keyOf(items.at(-1)!)) } };
    }
    items.push(item);
  }
  return { items, paging: { IsTruncated: false } };
}

/** Pages through a small list in memory, such as the tags of one resource; markers hold positions. */
export function pageOf<T>(
  all: readonly T[],
  input: { MaxItems?: number | undefined; Marker?: string | undefined },
  context: Context,
  selection: readonly (string | number | boolean | undefined)[],
): Page<T> {
  const positions = (after: Key | undefined) => {
    const start = after === undefined ? 0 : Number(after[0]) + 1;
    return all.slice(start).map((item, index) => ({ item, position: String(start + index) }));
  };
  const { items, paging } = page(input, context, selection, positions, ({ position }) => [position]);
  return { items: items.map(({ item }) => item), paging };
}

/**
 * Refuses a marker from another list, in AWS's words. For lists of jobs these differ from the words for a text that is
 * not a marker (evidence: last-accessed-markers).
 */
export function refuseForeignMarker(marker: string | undefined, context: Context, selection: readonly string[]): void {
  if (marker === undefined || marker.startsWith(scopeOf(context.account, selection))) return;
  if (keyIn(marker)) throw InvalidInput("The marker passed in the request was invalid.");
}

/** The part of a marker that identifies the list. */
const SCOPE_LENGTH = 8;

function scopeOf(account: string, selection: readonly unknown[]): string {
  return createHash("sha256")
    .update(JSON.stringify([account, ...selection]))
    .digest("base64url")
    .slice(0, SCOPE_LENGTH);
}

function writeMarker(scope: string, key: Key): string {
  return scope + Buffer.from(JSON.stringify(key)).toString("base64url");
}

function readMarker(marker: string, scope: string, refusal: string): Key {
  const key = marker.startsWith(scope) ? keyIn(marker) : undefined;
  if (!key) throw ValidationError(refusal);
  return key;
}

/** The key in a marker of any list; undefined if it is not a marker. */
function keyIn(marker: string): Key | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(marker.slice(SCOPE_LENGTH), "base64url").toString());
    return Array.isArray(key) && key.length > 0 && key.every((part) => typeof part === "string") ? key : undefined;
  } catch {
    return undefined;
  }
}
