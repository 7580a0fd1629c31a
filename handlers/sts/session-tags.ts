import { fold, type Tag } from "../../data/entities/accounts.ts";
import type { Session } from "../caller.ts";
import { InvalidParameterValue } from "../errors.ts";

interface TagRequest {
  readonly Tags?: readonly { readonly Key: string | undefined; readonly Value: string | undefined }[] | undefined;
  readonly TransitiveTagKeys?: readonly string[] | undefined;
}

// The API model's limits for the tags of a request.
const MOST_TAGS = 50;
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** Whether the tags in a token or assertion are ones that a request could have. */
export const areAcceptable = (tags: readonly Tag[]): boolean =>
  tags.length <= MOST_TAGS && tags.every(({ Key, Value }) => TAG_KEY.test(Key) && TAG_VALUE.test(Value));

/** What a session passes on to the sessions of roles that it assumes: its transitive tags. */
export function inheritedTags(session: Session | undefined): readonly Tag[] {
  const transitive = new Set(session?.transitiveTagKeys?.map(fold));
  return session?.tags?.filter(({ Key }) => transitive.has(fold(Key))) ?? [];
}

/**
 * The tags of a new session: the inherited ones, which stay transitive, and those of the request. Keys are
 * case-insensitive. Throws InvalidParameterValue (evidence: sts-session-tags).
 */
export function sessionTags(
  { Tags = [], TransitiveTagKeys = [] }: TagRequest,
  inherited: readonly Tag[] = [],
): Pick<Session, "tags" | "transitiveTagKeys"> {
  const sent = Tags.map(({ Key = "", Value = "" }): Tag => ({ Key, Value }));
  const keys = new Set(sent.map(({ Key }) => fold(Key)));
  // The prefix is also reserved in session tags (IAM User Guide, "Rules for tagging"); the text is that of IAM's own
  // tags.
  if (sent.some(({ Key }) => fold(Key).startsWith("aws:"))) {
    throw InvalidParameterValue("Tag keys beginning with aws: are reserved for system use.");
  }
  if (keys.size < sent.length) {
    throw InvalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  const transitive = new Set(TransitiveTagKeys.map(fold));
  if (TransitiveTagKeys.some((key) => !keys.has(fold(key)))) {
    throw InvalidParameterValue("The specified transitive tag key must be included in the requested tags.");
  }
  if (inherited.some(({ Key }) => keys.has(fold(Key)))) {
    throw InvalidParameterValue(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  const tags = [...inherited, ...sent];
  const handedOn = [...inherited, ...sent.filter(({ Key }) => transitive.has(fold(Key)))];
  return {
    ...(tags.length > 0 && { tags }),
    ...(handedOn.length > 0 && { transitiveTagKeys: handedOn.map(({ Key }) => Key) }),
  };
}
