import type { KeyLookup } from "./keys.ts";
import type { PrincipalEntry } from "./structure.ts";
import { isPlain } from "./template.ts";
import { TextPatterns } from "./text-patterns.ts";

/** An action in lower case, as actions are compared, with the part before its colon. */
export interface ActionName {
  readonly name: string;
  readonly service: string;
}

export function actionName(action: string): ActionName {
  const name = action.toLowerCase();
  return { name, service: serviceOf(name) };
}

const serviceOf = (action: string): string => action.slice(0, Math.max(action.indexOf(":"), 0));

/** Actions have no variables. */
const SYNTAX = { wildcards: true, variables: false };

/**
 * The actions of a statement. Some managed policies list a thousand, so they are indexed: actions without wildcards by
 * name, patterns by service.
 */
export class ActionList {
  readonly #everything: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #patterns: ReadonlyMap<string, TextPatterns>;

  constructor(actions: readonly string[]) {
    const folded = actions.map((action) => action.toLowerCase());
    this.#everything = folded.includes("*");
    this.#names = new Set(folded.filter((action) => isPlain(action, SYNTAX)));
    const filed = new Map<string, string[]>();
    for (const action of folded.filter((text) => !isPlain(text, SYNTAX))) {
      // A pattern with wildcards in its service is filed under no service.
      const service = isPlain(serviceOf(action), SYNTAX) ? serviceOf(action) : "";
      const ofService = filed.get(service);
      if (ofService === undefined) filed.set(service, [action]);
      else ofService.push(action);
    }
    this.#patterns = new Map([...filed].map(([service, patterns]) => [service, new TextPatterns(patterns, SYNTAX)]));
  }

  has({ name, service }: ActionName, keys: KeyLookup): boolean {
    if (this.#everything || this.#names.has(name)) return true;
    if (this.#patterns.size === 0) return false;
    return (this.#patterns.get(service)?.has(name, keys) || this.#patterns.get("")?.has(name, keys)) ?? false;
  }
}

/** The caller. `id` is the unique id (`AIDA…`, `AROA…`). */
export type RequestPrincipal =
  | { readonly type: "root"; readonly account: string; readonly arn: string }
  | { readonly type: "user"; readonly account: string; readonly arn: string; readonly id: string }
  /** `arn` is the session's, `arn:aws:sts::A:assumed-role/R/S`; `roleArn` and `id` are the role's. */
  | {
      readonly type: "role";
      readonly account: string;
      readonly arn: string;
      readonly roleArn: string;
      readonly id: string;
    }
  /** A session of GetFederationToken; the issuer is the user who asked for it, or root (whose id is the account number). */
  | {
      readonly type: "federated-user";
      readonly account: string;
      readonly arn: string;
      readonly issuerArn: string;
      readonly issuerId: string;
    }
  /** The bearer of a web identity token or a SAML assertion: the provider's ARN, or its domain. */
  | { readonly type: "federated"; readonly provider: string }
  | { readonly type: "service"; readonly service: string }
  | { readonly type: "anonymous" };

/** Principal ARN as written -> its unique id when the policy was stored. */
export type Bindings = Readonly<Record<string, string>>;

/**
 * The ways in which a policy names the caller, as a set of bits; 0 if it does not. A grant to the account leaves the
 * decision to the account's own policies. A grant to a role is still limited by boundary and session policies; one to
 * the user or session itself is not (IAM User Guide, "Policy evaluation for requests within a single account").
 */
export type Naming = number;
export const NOT_NAMED: Naming = 0;
export const AS_ANYONE: Naming = 1;
export const AS_ACCOUNT: Naming = 2;
/** The role of a session, or the user for whom GetFederationToken made the session. */
export const AS_ROLE: Naming = 4;
export const AS_ITSELF: Naming = 8;

const ACCOUNT = /^(?:arn:[^:]*:iam::)?(\d{12})(?::root)?$/;

type Entry =
  | { readonly type: "anyone"; readonly aws: boolean }
  | { readonly type: "account"; readonly account: string }
  | { readonly type: "aws" | "Service" | "Federated"; readonly value: string };

/** The principals of a statement. */
export class PrincipalList {
  readonly #entries: readonly Entry[];

  constructor(principals: readonly PrincipalEntry[]) {
    this.#entries = principals.flatMap(entryOf);
  }

  /** The ways in which a Principal element names the caller. */
  naming(principal: RequestPrincipal, bindings: Bindings): Naming {
    let naming = NOT_NAMED;
    for (const entry of this.#entries) naming |= namingOf(entry, principal, bindings);
    return naming;
  }

  /**
   * Whether a NotPrincipal element exempts the caller. It must name the caller itself and, for a session, also its
   * role. The account is listed along with the users in it, so it stands only for its root user (IAM User Guide,
   * "NotPrincipal").
   */
  exempts(principal: RequestPrincipal, bindings: Bindings): boolean {
    const naming = this.naming(principal, bindings);
    if ((naming & AS_ANYONE) !== 0) return true;
    const isRole = principal.type === "role";
    // The simulator also has roles without a session.
    const needed = !isRole ? AS_ITSELF : principal.arn === principal.roleArn ? AS_ROLE : AS_ITSELF | AS_ROLE;
    return (naming & needed) === needed;
  }
}

function entryOf({ type, value }: PrincipalEntry): Entry[] {
  switch (type) {
    case undefined:
      return value === "*" ? [{ type: "anyone", aws: false }] : [];
    case "AWS": {
      if (value === "*") return [{ type: "anyone", aws: true }];
      const account = ACCOUNT.exec(value)?.[1];
      return [account === undefined ? { type: "aws", value } : { type: "account", account }];
    }
    case "Service":
    case "Federated":
      return [{ type, value }];
    default:
      // Only S3 knows canonical user ids: no caller of IAM or STS has one.
      return [];
  }
}

function namingOf(entry: Entry, principal: RequestPrincipal, bindings: Bindings): Naming {
  switch (entry.type) {
    case "anyone":
      // {"AWS":"*"} does not admit a caller who has only a token or an assertion (evidence: saml-context).
      return entry.aws && principal.type === "federated" ? NOT_NAMED : AS_ANYONE;
    case "account":
      if (!("account" in principal) || principal.account !== entry.account) return NOT_NAMED;
      return principal.type === "root" ? AS_ACCOUNT | AS_ITSELF : AS_ACCOUNT;
    case "Service":
      return principal.type === "service" && principal.service === entry.value ? AS_ITSELF : NOT_NAMED;
    case "Federated":
      return principal.type === "federated" && principal.provider === entry.value ? AS_ITSELF : NOT_NAMED;
    default:
      return namingOfArn(entry.value, principal, bindings);
  }
}

function namingOfArn(value: string, principal: RequestPrincipal, bindings: Bindings): Naming {
  const bound = Object.hasOwn(bindings, value) ? bindings[value] : undefined;
  // A bound principal is its unique id: another entity with the same name is not it.
  const names = (arn: string, id: string) => (bound === undefined ? value === arn || value === id : bound === id);
  switch (principal.type) {
    case "user":
      return names(principal.arn, principal.id) ? AS_ITSELF : NOT_NAMED;
    case "role":
      if (names(principal.roleArn, principal.id)) return AS_ROLE;
      return value === principal.arn && value !== principal.roleArn ? AS_ITSELF : NOT_NAMED;
    case "federated-user":
      if (names(principal.issuerArn, principal.issuerId)) return AS_ROLE;
      return value === principal.arn ? AS_ITSELF : NOT_NAMED;
    default:
      return NOT_NAMED;
  }
}
