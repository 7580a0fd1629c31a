import { referencedService } from "../catalog/service-reference.ts";
import type { Finding } from "./faults.ts";
import { Glob } from "./glob.ts";
import { badLiterals, repeatedSids, statementPath } from "./identity-grammar.ts";
import type { Path } from "./json.ts";
import { type PolicyStructure, type StatementStructure, VERSION_2008, VERSION_2012 } from "./structure.ts";
import { principalMessage } from "./trust-grammar.ts";

/** What a text is told that is not JSON, or begins with anything else than its brace. */
export const NOT_JSON = "Policies must be valid JSON and the first byte must be '{'";
export const INVALID_SYNTAX = "Invalid policy syntax.";

/**
 * What is wrong with the policy of a resource, in the words of S3, whose texts are known best (evidence: gate-bucket-policy-texts).
 * `service` is the prefix of the actions that it may be about; that of a bucket must be about the bucket of that name.
 */
export function* resourcePolicyFindings(
  policy: PolicyStructure,
  service: string,
  bucket: string | undefined,
): Iterable<Finding> {
  const { version, statements } = policy;
  if (version !== undefined && version !== VERSION_2012 && version !== VERSION_2008) {
    yield told("version", "The policy must contain a valid version string", ["Version"]);
  }
  if (statements.length === 0)
    yield told("no-statement", "Could not parse the policy: Statement is empty!", ["Statement"]);
  for (const [index, statement] of statements.entries()) {
    const path = statementPath(index);
    yield* formFindings(statement, path);
    yield* principalFindings(statement, path);
    yield* actionFindings(statement, path, service);
    if (bucket !== undefined) yield* bucketFindings(statement, path, bucket);
  }
  yield* repeatedSids(statements, "The Statement Ids in the policy are not unique");
  yield* badLiterals(policy, true, INVALID_SYNTAX);
}

const told = (kind: Finding["kind"], message: string, path: Path, detail = message): Finding => ({
  kind,
  message,
  detail,
  path,
});

function* formFindings({ effect, ...statement }: StatementStructure, path: Path): Iterable<Finding> {
  if (effect === undefined) yield told("missing-element", "Missing required field Effect", [...path, "Effect"]);
  else if (effect !== "Allow" && effect !== "Deny")
    yield told("effect", `Invalid effect: ${effect}`, [...path, "Effect"]);
  const { principals, notPrincipals, actions, notActions, resources, notResources } = statement;
  for (const [name, own, excepted] of [
    ["Principal", principals, notPrincipals],
    ["Action", actions, notActions],
    ["Resource", resources, notResources],
  ] as const) {
    const missing = `Missing required field ${name}`;
    if (own !== undefined && excepted !== undefined) {
      const detail = `Not${name} cannot stand together with ${name}.`;
      yield { ...told("conflicting-elements", INVALID_SYNTAX, [...path, `Not${name}`], detail), atName: true };
    } else if (own === undefined && excepted === undefined) yield told("missing-element", missing, [...path, name]);
    else if ((own ?? excepted)!.length === 0)
      yield told("missing-element", `${missing} cannot be empty!`, [...path, name]);
  }
}

function* principalFindings({ principals, notPrincipals }: StatementStructure, path: Path): Iterable<Finding> {
  const element = principals === undefined ? "NotPrincipal" : "Principal";
  for (const principal of principals ?? notPrincipals ?? []) {
    const { type, value } = principal;
    if ((type === undefined && value === "*") || principalMessage(principal) === undefined) continue;
    const detail = `${JSON.stringify(value)} is no principal${type === undefined ? "" : ` of the kind ${type}`}.`;
    yield told("principal", "Invalid principal in policy", [...path, element], detail);
  }
}

function* actionFindings({ actions, notActions }: StatementStructure, path: Path, service: string): Iterable<Finding> {
  const element = actions === undefined ? "NotAction" : "Action";
  for (const [place, action] of (actions ?? notActions ?? []).entries()) {
    if (action === "*" || isOf(service, action)) continue;
    const detail = `${JSON.stringify(action)} is no action of ${service}.`;
    yield told("action", "Policy has invalid action", [...path, element, place], detail);
  }
}

/** Whether a service takes an action in its policies. Of others than S3 it is not known that they look at more than the prefix. */
function isOf(service: string, action: string): boolean {
  if (service === "s3") return actionsLike(action, service).length > 0;
  const [prefix = "", name] = action.toLowerCase().split(":");
  return name !== undefined && Glob.of(prefix).matches(service);
}

/** The actions of a service that a pattern stands for; none where it is another's. */
function actionsLike(pattern: string, service: string): string[] {
  const [prefix = "", name] = pattern.toLowerCase().split(":");
  const reference = referencedService(service);
  if (name === undefined || !reference || !Glob.of(prefix).matches(service)) return [];
  const glob = Glob.of(name);
  return Object.keys(reference.actions).filter((action) => glob.matches(action.toLowerCase()));
}

const OBJECT = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
const BUCKET = "arn:${Partition}:s3:::${BucketName}";

/** What is about another bucket, and actions none of whose resources is in the statement. */
function* bucketFindings(statement: StatementStructure, path: Path, bucket: string): Iterable<Finding> {
  const { actions = [], resources, notResources } = statement;
  const element = resources === undefined ? "NotResource" : "Resource";
  const named = resources ?? notResources ?? [];
  for (const [place, resource] of named.entries()) {
    if (kindsIn(resource, bucket).length > 0) continue;
    const detail = `${JSON.stringify(resource)} is not the bucket ${bucket}, nor anything in it.`;
    yield told("resource", "Policy has invalid resource", [...path, element, place], detail);
  }
  if (resources === undefined) return;
  const kinds = new Set(resources.flatMap((resource) => kindsIn(resource, bucket)));
  for (const [place, action] of actions.entries()) {
    if (action === "*" || kinds.size === 0 || actsOnAny(action, kinds)) continue;
    const message = "Action does not apply to any resource(s) in statement";
    const detail = `${action} acts on ${kinds.has(OBJECT) ? "buckets" : "objects"}, which no resource of the statement is.`;
    yield told("action", message, [...path, "Action", place], detail);
  }
}

/** Whether a resource of a policy stands for a bucket, for objects in it, or for both. */
function kindsIn(resource: string, bucket: string): string[] {
  const [, own] = /^arn:aws[^:]*:s3:::(.+)$/.exec(resource) ?? [];
  if (own === undefined) return [];
  const [name = "", ...key] = own.split("/");
  if (key.length > 0) return Glob.of(name).matches(bucket) ? [OBJECT] : [];
  const isBucket = Glob.of(name).matches(bucket);
  // A wildcard at the end goes on into the bucket.
  return [...(isBucket ? [BUCKET] : []), ...(isBucket && name.endsWith("*") ? [OBJECT] : [])];
}

function actsOnAny(action: string, kinds: ReadonlySet<string>): boolean {
  const { arns = [], actions = {} } = referencedService("s3") ?? {};
  const like = actionsLike(action, "s3");
  return like.length === 0 || like.some((name) => actions[name]!.some((place) => kinds.has(arns[place]!)));
}
