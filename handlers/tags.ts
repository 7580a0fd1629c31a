import type { Tag } from "../data/entities/accounts.ts";
import { InvalidInput, LimitExceeded, ValidationError } from "./errors.ts";
import type { Context, Permission } from "./operation.ts";
import type { ContextKeys } from "../policy/evaluate.ts";

/** Tag keys of users and roles are case-insensitive, all others case-sensitive (evidence: tag-key-case). */
export type TagCase = "insensitive" | "sensitive";

interface SentTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const sameKey = (tagCase: TagCase) => (key: string) => (tagCase === "insensitive" ? key.toLowerCase() : key);

/** The tags of a create operation: checked, in the order in which they were sent. */
export function newTags(tags: readonly SentTag[] | undefined, tagCase: TagCase, context: Context): readonly Tag[] {
  return withTags([], tags ?? [], tagCase, context);
}

/**
 * The checks of a tag operation that come before its resource is looked up: there are tags, no key is blank or
 * reserved, and none occurs twice (evidence: tag-duplicates, tag-reserved, tag-empty-lists).
 */
export function checkTags(tags: readonly SentTag[], tagCase: TagCase): void {
  if (tags.length === 0) {
    throw InvalidInput(
      tagCase === "insensitive"
        ? "Error occurred while validating input. "
        : "The provided tag map must not be null/empty.",
    );
  }
  byKey(tags, tagCase);
}

/**
 * `existing` with `tags` added. An existing key gets the new value and, where case does not count, the new spelling.
 * Reserved keys are refused before duplicates; the total is checked last, and then nothing is changed
 * (evidence: tag-reserved, tag-total).
 */
export function withTags(
  existing: readonly Tag[],
  tags: readonly SentTag[],
  tagCase: TagCase,
  context: Context,
): readonly Tag[] {
  const merged = new Map(existing.map((tag) => [sameKey(tagCase)(tag.Key), tag]));
  for (const [key, tag] of byKey(tags, tagCase)) merged.set(key, tag);
  if (merged.size > context.settings.quotas.TagsPerResource) {
    throw LimitExceeded("The number of tags has reached the maximum limit.");
  }
  return [...merged.values()];
}

/** The tags of a request by their keys in the form for comparison. Throws for blank, reserved and repeated keys. */
function byKey(tags: readonly SentTag[], tagCase: TagCase): ReadonlyMap<string, Tag> {
  const fold = sameKey(tagCase);
  const found = new Map<string, Tag>();
  // The model's pattern allows blanks. AWS's text is not known (evidence: tag-blank-keys).
  if (tags.some(({ Key = "" }) => Key.trim() === "")) throw ValidationError("Tag keys must not be blank.");
  for (const { Key = "" } of tags) {
    if (Key.toLowerCase().startsWith("aws:")) {
      throw InvalidInput("Tag keys beginning with aws: are reserved for system use.");
    }
  }
  for (const { Key = "", Value = "" } of tags) {
    if (found.has(fold(Key))) {
      throw InvalidInput(
        tagCase === "insensitive"
          ? "Duplicate tag keys found. Please note that Tag keys are case insensitive."
          : "Duplicate tag keys found.",
      );
    }
    found.set(fold(Key), { Key, Value });
  }
  return found;
}

/**
 * An untag operation must name at least one key. This applies to kinds of resource with case-sensitive tag keys; for
 * users and roles an empty list is no error (evidence: tag-empty-lists).
 */
export function checkTagKeys(keys: readonly string[]): void {
  if (keys.length === 0) throw InvalidInput("The provided tag keys must not be null/empty.");
}

/** `existing` without `keys`; missing keys are no error. */
export function withoutTags(existing: readonly Tag[], keys: readonly string[], tagCase: TagCase): readonly Tag[] {
  const fold = sameKey(tagCase);
  const gone = new Set(keys.map(fold));
  return existing.filter((tag) => !gone.has(fold(tag.Key)));
}

/** Tags as List and Get show them: by key, in byte order (the order that AWS documents). */
export const sortedTags = (tags: readonly Tag[]): Tag[] =>
  tags.toSorted((a, b) => (a.Key < b.Key ? -1 : a.Key > b.Key ? 1 : 0));

/**
 * `aws:RequestTag/…` and `aws:TagKeys`. If a key is sent twice, the last value counts (evidence: tag-condition-values).
 */
export function requestTagKeys(tags: readonly SentTag[] | undefined): ContextKeys {
  if (tags === undefined || tags.length === 0) return {};
  const keys: Record<string, string | readonly string[]> = { "aws:TagKeys": tags.map(({ Key = "" }) => Key) };
  for (const { Key = "", Value = "" } of tags) keys[`aws:RequestTag/${Key}`] = Value;
  return keys;
}

/**
 * The permissions for creating a resource. If it has tags, AWS also asks for the permission to tag it, with only these
 * tags.
 */
export const createPermissions = (
  create: Permission,
  tagAction: string,
  tags: readonly SentTag[] | undefined,
): readonly Permission[] =>
  tags === undefined || tags.length === 0
    ? [create]
    : [create, { ...create, action: tagAction, keys: requestTagKeys(tags) }];

/** `aws:TagKeys` of an untag operation. */
export const untagKeys = (keys: readonly string[] | undefined): ContextKeys =>
  keys === undefined || keys.length === 0 ? {} : { "aws:TagKeys": keys };
