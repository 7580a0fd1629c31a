import { splitArn } from "../arn.ts";
import type { CompiledStatement } from "../compile.ts";
import { namingBy } from "../evaluate.ts";
import { NOT_NAMED, type RequestPrincipal } from "../match.ts";
import type { PrincipalEntry, StatementStructure } from "../structure.ts";

/** An example of callers whom policies name alike, and what they are called. */
export interface CallerClass {
  readonly caller: RequestPrincipal;
  /** Such as `anyone in the account 111122223333`. */
  readonly names: readonly string[];
}

interface NamedCaller {
  readonly name: string;
  readonly caller: RequestPrincipal;
  /** Set where it goes without saying, as long as they are named like another. */
  readonly implied?: true;
}

const OUTSIDER = "999999999999";

/** Whoever has the policies, where no policy names callers. */
export const HOLDER: RequestPrincipal = userIn("000000000000", "example");

function userIn(account: string, name: string): RequestPrincipal & { readonly type: "user" } {
  return { type: "user", account, arn: `arn:aws:iam::${account}:user/${name}`, id: `AIDA${name.toUpperCase()}` };
}

/** Whether a statement is about a caller; those without a principal are about whoever has the policy. */
export const isAbout = (statement: CompiledStatement, caller: RequestPrincipal): boolean =>
  (statement.principals === undefined && statement.notPrincipals === undefined) ||
  namingBy(statement, caller, {}) !== NOT_NAMED;

/**
 * The callers that statements tell apart. Principals are named in full, so that an example of each that is named, and of those
 * who are not, is all there is.
 */
export function callerClasses(
  structures: readonly StatementStructure[],
  statements: readonly CompiledStatement[],
): CallerClass[] {
  const entries = structures.flatMap(({ principals, notPrincipals }) => principals ?? notPrincipals ?? []);
  const named = structures.some(({ principals, notPrincipals }) => (principals ?? notPrincipals) !== undefined);
  if (!named) return [{ caller: HOLDER, names: [] }];
  const classes = new Map<string, { caller: RequestPrincipal; names: string[] }>();
  for (const { name, caller, implied } of [...entries.flatMap(examplesOf), ...OTHERS]) {
    const about = statements.map((statement) => (isAbout(statement, caller) ? "1" : "0")).join("");
    const alike = classes.get(about);
    if (alike === undefined) classes.set(about, { caller, names: [name] });
    else if (!implied && !alike.names.includes(name)) alike.names.push(name);
  }
  return [...classes.values()];
}

const OTHERS: readonly NamedCaller[] = [
  { name: "users and roles of any account", caller: userIn(OUTSIDER, "anyone") },
  { name: "any service", caller: { type: "service", service: "any.amazonaws.com" } },
  { name: "anyone with a token or an assertion", caller: { type: "federated", provider: "any.example.com" } },
  { name: "anyone without credentials", caller: { type: "anonymous" } },
];

function examplesOf({ type, value }: PrincipalEntry): NamedCaller[] {
  if (type === "Service") return [{ name: value, caller: { type: "service", service: value } }];
  if (type === "Federated") return [{ name: value, caller: { type: "federated", provider: value } }];
  if (type !== "AWS") return [];
  const account = /^(?:arn:[^:]*:iam::)?(\d{12})(?::root)?$/.exec(value)?.[1];
  if (account !== undefined) return ofAccount(account);
  const parts = splitArn(value);
  if (parts === undefined)
    return value === "*" ? [] : [{ name: value, caller: { ...userIn(OUTSIDER, "by-id"), id: value } }];
  const caller = callerOf(value, parts[4], parts[5]);
  return [{ name: value, caller }, ...federatedBy(caller), ...ofAccount(parts[4])];
}

/** A user's policies go for those for whom it has got credentials by GetFederationToken, but NotPrincipal does not exempt them. */
function federatedBy(caller: RequestPrincipal): NamedCaller[] {
  if (caller.type !== "user") return [];
  const { account, arn, id } = caller;
  const session = `arn:aws:sts::${account}:federated-user/example`;
  const federated = { type: "federated-user", account, arn: session, issuerArn: arn, issuerId: id } as const;
  return [{ name: `federated users of ${arn}`, caller: federated, implied: true }];
}

const ofAccount = (account: string): NamedCaller[] => [
  { name: `users and roles of the account ${account}`, caller: userIn(account, "any") },
  { name: `root of the account ${account}`, caller: { type: "root", account, arn: `arn:aws:iam::${account}:root` } },
];

function callerOf(arn: string, account: string, resource: string): RequestPrincipal {
  const [kind, name = "", session = "session"] = resource.split("/");
  if (kind === "role") {
    const last = resource.slice(resource.lastIndexOf("/") + 1);
    return {
      type: "role",
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${last}/session`,
      roleArn: arn,
      id: "AROAEXAMPLE",
    };
  }
  if (kind === "assumed-role") {
    return {
      type: "role",
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
      roleArn: `arn:aws:iam::${account}:role/${name}`,
      id: "AROAEXAMPLE",
    };
  }
  if (kind === "federated-user") {
    return { type: "federated-user", account, arn, issuerArn: `arn:aws:iam::${account}:root`, issuerId: account };
  }
  return { type: "user", account, arn, id: "AIDAEXAMPLE" };
}
