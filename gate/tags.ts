import { CannotMap } from "./cannot-map.ts";
import { type Input, type KeyReader, object, objects, texts } from "./rule.ts";

// Tags in the inputs of all services: lists of key and value in three spellings, maps, and lists of the keys to be removed.

/** The tags that an input brings along; undefined for none. Throws CannotMap where a key occurs twice. */
export function tagsIn(input: Input): Readonly<Record<string, string>> | undefined {
  const name = ["Tags", "tags"].find((one) => input[one] !== undefined && input[one] !== null);
  if (name === undefined) return undefined;
  const given = input[name];
  const pairs = Array.isArray(given) ? objects(input, name).map(pairOf) : Object.entries(object(input, name));
  const tags = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (typeof key !== "string" || tags.has(key)) throw new CannotMap(`${name} names a tag twice, or not at all.`);
    tags.set(key, typeof value === "string" ? value : "");
  }
  return tags.size === 0 ? undefined : Object.fromEntries(tags);
}

const pairOf = (tag: Input): readonly [unknown, unknown] => [
  tag["Key"] ?? tag["key"] ?? tag["TagKey"],
  tag["Value"] ?? tag["value"] ?? tag["TagValue"],
];

function tagKeys(input: Input): readonly string[] | undefined {
  const name = ["TagKeys", "tagKeys"].find((one) => input[one] !== undefined && input[one] !== null);
  if (name !== undefined) return typeof input[name] === "string" ? [input[name]] : texts(input, name);
  // `UntagLogGroup` has the keys to be removed in `tags`.
  if (Array.isArray(input["tags"]) && input["tags"].every((one) => typeof one === "string"))
    return texts(input, "tags");
  const tags = tagsIn(input);
  return tags && Object.keys(tags);
}

/** A condition key of all that tags something. */
export const REQUEST_TAG = "aws:RequestTag/${TagKey}";

/** The condition keys on tags that requests have. */
export const TAG_KEYS: ReadonlyMap<string, KeyReader> = new Map<string, KeyReader>([
  [
    REQUEST_TAG,
    (input) => (Array.isArray(input["tags"]) && typeof input["tags"][0] === "string" ? undefined : tagsIn(input)),
  ],
  ["aws:TagKeys", tagKeys],
]);
