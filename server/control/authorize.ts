import { fold } from "../../data/entities/accounts.ts";
import { roles } from "../../data/entities/roles.ts";
import type { Transaction } from "../../data/store.ts";
import { roleArn } from "../../handlers/arns.ts";
import { accountIn } from "../../policy/arn.ts";
import { decide, policiesFor } from "../../handlers/authorize.ts";
import { decisionReport } from "../../handlers/decision-report.ts";
import type { AccessContext, Permission } from "../../handlers/operation.ts";
import { parsePolicy } from "../../handlers/policy-documents.ts";
import type { ContextKeys } from "../../policy/evaluate.ts";
import { encodeAuthorizationMessage } from "../../handlers/sts/authorization-messages.ts";
import { refuseSessionAtIam } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { sessionSealer } from "../perform.ts";
import { InvalidRequest } from "../web/errors.ts";
import { jsonObject, optionalString, requiredString } from "../web/input.ts";
import { callerNamed, callerOfToken } from "./principals.ts";
import type { Routes } from "../web/routes.ts";

const MEMBERS = ["principal", "sessionToken", "action", "resource", "context", "resourcePolicy"];

/** `/_emulator/authorize`: whether a principal may do something, and why, for other services on this machine. */
export function authorizeRoutes(emulation: Emulation): Routes {
  const { store, clock, options } = emulation;
  return {
    "/authorize": {
      POST(request) {
        const body = jsonObject(request, MEMBERS);
        const { principal } = body;
        const sessionToken = optionalString(body, "sessionToken");
        if ((principal === undefined) === (sessionToken === undefined)) {
          throw InvalidRequest("Exactly one of principal and sessionToken must be given.");
        }
        const action = requiredString(body, "action");
        if (!/^[^:]+:[^:]+$/.test(action)) throw InvalidRequest('action must be such as "s3:GetObject".');
        const arn = optionalString(body, "resource") ?? "*";
        const keys = contextFrom(body["context"] ?? {});
        const resourcePolicy = policyFrom(body["resourcePolicy"]);
        return store.transact((tx) => {
          const caller =
            sessionToken === undefined
              ? callerNamed(principal, tx, emulation)
              : callerOfToken(sessionToken, tx, emulation);
          if (/^iam:/i.test(action)) refuseSessionAtIam(caller);
          const context: AccessContext = {
            tx,
            caller,
            account: caller.account,
            now: clock.now(),
            request: { id: "", sourceIp: request.ip ?? "", userAgent: "", region: options.region, secure: false },
          };
          const permission: Permission = { action, resource: { arn }, ...trustFor(action, arn, tx) };
          const resource = resourcePolicy === undefined ? {} : { resource: { document: resourcePolicy, bindings: {} } };
          const made = decide(permission, { ...policiesFor(permission, context), ...resource }, context, keys);
          const { allowed } = made.decision;
          const encodedMessage = allowed
            ? undefined
            : encodeAuthorizationMessage(made, caller, sessionSealer(emulation));
          return {
            allowed,
            ...decisionReport(made),
            ...(made.denial !== undefined && { message: made.denial }),
            ...(encodedMessage !== undefined && { encodedMessage }),
          };
        });
      },
    },
  };
}

/** A role is assumed by its own trust policy. */
function trustFor(action: string, arn: string, tx: Transaction): Pick<Permission, "trust"> {
  if (!/^sts:(AssumeRole\w*|TagSession|SetSourceIdentity)$/i.test(action)) return {};
  const role = tx.get(roles, accountIn(arn) ?? "", fold(arn.slice(arn.lastIndexOf("/") + 1)));
  const exists = role && roleArn(role.account, role.name, role.path) === arn;
  return { trust: exists ? { document: role.trustPolicy, bindings: role.trustBindings } : null };
}

/** Condition keys: a list makes a multivalued key; numbers and Booleans are texts to conditions. */
function contextFrom(value: unknown): ContextKeys {
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

/** The policy of the resource, as text or as JSON. */
function policyFrom(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const document = typeof value === "string" ? value : JSON.stringify(value);
  parsePolicy(document, "resource");
  return document;
}
