import { roles, type Role } from "../data/entities/roles.ts";
import { users, type User } from "../data/entities/users.ts";
import type { Transaction } from "../data/store.ts";
import type { ContextKeys } from "../policy/keys.ts";
import { assumedRoleArn, federatedUserArn, roleArn, rootArn, userArn } from "./arns.ts";
import type { Detail } from "../signing/detail.ts";
import type { Caller, Principal, Session } from "./caller.ts";
import { InvalidClientTokenId } from "./errors.ts";

// Makes each kind of caller, whatever proved who it is.

/**
 * The message for keys and tokens that are unknown, or do not belong together, has a full stop
 * (evidence: sigv4-token-texts).
 */
export const unknownToken = (detail: Detail) =>
  InvalidClientTokenId("The security token included in the request is invalid.", detail);

/** Root of an account, with a long-term key or in a session. */
export const rootCaller = (account: string, accessKeyId: string, session?: Session): Caller => ({
  account,
  arn: rootArn(account),
  userId: account,
  principal: { type: "root" },
  ...credentials(accessKeyId, session),
});

/** A user, with a long-term key or in a session. */
export const userCaller = ({ account, id, name, path }: User, accessKeyId: string, session?: Session): Caller => ({
  account,
  arn: userArn(account, name, path),
  userId: id,
  principal: { type: "user", id, name },
  ...credentials(accessKeyId, session),
});

const credentials = (accessKeyId: string, session: Session | undefined) => ({
  credential: session ? session.kind : ("long-term" as const),
  accessKeyId,
  ...(session && { session }),
});

/** A role, in this session or, without one, in a session that nothing limits. */
export const roleCaller = ({ account, id, name, path }: Role, sessionName: string, session?: Session): Caller => ({
  account,
  arn: assumedRoleArn(account, name, sessionName),
  userId: `${id}:${sessionName}`,
  principal: { type: "role", id, roleName: name, roleArn: roleArn(account, name, path), sessionName },
  credential: session?.kind ?? "assumed-role",
  accessKeyId: session?.accessKeyId ?? "",
  ...(session && { session }),
});

/** An AWS service that acts for itself, with the condition keys of its request and of the session that it makes. */
export const serviceCaller = (
  service: string,
  account: string,
  keys: ContextKeys = {},
  sessionKeys: ContextKeys = {},
): Caller => unsigned(account, service, service, { type: "service", service, keys, sessionKeys });

/** The subject of a verified token or assertion; the ARN is the provider's. */
export const federatedCaller = (
  account: string,
  userId: string,
  principal: Omit<Extract<Principal, { type: "federated" }>, "type">,
): Caller => unsigned(account, principal.provider, userId, { type: "federated", ...principal });

/** The caller of an unsigned request, before its proof is verified. */
export const anonymousCaller = (account: string): Caller =>
  unsigned(account, "anonymous", "anonymous", { type: "anonymous" });

const unsigned = (account: string, arn: string, userId: string, principal: Principal): Caller => ({
  account,
  arn,
  userId,
  principal,
  credential: "none",
  accessKeyId: "",
});

/** The user with this unique id. Throws InvalidClientTokenId if it does not exist. */
export function callerOfUser(
  account: string,
  id: string,
  accessKeyId: string,
  tx: Transaction,
  session?: Session,
): Caller {
  const user = tx.find(users, "id", account, id);
  if (!user) throw unknownToken(`The user of ${accessKeyId} has been deleted.`);
  return userCaller(user, accessKeyId, session);
}

/**
 * The principal of a session as it is now. The session ends when its role or user is deleted. The unique id is
 * compared, so recreating one of the same name does not revive it; it throws InvalidClientTokenId.
 */
export function sessionCaller(session: Session, tx: Transaction): Caller {
  const { account, principalId, accessKeyId, kind, sessionName = "" } = session;
  const role = tx.find(roles, "id", account, principalId);
  if (kind === "assumed-role" && !role) {
    throw unknownToken(
      "The role of the session has been deleted; one of the same name that was made since does not bring it back.",
    );
  }
  if (role) return roleCaller(role, sessionName, session);
  const issuer =
    principalId === account
      ? rootCaller(account, accessKeyId, session)
      : callerOfUser(account, principalId, accessKeyId, tx, session);
  if (kind !== "federation") return issuer;
  return {
    ...issuer,
    arn: federatedUserArn(account, sessionName),
    userId: `${account}:${sessionName}`,
    principal: { type: "federated-user", name: sessionName, issuer: principalId },
  };
}
