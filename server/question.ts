import { decide, policiesFor, type Authorization } from "../handlers/authorize.ts";
import type { AccessContext, Permission } from "../handlers/operation.ts";
import { parsePolicy } from "../handlers/policy-documents.ts";
import { roleWithArn } from "../handlers/sts/assume-role.ts";
import type { ContextKeys, PolicySource } from "../policy/evaluate.ts";
import { InvalidRequest } from "./web/errors.ts";

// Whether somebody may do something, asked without doing it: by the control plane and by policy tests.

export interface Question {
  /** Such as `s3:GetObject`. */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** Condition keys, in place of those that are known. */
  readonly keys: ContextKeys;
  /** The policy of the resource; a role's trust policy is known. */
  readonly resourcePolicy?: string | undefined;
  /** In place of the caller's own identity-based policies. */
  readonly identity?: readonly PolicySource[] | undefined;
}

export const isActionName = (text: string): boolean => /^[^:]+:[^:]+$/.test(text);

/** What the emulator would decide for the caller of that context. */
export function answerQuestion(
  { action, resource: arn, keys, resourcePolicy, identity }: Question,
  context: AccessContext,
): Authorization {
  const permission: Permission = { action, resource: { arn }, ...trustFor(action, arn, context) };
  const resource = resourcePolicy === undefined ? {} : { resource: { document: resourcePolicy, bindings: {} } };
  const policies = { ...policiesFor(permission, context), ...resource, ...(identity && { identity }) };
  return decide(permission, policies, context, keys);
}

/** A role is assumed by its own trust policy. */
function trustFor(action: string, arn: string, context: AccessContext): Pick<Permission, "trust"> {
  if (!/^sts:(AssumeRole\w*|TagSession|SetSourceIdentity)$/i.test(action)) return {};
  const role = roleWithArn(arn, context);
  return { trust: role ? { document: role.trustPolicy, bindings: role.trustBindings } : null };
}

/** Condition keys: a list makes a multivalued key; numbers and Booleans are texts to conditions. Throws InvalidRequest. */
export function contextFrom(value: unknown): ContextKeys {
  const isText = (item: unknown) => ["string", "number", "boolean"].includes(typeof item);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw InvalidRequest('context must be such as {"aws:MultiFactorAuthPresent": "true"}.');
  }
  const keys = Object.entries(value as Record<string, unknown>).map(([name, given]) => {
    if (isText(given)) return [name, String(given)] as const;
    if (Array.isArray(given) && given.every(isText)) return [name, given.map(String)] as const;
    throw InvalidRequest(`The value of ${name} must be a text or a list of texts.`);
  });
  return Object.fromEntries(keys);
}

/** The policy of a resource, as text or as JSON. Throws MalformedPolicyDocument. */
export function resourcePolicyFrom(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const document = typeof value === "string" ? value : JSON.stringify(value);
  parsePolicy(document, "resource");
  return document;
}
