import type { PolicyKind } from "../../policy/document.ts";
import type { Json, Path } from "../../policy/json.ts";
import { readStructure } from "../../policy/structure.ts";

/** The kinds that a document can be said to be. */
export const KINDS = [
  "identity",
  "inline",
  "trust",
  "resource",
  "scp",
  "rcp",
  "session",
  "boundary",
] as const satisfies readonly PolicyKind[];

export const isKind = (text: string): text is (typeof KINDS)[number] => (KINDS as readonly string[]).includes(text);

/** By the names of members that documents stand in: in seeds, in what the AWS CLI prints, and in the API. The innermost decides. */
const BY_MEMBER: readonly (readonly [RegExp, PolicyKind])[] = [
  [/^(?:trustPolicy|assumeRolePolicy(?:Document)?)$/i, "trust"],
  [/^scps?$/i, "scp"],
  [/^rcps?$/i, "rcp"],
  [/^(?:UserPolicyList|GroupPolicyList|RolePolicyList|policies)$/, "inline"],
  [/^(?:managedPolicies|Policies|PolicyVersionList)$/, "identity"],
  [/^(?:resourcePolicy|bucketPolicy|keyPolicy|queuePolicy|topicPolicy)$/i, "resource"],
];

/** By words in the names of files. */
const BY_FILE: readonly (readonly [RegExp, PolicyKind])[] = [
  [/\b(?:trust|assume[-_ ]?role)/i, "trust"],
  [/\b(?:scps?|service[-_ ]control)\b/i, "scp"],
  [/\b(?:rcps?|resource[-_ ]control)\b/i, "rcp"],
  [/\bbound(?:ary|aries)\b/i, "boundary"],
  [/\bsession\b/i, "session"],
  [/\b(?:bucket|queue|topic|key|resource|secret|repository)[-_ ]?polic/i, "resource"],
];

/** What kind of policy a document is: by where it stands, by its file's name, and else by what is in it. */
export function guessKind(document: Json | undefined, path: Path, file: string): PolicyKind {
  for (const step of path.toReversed()) {
    const [, kind] = BY_MEMBER.find(([pattern]) => typeof step === "string" && pattern.test(step)) ?? [];
    if (kind !== undefined) return kind;
  }
  const words = file.replaceAll(/([a-z])(?=[A-Z])/g, "$1-").replaceAll("_", "-");
  const [, byName] = BY_FILE.find(([pattern]) => pattern.test(words)) ?? [];
  return byName ?? (document === undefined ? "identity" : byContents(document));
}

function byContents(document: Json): PolicyKind {
  const { statements } = readStructure(document).structure;
  if (!statements.some(({ principals, notPrincipals }) => principals !== undefined || notPrincipals !== undefined)) {
    return "identity";
  }
  const isTrust = statements.every(
    ({ actions = [], resources }) => resources === undefined && actions.some((action) => /^sts:/i.test(action)),
  );
  return isTrust ? "trust" : "resource";
}
