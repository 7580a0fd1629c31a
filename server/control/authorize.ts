import { fold } from "../../data/entities/accounts.ts";
import { roles } from "../../data/entities/roles.ts";
import { users } from "../../data/entities/users.ts";
import type { Transaction } from "../../data/store.ts";
import { accountIn, assumedRoleArn, roleArn, rootArn, userArn } from "../../handlers/arns.ts";
import { decide, policiesFor } from "../../handlers/authorize.ts";
import type { Caller } from "../../handlers/caller.ts";
import { decisionReport } from "../../handlers/decision-report.ts";
import type { AccessContext, Permission } from "../../handlers/operation.ts";
import { parsePolicy } from "../../handlers/policy/document.ts";
import type { ContextKeys } from "../../handlers/policy/evaluate.ts";
import { encodeAuthorizationMessage } from "../../handlers/sts/authorization-messages.ts";
import type { Emulation } from "../emulation.ts";
import { sessionSealer } from "../perform.ts";
import { InvalidRequest, NotFound } from "./errors.ts";
import { jsonObject, optionalString, requiredString } from "./input.ts";
import type { Routes } from "./routes.ts";

const MEMBERS = ["principal", "action", "resource", "context", "resourcePolicy"];

/** `/_emulator/authorize`: whether a principal may do something, and why, for other services on this machine. */
export function authorizeRoutes(emulation: Emulation): Routes {
  const { store, clock, options } = emulation;
  return {
    "/authorize": {
      POST(request) {
        const body = jsonObject(request, MEMBERS);
        const principal = requiredString(body, "principal");
        const action = requiredString(body, "action");
        if (!/^[^:]+:[^:]+$/.test(action)) throw InvalidRequest('action must be such as "s3:GetObject".');
        const arn = optionalString(body, "resource") ?? "*";
        const keys = contextFrom(body["context"] ?? {});
        const resourcePolicy = policyFrom(body["resourcePolicy"]);
        return store.transact((tx) => {
          const caller = callerNamed(principal, tx);
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

const PRINCIPALS =
  "the ARN of an account's root, of a user, of a role, or of a session: arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION";

/** Whom an ARN names, as a caller with long-term keys or, for a role, with a session that nothing limits. */
function callerNamed(arn: string, tx: Transaction): Caller {
  const account = accountIn(arn);
  const [, type = "", path = ""] = /:(root$|user\/|role\/|assumed-role\/)(.*)$/.exec(arn) ?? [];
  if (account === undefined || type === "") throw InvalidRequest(`principal must be ${PRINCIPALS}.`);
  const known = { account, accessKeyId: "" };
  if (type === "root") {
    return { ...known, arn: rootArn(account), userId: account, principal: { type }, credential: "long-term" };
  }
  const [roleName = "", sessionName] = type === "assumed-role/" ? path.split("/", 2) : [];
  const name = fold(type === "assumed-role/" ? roleName : path.slice(path.lastIndexOf("/") + 1));
  const user = type === "user/" ? tx.get(users, account, name) : undefined;
  if (user && userArn(account, user.name, user.path) === arn) {
    const principal = { type: "user", id: user.id, name: user.name } as const;
    return { ...known, arn, userId: user.id, principal, credential: "long-term" };
  }
  const role = type === "user/" ? undefined : tx.get(roles, account, name);
  const storedArn = role && roleArn(account, role.name, role.path);
  const expected = role && (sessionName === undefined ? storedArn : assumedRoleArn(account, role.name, sessionName));
  if (!role || expected !== arn) throw NotFound(`There is no ${arn}.`);
  return {
    ...known,
    arn,
    userId: sessionName === undefined ? role.id : `${role.id}:${sessionName}`,
    principal: { type: "role", id: role.id, roleName: role.name, roleArn: storedArn!, sessionName: sessionName ?? "" },
    credential: "assumed-role",
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
