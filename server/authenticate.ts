import { accounts } from "../data/entities/accounts.ts";
import { accessKeys } from "../data/entities/users.ts";
import type { Soon } from "../data/soon.ts";
import type { Store, Transaction } from "../data/store.ts";
import type { Caller, Session } from "../handlers/caller.ts";
import { callerOfUser, rootCaller, sessionCaller, unknownToken } from "../handlers/callers.ts";
import { ExpiredToken, InvalidClientTokenId } from "../handlers/errors.ts";
import { atSecond, type Detail } from "../signing/detail.ts";
import type { Signature } from "../signing/read-signature.ts";
import type { Options } from "./options.ts";

/** Who a request claims to be, and the secret that must have made its signature. */
export interface Claim {
  readonly caller: Caller;
  readonly secret: string;
}

/** The message for tokens that are damaged or not accepted has no full stop (evidence: sigv4-token-texts). */
const unacceptedToken = (detail: Detail) =>
  InvalidClientTokenId("The security token included in the request is invalid", detail);

/**
 * Finds the principal that a signature names: first by token, then by key, as AWS does (evidence: sigv4-check-order).
 * Throws InvalidClientTokenId or ExpiredToken. The signature itself is checked afterwards.
 */
export function claimOf(
  signature: Pick<Signature, "accessKeyId" | "securityToken">,
  tx: Transaction,
  now: number,
  options: Options,
  openToken: (token: string) => Partial<Session> | undefined,
): Claim {
  if (signature.securityToken !== undefined) {
    const session = validSession(openToken(signature.securityToken), now);
    if (session.accessKeyId !== signature.accessKeyId) {
      throw unknownToken(
        `The session token belongs to ${session.accessKeyId}, and the request is signed with ${signature.accessKeyId}: credentials of two sessions are mixed, or AWS_SESSION_TOKEN is left from another one.`,
      );
    }
    return { caller: sessionCaller(session, tx), secret: session.secret };
  }
  return longTermClaim(signature.accessKeyId, tx, options);
}

const FOREIGN_TOKEN =
  "This emulator, as it is since its last reset or start without --data, has not issued the session token: it is another emulator's " +
  "or AWS's, was issued before, or was cut. The AWS CLI keeps old ones in ~/.aws/cli/cache.";

/** The content of a session token, if it is one and has not expired. Throws InvalidClientTokenId or ExpiredToken. */
export function validSession(opened: Partial<Session> | undefined, now: number): Session {
  if (!opened) throw unacceptedToken(FOREIGN_TOKEN);
  // Tokens of other kinds are sealed too, and have no secret.
  if (opened.secret === undefined) throw unknownToken("It is a token of this emulator, but not that of a session.");
  const session = opened as Session;
  if (session.expiresAt <= now) {
    throw ExpiredToken(
      "The security token included in the request is expired",
      `The session ended at ${atSecond(session.expiresAt)}; the emulator's time is ${atSecond(now)}.`,
    );
  }
  return session;
}

function longTermClaim(accessKeyId: string, tx: Transaction, options: Options): Claim {
  const rootAccount = rootAccountOf(accessKeyId, options);
  if (rootAccount !== undefined) {
    return { caller: rootCaller(rootAccount, accessKeyId), secret: options.rootSecretAccessKey };
  }
  const key = tx.get(accessKeys, accessKeyId);
  if (!key || key.status !== "Active") throw unknownToken(key ? inactiveKey(key.id) : unknownKey(accessKeyId, options));
  if (key.owner === key.account) return { caller: rootCaller(key.account, key.id), secret: key.secret };
  return { caller: callerOfUser(key.account, key.owner, key.id, tx), secret: key.secret };
}

const inactiveKey = (id: string): string =>
  `The access key ${id} is inactive: aws iam update-access-key makes it active again.`;

function unknownKey(id: string, { rootAccessKeyId, autoAccounts }: Options): string {
  if (id.startsWith("ASIA")) {
    return `${id} is a temporary access key, and there is no session token with it: set AWS_SESSION_TOKEN too.`;
  }
  if (/^\d{12}$/.test(id) && !autoAccounts)
    return `Root keys of further accounts are off (--no-auto-accounts), so ${id} is none.`;
  return `This emulator has no access key ${id}: it is another one's or AWS's, or was deleted. Root's is ${rootAccessKeyId}.`;
}

/** The account whose root a built-in key stands for: the configured account, or the one whose number is the key. */
function rootAccountOf(accessKeyId: string, options: Options): string | undefined {
  if (accessKeyId === options.rootAccessKeyId || accessKeyId === options.account) return options.account;
  return options.autoAccounts && /^\d{12}$/.test(accessKeyId) ? accessKeyId : undefined;
}

/** Creates the account of a verified caller when it is used for the first time. */
export function ensureAccount(id: string, tx: Transaction, now: number): void {
  if (!tx.get(accounts, id)) tx.put(accounts, { id, createdAt: now });
}

/** The same in a transaction of its own, where one is needed. */
export const accountThere = (id: string, now: number, store: Store): Soon<void> =>
  store.read((tx) => tx.get(accounts, id)) ? undefined : store.transact((tx) => ensureAccount(id, tx, now));

/**
 * GetSessionToken credentials without MFA, and federated users, cannot call IAM at all; AWS answers as if the token
 * were not valid there (evidence: authz-sessions-without-mfa, sts-session-callers).
 */
export function refuseSessionAtIam({ credential, session }: Caller): void {
  if (credential === "federation")
    throw unacceptedToken("Federated users (GetFederationToken) may not call IAM at all.");
  if (credential === "session-token" && session?.mfaAt === undefined) {
    throw unacceptedToken(
      "The session of GetSessionToken was made without MFA, and may not call IAM. Get one with --serial-number and --token-code.",
    );
  }
}
