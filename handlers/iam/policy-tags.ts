import type { Tag } from "../../data/entities/accounts.ts";
import { managedPolicies, type ManagedPolicy } from "../../data/entities/policies.ts";
import { InvalidInput } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { pageOf } from "../paging.ts";
import { tagResource, untagResource, type TaggedKind } from "../tag-operations.ts";
import { sortedTags } from "../tags.ts";
import { checkPolicyArn, findPolicy, isAwsOwned, notFound, policyResource } from "./managed-policies.ts";

/** The policy of a tag operation; AWS's own policies cannot be tagged (evidence: tag-aws-policies). */
function taggedPolicy(arn: string, context: Context): ManagedPolicy {
  checkPolicyArn(arn);
  if (isAwsOwned(arn)) throw InvalidInput("Tags not supported for policies in this domain");
  const policy = findPolicy(arn, context);
  if (!policy) throw notFound(arn);
  return policy as ManagedPolicy;
}

const TAGGED: TaggedKind<ManagedPolicy, "PolicyArn"> = {
  member: "PolicyArn",
  tagCase: "sensitive",
  collection: managedPolicies,
  existing: taggedPolicy,
  resource: policyResource,
};

export const TagPolicy = operation("TagPolicy", tagResource(TAGGED));
export const UntagPolicy = operation("UntagPolicy", untagResource(TAGGED));

/**
 * Tags in the order of ListPolicyTags, which is that of a Java HashMap filled by key
 * (evidence: list-policy-tags-order). 31 and the shift are those of its hash function, and its capacity is at least a
 * third more than its size.
 */
function hashedTags(tags: readonly Tag[]): Tag[] {
  const buckets = 2 ** Math.ceil(Math.log2(Math.floor(tags.length / 0.75 + 1)));
  const bucket = ({ Key }: Tag): number => {
    let hash = 0;
    for (let at = 0; at < Key.length; at++) hash = (Math.imul(31, hash) + Key.charCodeAt(at)) | 0;
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return sortedTags(tags).toSorted((a, b) => bucket(a) - bucket(b));
}

export const ListPolicyTags = operation("ListPolicyTags", {
  resource: (input, context) => policyResource(input.PolicyArn!, context),
  handle(input, context) {
    const arn = input.PolicyArn!;
    checkPolicyArn(arn);
    const policy = findPolicy(arn, context);
    if (!policy) throw notFound(arn);
    const tags = "tags" in policy ? hashedTags(policy.tags) : [];
    const { items, paging } = pageOf(tags, input, context, ["ListPolicyTags", arn]);
    return { Tags: items, ...paging };
  },
});
