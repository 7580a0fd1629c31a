import type { Tag } from "../data/entities/accounts.ts";
import type { Collection } from "../data/store.ts";
import type { Context, Resource } from "./operation.ts";
import { pageOf } from "./paging.ts";
import {
  checkTagKeys,
  checkTags,
  requestTagKeys,
  sortedTags,
  type TagCase,
  untagKeys,
  withoutTags,
  withTags,
} from "./tags.ts";

/** A kind of resource with tags. The tag operations of the kinds differ only in what is given here. */
export interface TaggedKind<T extends { readonly tags: readonly Tag[] }, M extends string> {
  /** The input member that names the resource. */
  readonly member: M;
  readonly tagCase: TagCase;
  readonly collection: Collection<T>;
  existing(name: string, context: Context): T;
  resource(name: string, context: Context): Resource;
}

type Naming<M extends string> = { readonly [K in M]?: string | undefined };
type SentTags = readonly { readonly Key: string | undefined; readonly Value: string | undefined }[];

const resourceOf =
  <T extends { readonly tags: readonly Tag[] }, M extends string>(kind: TaggedKind<T, M>) =>
  (input: Naming<M>, context: Context): Resource =>
    kind.resource(input[kind.member]!, context);

// Tags are checked before the resource is looked up (evidence: tag-checks-before-lookup).

export function tagResource<T extends { readonly tags: readonly Tag[] }, M extends string>(kind: TaggedKind<T, M>) {
  return {
    resource: resourceOf(kind),
    keys: (input: { readonly Tags?: SentTags | undefined }) => requestTagKeys(input.Tags),
    handle(input: Naming<M> & { readonly Tags?: SentTags | undefined }, context: Context): void {
      checkTags(input.Tags!, kind.tagCase);
      const entity = kind.existing(input[kind.member]!, context);
      context.tx.put(kind.collection, { ...entity, tags: withTags(entity.tags, input.Tags!, kind.tagCase, context) });
    },
  };
}

export function untagResource<T extends { readonly tags: readonly Tag[] }, M extends string>(kind: TaggedKind<T, M>) {
  return {
    resource: resourceOf(kind),
    keys: (input: { readonly TagKeys?: readonly string[] | undefined }) => untagKeys(input.TagKeys),
    handle(input: Naming<M> & { readonly TagKeys?: readonly string[] | undefined }, context: Context): void {
      if (kind.tagCase === "sensitive") checkTagKeys(input.TagKeys!);
      const entity = kind.existing(input[kind.member]!, context);
      context.tx.put(kind.collection, { ...entity, tags: withoutTags(entity.tags, input.TagKeys!, kind.tagCase) });
    },
  };
}

interface PageRequest {
  readonly MaxItems?: number | undefined;
  readonly Marker?: string | undefined;
}

export function listTagsOfResource<T extends { readonly tags: readonly Tag[] }, M extends string>(
  kind: TaggedKind<T, M>,
) {
  return {
    resource: resourceOf(kind),
    handle(input: Naming<M> & PageRequest, context: Context) {
      const entity = kind.existing(input[kind.member]!, context);
      const selection = ["tags", kind.collection.name, ...kind.collection.key(entity)];
      const { items, paging } = pageOf(sortedTags(entity.tags), input, context, selection);
      return { Tags: items, ...paging };
    },
  };
}
