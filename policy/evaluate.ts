import { resourceName, splitArn } from "./arn.ts";
import { compile, type CompiledStatement, type Subject } from "./compile.ts";
import { type ContextKeys, KeyLookup } from "./keys.ts";
import {
  actionName,
  AS_ACCOUNT,
  AS_ANYONE,
  AS_ITSELF,
  AS_ROLE,
  type Bindings,
  type Naming,
  NOT_NAMED,
  type RequestPrincipal,
} from "./match.ts";

import type { PolicyType } from "./policy-type.ts";

export type { ContextKeys } from "./keys.ts";
export type { RequestPrincipal } from "./match.ts";
export type { PolicyType } from "./policy-type.ts";

/** A policy document with the name by which explanations refer to it. */
export interface PolicySource {
  readonly id: string;
  readonly document: string;
}

/**
 * The policy of a resource, such as the trust policy of a role. `bindings`: principal ARN as written -> the unique id it
 * had when the policy was stored; a bound principal is matched by that id and no longer by its name.
 */
export interface TrustSource {
  readonly document: string;
  readonly bindings: Bindings;
}

/** The policy of a resource that is no role. */
export interface ResourceSource extends TrustSource {
  /**
   * Whether it must allow within its account, too, as that of a KMS key must: naming the account then leaves the decision to
   * the account's policies (evidence: gate-key-policy).
   */
  readonly required?: boolean;
}

/** The policies that have a say. What is absent does not limit; what is present and empty allows nothing. */
export interface Policies {
  /** Service control policies, one list per level from the root of the organization down; each level must allow. */
  readonly scps?: readonly (readonly PolicySource[])[];
  /** Resource control policies, likewise. */
  readonly rcps?: readonly (readonly PolicySource[])[];
  readonly identity: readonly PolicySource[];
  readonly boundary?: PolicySource;
  /** Session policies: their union limits. */
  readonly session?: readonly PolicySource[];
  /** What a session was cut down to later on: each of these must allow, as must its session policies. */
  readonly scopes?: readonly PolicySource[];
  /** The policy of the resource, for kinds of resource that have one. */
  readonly resource?: ResourceSource;
  /** The trust policy of the role to be assumed, which must allow; null where the role does not exist. */
  readonly trust?: TrustSource | null;
}

export interface AccessRequest {
  /** Such as `iam:CreateUser`. */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  readonly principal: RequestPrincipal;
  /** The account that owns the resource. */
  readonly resourceAccount: string;
  readonly keys: ContextKeys;
  /** Names of keys that AWS would have and nobody here can tell, such as `s3:ExistingObjectTag/*`: an Allow that asks for one is not met. */
  readonly unknowable?: readonly string[];
  /** Evaluate as the policy simulator does, which differs in details of conditions (evidence: simulator-operators). */
  readonly simulated?: boolean;
}

export interface Decision {
  readonly allowed: boolean;
  readonly kind: "allowed" | "explicitDeny" | "implicitDeny";
  /** The type of policy that decided: it allowed, it denied, or it is the first that lacks an allow. */
  readonly decidedBy: PolicyType;
}

/**
 * Decides whether a request is allowed (IAM User Guide, "Policy evaluation logic"): an explicit deny in any policy wins;
 * every level of RCPs and SCPs must allow; then the resource's policy, the identity's, boundary and session policies as
 * far as each has a say. Pure. Throws NoPolicy for a document that is none.
 */
export function evaluate(policies: Policies, request: AccessRequest): Decision {
  const subject = subjectOf(request);
  const { boundary } = policies;
  const own = policies.trust === undefined ? policies.resource : policies.trust;
  const ownType: PolicyType = policies.trust === undefined ? "resource" : "trust";

  const rcp = isExemptFromRcp(request) ? "allow" : verdictOfLevels(policies.rcps, subject);
  const scp = isExempt(request.principal) ? "allow" : verdictOfLevels(policies.scps, subject);
  const granted = own ? grant(own, subject, request.principal) : NOT_NAMED;
  const byIdentity = verdict(policies.identity, subject);
  const byBoundary = boundary === undefined ? "allow" : verdict([boundary], subject);
  const bySession = verdictOfLevels(sessionLevels(policies), subject);

  if (rcp === "deny") return explicitDeny("rcp");
  if (scp === "deny") return explicitDeny("scp");
  if (granted === "deny") return explicitDeny(ownType);
  if (byIdentity === "deny") return explicitDeny("identity");
  if (byBoundary === "deny") return explicitDeny("boundary");
  if (bySession === "deny") return explicitDeny("session");
  if (rcp === "silent") return implicitDeny("rcp");
  if (scp === "silent") return implicitDeny("scp");

  const inAccount = isInAccount(request);
  // A trust policy must always allow, as must a key's, and any resource's policy must for callers of another account.
  const isRequired = ownType === "trust" || policies.resource?.required || !inAccount;
  if (granted === NOT_NAMED && own !== undefined && isRequired) return implicitDeny(ownType);
  if (inAccount && (granted & sufficientAlone(policies)) !== 0) return allow(ownType);
  const grantedToRole = inAccount && (granted & AS_ROLE) !== 0;
  if (!grantedToRole && byIdentity === "silent" && !ownsAccount(request.principal)) {
    // Who has no account has no policies either: what is lacking is one of the resource.
    return implicitDeny(accountOf(request.principal) !== undefined || ownType === "trust" ? "identity" : "resource");
  }
  if (byBoundary === "silent") return implicitDeny("boundary");
  if (bySession === "silent") return implicitDeny("session");
  return allow(grantedToRole ? ownType : "identity");
}

