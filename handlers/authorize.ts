import { roles } from "../data/entities/roles.ts";
import { users } from "../data/entities/users.ts";
import { rootArn, userArn } from "./arns.ts";
import { accountIn } from "../policy/arn.ts";
import { detailsSentence } from "./authorization-details.ts";
import type { Caller } from "./caller.ts";
import { contextKeys } from "./context-keys.ts";
import { AccessDenied } from "./errors.ts";
import { defaultDocument } from "./iam/managed-policies.ts";
import { identityPolicies, managedPolicy, type Identity } from "./identity-policies.ts";
import type { AccessContext, Context, Permission, Resource } from "./operation.ts";
import { policyLevels } from "./organization.ts";
import { denialEnding } from "../policy/denial.ts";
import {
  evaluate,
  type AccessRequest,
  type ContextKeys,
  type Decision,
  type Policies,
  type PolicySource,
  type RequestPrincipal,
} from "../policy/evaluate.ts";

/** One decision of a request, with everything needed to explain it later. */
export interface Authorization {
  readonly policies: Policies;
  readonly request: AccessRequest;
  readonly decision: Decision;
  /** The message of AccessDenied; absent if the permission is granted. */
  readonly denial?: string;
}

/**
 * Decides each permission in turn and throws AccessDenied, in AWS's words, at the first refusal. `record` gets every
 * decision, including that one. With soft enforcement refusals pass; without enforcement nothing is decided. A role
 * that does not exist can never be assumed.
 */
export function authorize(
  permissions: Iterable<Permission>,
  context: Context,
  record: (authorization: Authorization) => void,
): void {
  const { enforcement } = context.settings;
  for (const permission of permissions) {
    const enforced = enforcement === "on" || permission.trust === null;
    if (enforcement === "off" && !enforced) continue;
    const made = withDetails(permission, decide(permission, policiesFor(permission, context), context), context);
    record(made);
    if (made.denial !== undefined && enforced) throw AccessDenied(made.denial);
  }
}

/**
 * A denial in the form that the client gets. A permission with its own text has no sentence about authorization
 * details.
 */
function withDetails({ action, denied }: Permission, made: Authorization, { request }: Context): Authorization {
  if (made.denial === undefined || denied !== undefined) return made;
  return { ...made, denial: made.denial + detailsSentence(action, request.id) };
}

/**
 * Decides with these policies whether the caller has a permission. `keys` override the condition keys known from the
 * context.
 */
export function decide(
  permission: Permission,
  policies: Policies,
  context: AccessContext,
  keys: ContextKeys = {},
): Authorization {
  const { action, resource } = permission;
  const request: AccessRequest = {
    action,
    resource: resource.arn,
    principal: requestPrincipal(context),
    resourceAccount: ownerOf(resource) ?? context.account,
    keys: withKeys(contextKeys(permission, context), keys),
    ...(permission.unknowable && { unknowable: permission.unknowable }),
  };
  const decision = evaluate(policies, request);
  if (decision.allowed) return { policies, request, decision };
  const { label = resource.arn } = resource;
  const { actionLabel = action } = permission;
  const denial =
    permission.denied ??
    `User: ${context.caller.arn} is not authorized to perform: ${actionLabel}${label && ` on resource: ${label}`} ${denialEnding(decision, actionLabel)}`;
  return { policies, request, decision, denial };
}

/** Names of condition keys are case-insensitive. */
function withKeys(keys: ContextKeys, more: ContextKeys): ContextKeys {
  const names = Object.keys(more);
  if (names.length === 0) return keys;
  const replaced = new Set(names.map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(keys).filter(([name]) => !replaced.has(name.toLowerCase()))), ...more };
}

