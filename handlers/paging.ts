import { createHash } from "node:crypto";
import type { Key } from "../data/store.ts";
import { ValidationError } from "./errors.ts";
import type { Context } from "./operation.ts";

const DEFAULT_PAGE = 100;

interface Page<T> {
  readonly items: T[];
  /** To be spread into the output: AWS sends IsTruncated always and Marker only with it (facts: aws-iam 4). */
  readonly paging: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/**
 * One page of a list. `selection` names the operation and whatever chooses its items: a marker belongs to that, and to
 * the account, but not to MaxItems (facts: aws-more 1). `listAfter` lists lazily what follows a key; `keyOf` is the part
 * of an item's key that the marker must hold.
 */
export function page<T>(
  input: { MaxItems?: number | undefined; Marker?: string | undefined },
  context: Context,
  selection: readonly (string | number | boolean | undefined)[],
  listAfter: (after: Key | undefined) => Iterable<T>,
  keyOf: (item: T) => Key,
): Page<T> {
  const scope = scopeOf(context.account, selection);
  const after = input.Marker === undefined ? undefined : readMarker(input.Marker, scope);
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

/** Pages through a list that is small and at hand, such as the tags of one resource; items are told apart by position. */
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

function scopeOf(account: string, selection: readonly unknown[]): string {
  return createHash("sha256")
    .update(JSON.stringify([account, ...selection]))
    .digest("base64url")
    .slice(0, 8);
}

function writeMarker(scope: string, key: Key): string {
  return scope + Buffer.from(JSON.stringify(key)).toString("base64url");
}

function readMarker(marker: string, scope: string): Key {
  if (marker.startsWith(scope)) {
    try {
      const key: unknown = JSON.parse(Buffer.from(marker.slice(scope.length), "base64url").toString());
      if (Array.isArray(key) && key.length > 0 && key.every((part) => typeof part === "string")) return key;
    } catch {
      // Not ours: the answer below is the same.
    }
  }
  throw ValidationError("Invalid Marker.");
}