/** What a set of policies says: `silent` is the implicit deny. */
type Verdict = "allow" | "deny" | "silent";

export function subjectOf({ action, resource, keys, unknowable, simulated = false }: AccessRequest): Subject {
  return {
    action: actionName(action),
    resource: resourceName(resource),
    keys: new KeyLookup(keys, unknowable),
    simulated,
  };
}

function verdict(sources: readonly PolicySource[], subject: Subject): Verdict {
  let result: Verdict = "silent";
  for (const { document } of sources) {
    const { denies, allows } = compile(document);
    for (const statement of denies) if (statement.covers(subject) && statement.isMet(subject)) return "deny";
    if (result === "allow") continue;
    for (const statement of allows) {
      if (statement.covers(subject) && statement.isMet(subject)) {
        result = "allow";
        break;
      }
    }
  }
  return result;
}

/** Within a level one policy is enough, but each level must allow (evidence: layers-organization). */
function verdictOfLevels(levels: readonly (readonly PolicySource[])[] | undefined, subject: Subject): Verdict {
  let result: Verdict = "allow";
  for (const sources of levels ?? []) {
    const ofLevel = verdict(sources, subject);
    if (ofLevel === "deny") return "deny";
    if (ofLevel === "silent") result = "silent";
  }
  return result;
}

/** The session policies and each scope-down policy, as levels that must all allow. */
export const sessionLevels = ({ session, scopes = [] }: Policies): readonly (readonly PolicySource[])[] => [
  ...(session === undefined ? [] : [session]),
  ...scopes.map((scope) => [scope]),
];

/** As what the resource's policy allows the caller in. */
function grant({ document, bindings }: TrustSource, subject: Subject, principal: RequestPrincipal): Naming | "deny" {
  const { denies, allows } = compile(document);
  for (const statement of denies) {
    if (
      namingBy(statement, principal, bindings) !== NOT_NAMED &&
      statement.covers(subject) &&
      statement.isMet(subject)
    ) {
      return "deny";
    }
  }
  let granted = NOT_NAMED;
  for (const statement of allows) {
    const naming = namingBy(statement, principal, bindings);
    // A statement that adds no way in need not be looked at.
    if ((naming | granted) !== granted && statement.covers(subject) && statement.isMet(subject)) granted |= naming;
  }
  return granted;
}

/** As what a statement of a resource's policy names the caller. */
export function namingBy(statement: CompiledStatement, principal: RequestPrincipal, bindings: Bindings): Naming {
  const { principals, notPrincipals } = statement;
  if (principals !== undefined) return principals.naming(principal, bindings);
  return notPrincipals === undefined || notPrincipals.exempts(principal, bindings) ? NOT_NAMED : AS_ANYONE;
}

/**
 * The grants of a resource's policy that need no other policy within the account. A trust policy that names the account
 * or anyone leaves the decision to the account's policies, a key's one that names the account; of other policies the simulator
 * shows that they allow by themselves (evidence: simulator-resource-policy, layers-resource-policy, gate-key-policy).
 */
function sufficientAlone({ trust, resource }: Policies): Naming {
  if (trust !== undefined) return AS_ITSELF;
  return resource?.required ? AS_ITSELF | AS_ANYONE : AS_ITSELF | AS_ACCOUNT | AS_ANYONE;
}

/**
 * Callers without an account (a service, a token of an issuer that is built into IAM) have no policies of their own, so
 * the resource's decides alone. Whoever comes by an account's identity provider is of that account
 * (evidence: saml-context): no policy there lets them into another, in which AWS has people make a provider of its own
 * (IAM User Guide, "Cross-account policy evaluation logic").
 */
export function isInAccount({ principal, resourceAccount }: AccessRequest): boolean {
  const account = accountOf(principal);
  return account === undefined || account === resourceAccount;
}

/** The account whose policies a caller may have; undefined for those who are of none. */
export function accountOf(principal: RequestPrincipal): string | undefined {
  if ("account" in principal) return principal.account;
  return principal.type === "federated" ? splitArn(principal.provider)?.[4] : undefined;
}

/** Root, and the sessions that root made with GetFederationToken: no identity policy is needed. */
export function ownsAccount(principal: RequestPrincipal): boolean {
  return principal.type === "root" || (principal.type === "federated-user" && principal.issuerId === principal.account);
}

const SERVICE_LINKED = ":role/aws-service-role/";

/**
 * The organization's policies spare service-linked roles, RCPs also their assumption (evidence: slr-exempt, rcp-sts).
 */
export function isExempt(principal: RequestPrincipal): boolean {
  return principal.type === "role" && principal.roleArn.includes(SERVICE_LINKED);
}

export function isExemptFromRcp({ principal, resource }: AccessRequest): boolean {
  return isExempt(principal) || resource.includes(SERVICE_LINKED);
}

const allow = (decidedBy: PolicyType): Decision => ({ allowed: true, kind: "allowed", decidedBy });
const explicitDeny = (decidedBy: PolicyType): Decision => ({ allowed: false, kind: "explicitDeny", decidedBy });
const implicitDeny = (decidedBy: PolicyType): Decision => ({ allowed: false, kind: "implicitDeny", decidedBy });
