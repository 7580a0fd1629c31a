import { attachments, inlinePolicies, memberships, roles, users } from "../data/entities.ts";
import type { Transaction } from "../data/store.ts";
import { accountIn, rootArn, userArn } from "./arns.ts";
import type { Caller } from "./caller.ts";
import { contextKeys } from "./context-keys.ts";
import { AccessDenied } from "./errors.ts";
import { defaultDocument } from "./iam/managed-policies.ts";
import type { Context, Permission } from "./operation.ts";
import { denialEnding } from "./policy/denial.ts";
import {
  evaluate,
  type AccessRequest,
  type Decision,
  type Policies,
  type PolicySource,
  type RequestPrincipal,
} from "./policy/evaluate.ts";

/** One decision of a request, with all that is needed to explain it afterwards. */
export interface Authorization {
  readonly policies: Policies;
  readonly request: AccessRequest;
  readonly decision: Decision;
}

/**
 * Decides each permission in turn and throws AccessDenied, in AWS's words, at the first that is refused. `record` sees
 * every decision, also the one that refuses.
 */
export function authorize(
  permissions: readonly Permission[],
  context: Context,
  record: (authorization: Authorization) => void,
): void {
  for (const permission of permissions) {
    const { action, resource } = permission;
    const policies = policiesFor(permission, context);
    const request: AccessRequest = {
      action,
      resource: resource.arn,
      principal: requestPrincipal(context),
      resourceAccount: accountIn(resource.arn) ?? context.account,
      keys: contextKeys(permission, context),
    };
    const decision = evaluate(policies, request);
    record({ policies, request, decision });
    if (!decision.allowed) {
      throw AccessDenied(
        permission.denied ??
          `User: ${context.caller.arn} is not authorized to perform: ${action} on resource: ${resource.label ?? resource.arn} ${denialEnding(decision, action)}`,
      );
    }
  }
}

function policiesFor(permission: Permission, context: Context): Policies {
  const { caller } = context;
  const session = sessionPolicies(caller, context);
  const boundary = boundaryOf(context);
  return {
    identity: [...identityPolicies(context), ...(permission.implied ? [permission.implied] : [])],
    ...(boundary && { boundary }),
    ...(session && { session }),
    ...(permission.trust !== undefined && { trust: permission.trust }),
  };
}

/**
 * The policies of the calling user, with those of its groups, or of the calling role; a federated user has those of
 * whoever asked for its credentials.
 */
function identityPolicies({ caller, tx }: Context): readonly PolicySource[] {
  const { principal, account } = caller;
  const owner =
    principal.type === "user" || principal.type === "role"
      ? principal.id
      : principal.type === "federated-user"
        ? principal.issuer
        : undefined;
  if (owner === undefined) return [];
  const sources = policiesOf(owner, account, tx);
  for (const { group } of tx.listBy(memberships, "user", [account, owner]))
    sources.push(...policiesOf(group, account, tx));
  return sources;
}

/** The inline and the attached policies of a user, group or role. */
export function policiesOf(owner: string, account: string, tx: Transaction): PolicySource[] {
  const sources: PolicySource[] = [];
  for (const { name, document } of tx.list(inlinePolicies, [account, owner])) sources.push({ id: name, document });
  for (const { policyArn } of tx.list(attachments, [account, owner])) sources.push(managedSource(policyArn, tx));
  return sources;
}

/** A managed policy counts in its current default version. One that is attached cannot be deleted. */
const managedSource = (arn: string, tx: Transaction): PolicySource => ({
  id: arn,
  document: defaultDocument(arn, tx)!,
});

function boundaryOf({ caller, tx }: Context): PolicySource | undefined {
  const { principal, account } = caller;
  const bounded =
    principal.type === "user"
      ? tx.find(users, "id", account, principal.id)
      : principal.type === "role"
        ? tx.find(roles, "id", account, principal.id)
        : principal.type === "federated-user"
          ? tx.find(users, "id", account, principal.issuer)
          : undefined;
  return bounded?.boundary === undefined ? undefined : managedSource(bounded.boundary, tx);
}

/**
 * What the session was limited to, if it was. A federated user is limited to its session policies, also to none. A managed
 * session policy that has been deleted since allows nothing.
 */
function sessionPolicies({ session }: Caller, { tx }: Context): readonly PolicySource[] | undefined {
  if (!session) return undefined;
  const { policy, policyArns = [], kind } = session;
  if (policy === undefined && policyArns.length === 0) return kind === "federation" ? [] : undefined;
  const managed = policyArns.flatMap((arn) => {
    const document = defaultDocument(arn, tx);
    return document === undefined ? [] : [{ id: arn, document }];
  });
  return policy === undefined ? managed : [{ id: "session policy", document: policy }, ...managed];
}

function requestPrincipal({ caller, tx }: Context): RequestPrincipal {
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
    case "anonymous":
      return { type: "anonymous" };
  }
}
