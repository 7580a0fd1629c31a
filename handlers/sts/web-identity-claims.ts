import type { Tag } from "../../data/entities/accounts.ts";
import type { JsonObject } from "../../signing/json-web-token.ts";
import { InvalidIdentityToken } from "../errors.ts";
import { areAcceptable } from "./session-tags.ts";

// What a token may ask of the session in claims of AWS's name (evidence: web-identity-claims).

const TAGS = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY = "https://aws.amazon.com/source_identity";
const ROLES = "https://aws.amazon.com/roles";

const PRINCIPAL_TAGS = "principal_tags";
const TRANSITIVE_TAG_KEYS = "transitive_tag_keys";

export interface ClaimedTags {
  readonly Tags: readonly Tag[];
  readonly TransitiveTagKeys: readonly string[];
}

/**
 * The session tags: one claim with an object of lists with one value each, or a claim for each tag. Throws
 * InvalidIdentityToken.
 */
export function claimedTags(claims: JsonObject): ClaimedTags {
  const nested = claims[TAGS] ?? {};
  if (!isObject(nested)) throw badFormat(PRINCIPAL_TAGS);
  const inLists = nested[PRINCIPAL_TAGS] ?? {};
  if (!isObject(inLists)) throw badFormat(PRINCIPAL_TAGS);
  const flatPrefix = `${TAGS}/${PRINCIPAL_TAGS}/`;
  const flat = Object.entries(claims).filter(([name]) => name.startsWith(flatPrefix));
  const Tags = [
    ...Object.entries(inLists).map(([key, values]) => tagOf(key, onlyElement(values))),
    ...flat.map(([name, value]) => tagOf(name.slice(flatPrefix.length), value)),
  ];
  if (!areAcceptable(Tags)) throw badFormat(PRINCIPAL_TAGS);
  const TransitiveTagKeys = [
    ...textsOf(nested[TRANSITIVE_TAG_KEYS] ?? []),
    ...textsOf(claims[`${TAGS}/${TRANSITIVE_TAG_KEYS}`] ?? []),
  ];
  return { Tags, TransitiveTagKeys };
}

function tagOf(key: string, value: unknown): Tag {
  if (typeof value !== "string") throw badFormat(PRINCIPAL_TAGS);
  return { Key: key, Value: value };
}

/** Each value must be a list of one string; a bare string is refused (evidence: web-identity-claims). */
const onlyElement = (values: unknown): unknown =>
  Array.isArray(values) && values.length === 1 ? (values[0] as unknown) : undefined;

function textsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((text) => typeof text === "string")) throw badFormat(TRANSITIVE_TAG_KEYS);
  return value;
}

const badFormat = (claim: string) => InvalidIdentityToken(`${claim} passed in claim is not in correct format.`);

/** The source identity, if the token sets one. AWS's text is only known for SAML (evidence: saml-documented-texts). */
export function claimedSourceIdentity(claims: JsonObject): string | undefined {
  const value = claims[SOURCE_IDENTITY];
  if (value === undefined) return undefined;
  if (typeof value === "string" && /^(?!aws:)[\w+=,.@-]{2,64}$/i.test(value)) return value;
  throw InvalidIdentityToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"');
}

/**
 * Whether the token names the role; false if it names no roles. Throws InvalidIdentityToken if it names only others, or
 * something that is not a role.
 */
export function isRoleClaimed(claims: JsonObject, role: string): boolean {
  const value = claims[ROLES];
  if (value === undefined) return false;
  const named: readonly unknown[] = Array.isArray(value) ? value : typeof value === "string" ? value.split(";") : [];
  if (named.includes(role)) return true;
  throw InvalidIdentityToken(UNVERIFIED, `the claim ${ROLES} does not name the role`);
}

/** AWS's text for any fault of a token that has no text of its own (evidence: web-identity-texts). */
export const UNVERIFIED =
  "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.";

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
