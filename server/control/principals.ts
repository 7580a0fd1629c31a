import { fold } from "../../data/entities/accounts.ts";
import { roles } from "../../data/entities/roles.ts";
import { users } from "../../data/entities/users.ts";
import type { Transaction } from "../../data/store.ts";
import { roleArn } from "../../handlers/arns.ts";
import { accountIn } from "../../policy/arn.ts";
import type { Caller, Session } from "../../handlers/caller.ts";
import { roleCaller, rootCaller, serviceCaller, sessionCaller, userCaller } from "../../handlers/callers.ts";
import { validSession } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { openSession } from "../sessions.ts";
import { InvalidRequest, NotFound } from "../web/errors.ts";

/**
 * The principal of a session token, with the session's policies, tags and MFA. Throws the InvalidClientTokenId and
 * ExpiredToken that AWS answers to such a token.
 */
export function callerOfToken(token: string, tx: Transaction, emulation: Emulation): Caller {
  return sessionCaller(validSession(openSession(token, emulation, tx), emulation.clock.now()), tx);
}

const PRINCIPALS =
  "the ARN of an account's root, of a user, of a role, or of a session " +
  "(arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, arn:aws:sts::ACCOUNT:federated-user/NAME), or a service such as lambda.amazonaws.com";

const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|aws\.internal)$/;

/**
 * The caller that a text or `{"service": …}` names: with long-term keys or, for a role, with a session that nothing
 * limits. The ARN of a federated user's session does not say who made it and with which policies. It counts as made
 * without any, so that only resource policies that name it allow it anything (STS API reference, "GetFederationToken").
 */
export function callerNamed(principal: unknown, tx: Transaction, { options, clock }: Emulation): Caller {
  const name = serviceIn(principal) ?? principal;
  if (typeof name !== "string") throw InvalidRequest(`principal must be ${PRINCIPALS}.`);
  if (SERVICE.test(name)) return serviceCaller(name, options.account);
  const account = accountIn(name);
  const [, type, path = ""] = /:(root$|user\/|role\/|assumed-role\/|federated-user\/)(.*)$/.exec(name) ?? [];
  if (account === undefined || type === undefined || typeof principal !== "string") {
    throw InvalidRequest(`principal must be ${PRINCIPALS}.`);
  }
  if (type === "root") return rootCaller(account, "");
  if (type === "federated-user/") return federatedUser(account, path, clock.now(), tx);
  const caller = type === "user/" ? userNamed(account, path, tx) : roleNamed(account, type, path, tx);
  if (caller?.arn !== principal) throw NotFound(`There is no ${principal}.`);
  return caller;
}

/** The service in `{"service": …}`, which may have no other member. */
function serviceIn(principal: unknown): unknown {
  if (typeof principal !== "object" || principal === null || Object.keys(principal).length !== 1) return undefined;
  return (principal as Readonly<Record<string, unknown>>)["service"];
}

function federatedUser(account: string, name: string, now: number, tx: Transaction): Caller {
  if (!/^[\w+=,.@-]{2,32}$/.test(name)) throw InvalidRequest(`${JSON.stringify(name)} is no name of a federated user.`);
  const session: Session = {
    accessKeyId: "",
    secret: "",
    account,
    kind: "federation",
    principalId: account,
    sessionName: name,
    issuedAt: now,
    expiresAt: now,
  };
  return sessionCaller(session, tx);
}

function userNamed(account: string, path: string, tx: Transaction): Caller | undefined {
  const user = tx.get(users, account, fold(path.slice(path.lastIndexOf("/") + 1)));
  return user && userCaller(user, "");
}

function roleNamed(account: string, type: string, path: string, tx: Transaction): Caller | undefined {
  const [roleName = "", sessionName] =
    type === "assumed-role/" ? path.split("/", 2) : [path.slice(path.lastIndexOf("/") + 1)];
  const role = tx.get(roles, account, fold(roleName));
  if (!role) return undefined;
  const caller = roleCaller(role, sessionName ?? "");
  return sessionName === undefined
    ? { ...caller, arn: roleArn(account, role.name, role.path), userId: role.id }
    : caller;
}
