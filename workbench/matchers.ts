import { Clock } from "../data/clock.ts";
import { collections } from "../data/entities/collections.ts";
import { memoryStore } from "../data/store.ts";
import { decide, type Authorization } from "../handlers/authorize.ts";
import type { Caller } from "../handlers/caller.ts";
import { roleCaller, userCaller } from "../handlers/callers.ts";
import { decisionReport } from "../handlers/decision-report.ts";
import { accountIn } from "../policy/arn.ts";
import { readPolicy } from "../policy/document.ts";
import { DEFAULTS } from "../server/options.ts";
import { contextFrom, isActionName, resourcePolicyFrom } from "../server/question.ts";
import type { AccessAsked, MatcherResult, PolicyDocument } from "./matcher-types.ts";
import { requestContext, withMfaKey } from "./request-context.ts";

/**
 * For `expect.extend(matchers)` of Jest and Vitest. What is expected to allow or deny is a policy document, as an object or
 * as JSON, or a list of several that somebody has together.
 */
export const matchers = {
  toAllow: (policy: unknown, asked: AccessAsked): MatcherResult => result(policy, asked, "allow"),
  /** Either kind of denial, unless `kind` says which. */
  toDeny: (policy: unknown, asked: AccessAsked & { readonly kind?: "explicitDeny" | "implicitDeny" }): MatcherResult =>
    result(policy, asked, asked.kind ?? "deny"),
};

function result(policy: unknown, asked: AccessAsked, expected: string): MatcherResult {
  const made = decision(policy, asked);
  const { kind, allowed } = made.decision;
  const pass = expected === "allow" ? allowed : expected === "deny" ? !allowed : kind === expected;
  const { action, resource = "*" } = asked;
  const message = () =>
    [
      `expected the policy ${pass ? "not " : ""}to ${expected} ${action} on ${resource}, but it is ${allowed ? "allowed" : kind}:`,
      ...decisionReport(made).reasons.map((reason) => `  ${reason}`),
    ].join("\n");
  return { pass, message };
}

/** Decides for somebody who has these policies and no others, in an account with nothing in it. */
function decision(policy: unknown, asked: AccessAsked): Authorization {
  const { action, resource = "*", context = {}, principal, mfa, resourcePolicy } = asked;
  if (!isActionName(action))
    throw new TypeError(`${JSON.stringify(action)} is no action; one is such as s3:GetObject.`);
  const documents = [policy].flat().map((document, index) => documentText(document as PolicyDocument, index));
  const caller = callerOf(principal);
  const given = typeof mfa === "boolean" ? (mfa ? 0 : false) : mfa;
  return memoryStore(collections).transact((tx) => {
    const own = resourcePolicyFrom(resourcePolicy);
    const policies = {
      identity: documents.map((document, index) => ({ id: `policy ${index + 1}`, document })),
      ...(own !== undefined && { resource: { document: own, bindings: {} } }),
    };
    const keys = withMfaKey(contextFrom(context), caller, given);
    const access = requestContext(caller, given, { tx, now: new Clock().now() });
    return decide({ action, resource: { arn: resource } }, policies, access, keys);
  });
}

function documentText(document: PolicyDocument, index: number): string {
  const text = typeof document === "string" ? document : JSON.stringify(document ?? null);
  const { fault } = readPolicy(text, "identity");
  if (fault === undefined) return text;
  const { path, start, message, detail } = fault;
  throw new TypeError(
    `policy ${index + 1} is none: ${path || "the document"} (line ${start.line}, column ${start.column}): ${message} ${detail}`,
  );
}

/** A user or a role by its ARN; a made-up user where nobody is named. */
function callerOf(arn = `arn:aws:iam::${DEFAULTS.account}:user/test`): Caller {
  const account = accountIn(arn);
  const [, type, path = "", name = ""] = /^arn:aws:iam::\d{12}:(user|role)(\/(?:.+\/)?)([^/]+)$/.exec(arn) ?? [];
  if (account === undefined || type === undefined) throw new TypeError(`${arn} is not the ARN of a user or role.`);
  const entity = { account, id: name, name, path, createdAt: 0, tags: [] };
  if (type === "user") return userCaller(entity, "");
  return roleCaller({ ...entity, maxSessionSeconds: 3600, trustPolicy: "", trustBindings: {} }, "test");
}
