import type { JsonObject } from "../../signing/json-web-token.ts";
import type { ContextKeys } from "../../policy/keys.ts";

/**
 * The claims that AWS turns into condition keys for some issuers, by issuer URL without scheme (service authorization
 * reference, "Condition keys for AWS STS"; a test compares them).
 */
export const ISSUER_CLAIMS: readonly {
  readonly issuer: RegExp;
  readonly claims: readonly string[];
}[] = [
  { issuer: /^accounts\.google\.com$/, claims: ["google/organization_number"] },
  {
    issuer: /^agent\.(?:buildkite\.com|[^./]+\.buildkite\.(?:dev|site))$/,
    claims: [
      "build_branch",
      "cluster_id",
      "cluster_name",
      "organization_id",
      "organization_slug",
      "pipeline_id",
      "pipeline_slug",
    ],
  },
  {
    issuer:
      /^(?:token\.actions\.(?:githubusercontent\.com(?:\/.+)?|[^./]+\.ghe\.com)|github\.com\/enterprises\/[^/]+)$/,
    claims: [
      "actor",
      "actor_id",
      "enterprise_id",
      "environment",
      "job_workflow_ref",
      "ref",
      "repository",
      "repository_id",
      "repository_owner_id",
      "workflow",
    ],
  },
  {
    issuer: /^gitlab\.com$/,
    claims: [
      "namespace_id",
      "pipeline_source",
      "project_id",
      "ref_protected",
      "runner_environment",
      "user_access_level",
      "user_email",
      "user_id",
      "user_login",
    ],
  },
  { issuer: /^idcs-[^./]+\.identity\.oraclecloud\.com$/, claims: ["rpst_id"] },
  { issuer: /^oidc\.circleci\.com\/org\/[^/]+$/, claims: ["oidc.circleci.com/project-id"] },
];

/** The keys that the session keeps (IAM User Guide, "Available keys for AWS OIDC federation"). */
const OF_SESSION = ["amr", "aud", "sub"];

interface Verified {
  /** The issuer without its scheme, with which the keys begin. */
  readonly issuer: string;
  readonly subject: string;
  /** The authorized party or, without one, the audience. */
  readonly audience: string;
  readonly claims: JsonObject;
}

/** The condition keys of a web identity token, for the trust policy. */
export function webIdentityKeys({ issuer, subject, audience, claims }: Verified): ContextKeys {
  const special = ISSUER_CLAIMS.find((row) => row.issuer.test(issuer))?.claims ?? [];
  const values: Record<string, unknown> = {
    ...Object.fromEntries(special.map((claim) => [claim, claimAt(claims, claim)])),
    amr: claims["amr"],
    email: claims["email"],
    oaud: claims["aud"],
    aud: audience,
    sub: subject,
  };
  const keys: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    const shown = keyValue(value);
    // The methods of a sign-in can be several, so `amr` is always a list.
    if (shown !== undefined) keys[`${issuer}:${name}`] = name === "amr" ? [shown].flat() : shown;
  }
  return keys;
}

/** Those of the keys that the session keeps. */
export const sessionKeysOf = (issuer: string, keys: ContextKeys): ContextKeys =>
  Object.fromEntries(Object.entries(keys).filter(([key]) => OF_SESSION.includes(key.slice(issuer.length + 1))));

/** A claim by its name, or by a path of object names with slashes. */
function claimAt(claims: JsonObject, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  const slash = path.indexOf("/");
  const inner = slash === -1 ? undefined : claims[path.slice(0, slash)];
  return typeof inner === "object" && inner !== null ? claimAt(inner as JsonObject, path.slice(slash + 1)) : undefined;
}

/** The value that conditions compare: a string, or the strings in a list. */
function keyValue(value: unknown): string | readonly string[] | undefined {
  if (Array.isArray(value)) {
    const texts = value.map(textOf);
    return texts.length > 0 && texts.every((text) => text !== undefined) ? texts : undefined;
  }
  return textOf(value);
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
