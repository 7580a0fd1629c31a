import { gatedResources } from "../../data/entities/gate.ts";
import type { Check } from "../../gate/call.ts";
import { holderOf } from "./known.ts";
import type { Keep } from "./resource-changes.ts";

// Tags of resources, as far as they can be known: of what was made through the gate, by the calls that tag it. The condition keys of a call
// say which tags it brings.

const REQUEST_TAG = "aws:RequestTag/";

/** The tags that a call brings along. */
export function requestTags(checks: readonly Check[]): Readonly<Record<string, string>> {
  const pairs = checks.flatMap(({ keys }) => Object.entries(keys));
  return Object.fromEntries(
    pairs.flatMap(([name, value]) =>
      name.startsWith(REQUEST_TAG) ? [[name.slice(REQUEST_TAG.length), String(value)]] : [],
    ),
  );
}

/** What must be kept of a call that tags or untags something, if it succeeds; undefined where that is nothing. */
export function taggingBy(operation: string, arn: string, checks: readonly Check[]): Keep | undefined {
  const added = requestTags(checks);
  const removed = /^(?:Untag|RemoveTags)/.test(operation)
    ? checks.flatMap(({ keys }) => [keys["aws:TagKeys"] ?? []].flat().map(String))
    : [];
  if (Object.keys(added).length === 0 && removed.length === 0) return undefined;
  return (tx) => {
    const known = tx.get(gatedResources, holderOf(arn));
    // What was not made here may have any tags.
    if (known?.tags === undefined) return;
    const tags = { ...known.tags, ...added };
    const kept = Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.includes(key)));
    tx.put(gatedResources, { ...known, tags: kept });
  };
}