/** All policies that are considered for whether the caller has a permission. */
export function policiesFor(permission: Permission, context: AccessContext): Policies {
  const session = sessionPolicies(context.caller, context);
  const scopes = context.caller.session?.scopes?.map((document) => ({ id: "scope-down policy", document }));
  const identity = identityOf(context);
  return {
    ...organizationPolicies(permission, context),
    identity: [
      ...(identity ? identityPolicies(identity, context.tx) : taskPolicies(context)),
      ...(permission.implied ? [permission.implied] : []),
    ],
    ...(identity?.boundary !== undefined && { boundary: managedPolicy(identity.boundary, context.tx) }),
    ...(session && { session }),
    ...(scopes && { scopes }),
    ...(permission.trust !== undefined && { trust: permission.trust }),
    ...(permission.resourcePolicy && { resource: permission.resourcePolicy }),
  };
}

/**
 * Service control policies come from the caller's account, resource control policies from the resource's account; they
 * do not apply to actions without a resource of an account (evidence: layers-organization, rcp-rules).
 */
function organizationPolicies(
  { resource }: Permission,
  { caller, tx }: AccessContext,
): Pick<Policies, "scps" | "rcps"> {
  // They apply to the users and roles of an account. Services, and callers with a token or an assertion, are neither.
  const isOutside = ["anonymous", "federated", "service"].includes(caller.principal.type);
  const scps = isOutside ? undefined : policyLevels(caller.account, tx)?.scps;
  const owner = ownerOf(resource);
  const rcps = owner === undefined ? undefined : policyLevels(owner, tx)?.rcps;
  return { ...(scps && { scps }), ...(rcps && { rcps }) };
}

/** The account that a resource is in, where its ARN or somebody tells. */
const ownerOf = ({ arn, owner }: Resource): string | undefined => owner ?? accountIn(arn);

/** Whose policies the caller has: a federated user has those of the user who asked for its credentials, root has none. */
function identityOf({
  caller,
  tx,
}: AccessContext): (Identity & { readonly boundary?: string | undefined }) | undefined {
  const { principal, account } = caller;
  if (principal.type === "role") {
    const role = tx.find(roles, "id", account, principal.id);
    return role && { type: "role", entity: role, boundary: role.boundary };
  }
  const id = principal.type === "user" ? principal.id : principal.type === "federated-user" ? principal.issuer : "";
  const user = id === "" ? undefined : tx.find(users, "id", account, id);
  return user && { type: "user", entity: user, boundary: user.boundary };
}

/**
 * The policy of an AssumeRoot session, which only denies: everything outside the task (evidence: assume-root-session).
 */
function taskPolicies({ caller: { session }, tx }: AccessContext): readonly PolicySource[] {
  return session?.kind === "assumed-root" ? session.policyArns!.map((arn) => managedPolicy(arn, tx)) : [];
}

/**
 * The session policies, if the session has any. A federated user is always limited to them, even if there are none. A
 * managed session policy that has since been deleted allows nothing.
 */
function sessionPolicies({ session }: Caller, { tx }: AccessContext): readonly PolicySource[] | undefined {
  if (!session || session.kind === "assumed-root") return undefined;
  const { policy, policyArns = [], kind } = session;
  if (policy === undefined && policyArns.length === 0) return kind === "federation" ? [] : undefined;
  const managed = policyArns.flatMap((arn) => {
    const document = defaultDocument(arn, tx);
    return document === undefined ? [] : [{ id: arn, document }];
  });
  return policy === undefined ? managed : [{ id: "session policy", document: policy }, ...managed];
}

function requestPrincipal({ caller, tx }: AccessContext): RequestPrincipal {
  const { principal, account, arn } = caller;
  switch (principal.type) {
    case "root":
      return { type: "root", account, arn };
    case "user":
      return { type: "user", account, arn, id: principal.id };
    case "role":
      return { type: "role", account, arn, roleArn: principal.roleArn, id: principal.id };
    case "federated-user": {
      const issuer = tx.find(users, "id", account, principal.issuer);
      const issuerArn = issuer ? userArn(account, issuer.name, issuer.path) : rootArn(account);
      return { type: "federated-user", account, arn, issuerArn, issuerId: principal.issuer };
    }
    case "federated":
      return { type: "federated", provider: principal.provider };
    case "service":
      return { type: "service", service: principal.service };
    case "anonymous":
      return { type: "anonymous" };
  }
}
