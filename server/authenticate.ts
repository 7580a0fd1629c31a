import { accounts } from "../data/entities/accounts.ts";
import { roles } from "../data/entities/roles.ts";
import { accessKeys, users } from "../data/entities/users.ts";
import type { Transaction } from "../data/store.ts";
import { assumedRoleArn, federatedUserArn, roleArn, rootArn, userArn } from "../handlers/arns.ts";
import type { Caller, Session } from "../handlers/caller.ts";
import { ExpiredToken, InvalidClientTokenId } from "../handlers/errors.ts";
import type { Signature } from "../signing/sigv4.ts";
import type { Options } from "./options.ts";

/** Who a request claims to be, and the secret that its signature must be made with. */
export interface Claim {
  readonly caller: Caller;
  readonly secret: string;
}

// With the full stop for keys and tokens that are unknown or do not belong together, without for tokens that are
// damaged or not accepted (evidence: sigv4-token-texts).
const unknownToken = () => InvalidClientTokenId("The security token included in the request is invalid.");
const unacceptedToken = () => InvalidClientTokenId("The security token included in the request is invalid");

/**
 * Finds whom a signature names: token first, then key, as AWS does (evidence: sigv4-check-order). Throws
 * InvalidClientTokenId or ExpiredToken; whether the signature is right is looked at afterwards.
 */
export function claimOf(
  signature: Signature,
  tx: Transaction,
  now: number,
  options: Options,
  openToken: (token: string) => Partial<Session> | undefined,
): Claim {
  if (signature.securityToken !== undefined) {
    const session = validSession(openToken(signature.securityToken), now);
    if (session.accessKeyId !== signature.accessKeyId) throw unknownToken();
    return { caller: sessionCaller(session, tx), secret: session.secret };
  }
  return longTermClaim(signature.accessKeyId, tx, options);
}

/** What a session token holds, if it is one and has not expired. Throws InvalidClientTokenId or ExpiredToken. */
export function validSession(opened: Partial<Session> | undefined, now: number): Session {
  if (!opened) throw unacceptedToken();
  // Other things are sealed as well, which have no secret.
  if (opened.secret === undefined) throw unknownToken();
  const session = opened as Session;
  if (session.expiresAt <= now) throw ExpiredToken("The security token included in the request is expired");
  return session;
}

function longTermClaim(accessKeyId: string, tx: Transaction, options: Options): Claim {
  const rootAccount = rootAccountOf(accessKeyId, options);
  if (rootAccount !== undefined) {
    return { caller: rootCaller(rootAccount, accessKeyId), secret: options.rootSecretAccessKey };
  }
  const key = tx.get(accessKeys, accessKeyId);
  if (!key || key.status !== "Active") throw unknownToken();
  if (key.owner === key.account) return { caller: rootCaller(key.account, key.id), secret: key.secret };
  return { caller: userCaller(key.account, key.owner, key.id, tx), secret: key.secret };
}

/** The account whose root a built-in key stands for: the configured one, or by its own number. */
function rootAccountOf(accessKeyId: string, options: Options): string | undefined {
  if (accessKeyId === options.rootAccessKeyId || accessKeyId === options.account) return options.account;
  return options.autoAccounts && /^\d{12}$/.test(accessKeyId) ? accessKeyId : undefined;
}

/** Makes the account of a verified caller where it is used for the first time. */
export function ensureAccount(id: string, tx: Transaction, now: number): void {
  if (!tx.get(accounts, id)) tx.put(accounts, { id, createdAt: now });
}

/** Root of an account, by a long-term key or in a session. */
export const rootCaller = (account: string, accessKeyId: string, session?: Session): Caller => ({
  account,
  arn: rootArn(account),
  userId: account,
  principal: { type: "root" },
  credential: session ? session.kind : "long-term",
  accessKeyId,
  ...(session && { session }),
});

function userCaller(account: string, id: string, accessKeyId: string, tx: Transaction, session?: Session): Caller {
  const user = tx.find(users, "id", account, id);
  if (!user) throw unknownToken();
  return {
    account,
    arn: userArn(account, user.name, user.path),
    userId: user.id,
    principal: { type: "user", id: user.id, name: user.name },
    credential: session ? session.kind : "long-term",
    accessKeyId,
    ...(session && { session }),
  };
}

/** A session lives as long as its role or user: the unique id is compared, so a recreated namesake does not revive it. */
export function sessionCaller(session: Session, tx: Transaction): Caller {
  const { account, principalId, accessKeyId, kind, sessionName = "" } = session;
  const role = tx.find(roles, "id", account, principalId);
  if (kind === "assumed-role" && !role) throw unknownToken();
  if (role) {
    return {
      account,
      arn: assumedRoleArn(account, role.name, sessionName),
      userId: `${role.id}:${sessionName}`,
      principal: {
        type: "role",
        id: role.id,
        roleName: role.name,
        roleArn: roleArn(account, role.name, role.path),
        sessionName,
      },
      credential: kind,
      accessKeyId,
      session,
    };
  }
  const issuer =
    principalId === account
      ? rootCaller(account, accessKeyId, session)
      : userCaller(account, principalId, accessKeyId, tx, session);
  if (kind !== "federation") return issuer;
  return {
    ...issuer,
    arn: federatedUserArn(account, sessionName),
    userId: `${account}:${sessionName}`,
    principal: { type: "federated-user", name: sessionName, issuer: principalId },
  };
}

/**
 * GetSessionToken credentials without MFA, and federated users, cannot call IAM at all; AWS answers as if the token
 * were not valid there (evidence: authz-sessions-without-mfa, sts-session-callers).
 */
export function refuseSessionAtIam({ credential, session }: Caller): void {
  if (credential === "federation" || (credential === "session-token" && session?.mfaAt === undefined)) {
    throw unacceptedToken();
  }
}
