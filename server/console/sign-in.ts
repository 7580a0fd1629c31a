import { accounts, fold } from "../../data/entities/accounts.ts";
import { lastUses } from "../../data/entities/reports.ts";
import { loginProfiles, users } from "../../data/entities/users.ts";
import type { Transaction } from "../../data/store.ts";
import type { Caller } from "../../handlers/caller.ts";
import { hashPassword, newHashSetting, sameHash } from "../../handlers/iam/passwords.ts";
import { devicesOf } from "../../handlers/mfa/devices.ts";
import { sessionCaller } from "../../handlers/callers.ts";
import { ensureAccount } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { atSecond } from "../../signing/detail.ts";
import type { Options } from "../options.ts";
import { ALLOWED, type Try } from "./limits.ts";
import { recordConsoleLogin, unknownUser } from "./login-events.ts";
import { newVisitorId } from "./memory.ts";
import { field, Refused, type Redirect, type View } from "./page.ts";
import {
  currentPasswordHash,
  INITIAL_ROOT_PASSWORD,
  newPending,
  signedIn,
  type PendingSignIn,
} from "../web/signed-in.ts";

/** The same message for every failure, whatever was wrong. */
const incorrect = () => new Refused(403, "Your authentication information is incorrect. Please try again.");

const tooMany = () =>
  new Refused(429, "There were too many sign-ins that failed. Wait a quarter of an hour before you try again.");

/** Who the visitor claims to be: a user or root of an account, which need not exist. */
interface Claimed {
  readonly account: string;
  /** Unique id of the user, or the account number for root; absent if no such user exists. */
  readonly principalId?: string | undefined;
  /** The subject that tries are counted under, even if nobody of that name exists. */
  readonly subject: string;
}

/**
 * The first step of a sign-in: the password. Rejects with the same message, after the same work, whether the account,
 * the user or the password is wrong.
 */
export async function signInWithPassword(claimed: Claimed, password: string, view: View): Promise<PendingSignIn> {
  const { emulation, memory, from, now } = view;
  const { account, principalId, subject } = claimed;
  const next = localPath(field(view, "next"));
  const failed = (detail: string) => {
    const loginTo = view.origin + next;
    if (principalId === undefined) {
      const failure = "No username found in supplied account";
      recordConsoleLogin(unknownUser(account), view, { loginTo, failure, detail });
    } else {
      const caller = callerWith({ account, principalId, passwordHash: "", next, expiresAt: now }, view);
      recordConsoleLogin(caller, view, { loginTo, failure: "Failed authentication", detail });
    }
  };
  const tries: readonly Try[] = [
    ["address", from.sourceIp],
    ["user", subject],
  ];
  const refused = await emulation.store.transact((tx) =>
    tries.find((tried) => !memory.limits.takeIn(tx, ...tried, now)),
  );
  if (refused) {
    failed(whyTooMany(refused[0], memory.limits.until(...refused, now)));
    throw tooMany();
  }
  const passwordHash = await hashIfPassword(password, { account, principalId }, emulation);
  if (principalId === undefined || passwordHash === undefined) {
    failed(whyIncorrect({ account, principalId }, emulation));
    throw incorrect();
  }
  await memory.limits.giveBack(...tries);
  return newPending({ account, principalId, passwordHash, next }, now);
}

/** Why the try was refused unseen, for the trail. */
const whyTooMany = (kind: Try[0], until: number): string =>
  `${ALLOWED[kind]} sign-ins ${kind === "address" ? "from this address" : "of this user"} have failed: the password is not ` +
  `looked at until ${atSecond(until)} on the emulator's clock, and may have been right.`;

/**
 * What is wrong with an account, user name and password, for the trail. The name is left out, since people type
 * passwords there.
 */
function whyIncorrect(
  { account, principalId }: Pick<Claimed, "account" | "principalId">,
  emulation: Emulation,
): string {
  if (principalId === undefined) {
    return `There is no such user in account ${account}, or no such account or alias, or root has another email address.`;
  }
  return emulation.store.read((tx) => currentPasswordHash({ account, principalId }, tx)) === undefined
    ? "The user has no password for the console: aws iam create-login-profile gives one."
    : "The password is another one.";
}

/** The IAM user with this name in the account with this number or alias. */
export function claimedUser(accountOrAlias: string, userName: string, { emulation }: View): Claimed {
  return emulation.store.read((tx) => {
    const found = tx.get(accounts, accountOrAlias) ?? tx.find(accounts, "alias", accountOrAlias);
    const user = found && tx.get(users, found.id, fold(userName));
    return {
      account: found?.id ?? emulation.options.account,
      principalId: user?.id,
      subject: `${found?.id ?? accountOrAlias}/${fold(userName)}`,
    };
  });
}

/**
 * The root user with this email address: the configured one, or one that contains an account's number (`root+ID@…`).
 */
export function claimedRoot(email: string, { emulation }: View): Claimed {
  const account = accountOfEmail(email.toLowerCase(), emulation.options);
  // The configured account has two addresses; tries with either count together.
  const subject = `root/${account ?? email.toLowerCase()}`;
  if (account === undefined) return { account: emulation.options.account, subject };
  const known =
    account === emulation.options.account ||
    emulation.options.autoAccounts ||
    emulation.store.read((tx) => tx.get(accounts, account)) !== undefined;
  return { account, principalId: known ? account : undefined, subject };
}

function accountOfEmail(email: string, { rootEmail, account }: Options): string | undefined {
  if (email === rootEmail.toLowerCase()) return account;
  const [name, domain] = rootEmail.toLowerCase().split("@");
  const number = /\+(\d{12})@/.exec(email)?.[1];
  return number !== undefined && email === `${name}+${number}@${domain}` ? number : undefined;
}

// Hashes of the initial root password; the hash also stands in for users that do not exist.
const initialHashes = new WeakMap<Emulation, Promise<string>>();

/**
 * The current password hash of a user or root, if `password` is the password. A session is bound to this hash: if
 * another password is set later, or was set just before by somebody else, the session ends.
 */
export async function hashIfPassword(
  password: string,
  { account, principalId }: Pick<Claimed, "account" | "principalId">,
  emulation: Emulation,
): Promise<string | undefined> {
  const hash =
    principalId === undefined
      ? undefined
      : emulation.store.read((tx) => currentPasswordHash({ account, principalId }, tx));
  return (await isPassword(password, hash, emulation)) ? hash : undefined;
}

/** Compares a password with a hash, and does the same work if there is no hash. */
export async function isPassword(password: string, hash: string | undefined, emulation: Emulation): Promise<boolean> {
  let initial = initialHashes.get(emulation);
  if (!initial) {
    initial = hashPassword(emulation.rootPassword, newHashSetting(emulation.random));
    initialHashes.set(emulation, initial);
  }
  const initialHash = await initial;
  const expected = hash === INITIAL_ROOT_PASSWORD ? initialHash : hash;
  const given = await hashPassword(password, expected ?? initialHash);
  return expected !== undefined && sameHash(given, expected);
}

/** The principal who signs in, with the MFA used so far. */
export const callerWith = (pending: PendingSignIn, { emulation }: Pick<View, "emulation">): Caller =>
  emulation.store.read((tx) => sessionCaller(signedIn(pending, emulation).session, tx));

/**
 * A path on this server. Anything else, such as `//host`, which would be another host, becomes the console's first
 * page. So does a path longer than that of any page, since the trail keeps the path of every failed sign-in.
 */
const localPath = (text: string): string => (/^\/(?![/\\])[!-~]{0,4095}$/.test(text) ? text : "/console");

/** What is still missing for a sign-in. */
export type Step = "mfa" | "new-password" | "expired" | "done";

/** The steps in AWS's order: MFA first, then a password that has to be changed. */
export function nextStep(pending: PendingSignIn, { emulation, now }: Pick<View, "emulation" | "now">): Step {
  return emulation.store.read((tx) => {
    const { account, principalId } = pending;
    if (!pending.mfa && devicesOf({ id: principalId }, { tx, account }).length > 0) return "mfa";
    return passwordStep(pending, tx, now);
  });
}

/**
 * Whether the password still opens the console. An expired one must be replaced now, unless the account's policy leaves
 * that to an administrator (HardExpiry; User Guide, "Setting an account password policy"). The policy does not apply to
 * root.
 */
function passwordStep({ account, principalId }: PendingSignIn, tx: Transaction, now: number): Step {
  const profile = tx.get(loginProfiles, account, principalId);
  if (principalId === account || !profile) return "done";
  const policy = tx.get(accounts, account)?.passwordPolicy;
  const days = policy?.maxAgeDays;
  const expired = days !== undefined && now >= profile.changedAt + days * 86_400_000;
  if (expired && policy?.hardExpiry) return "expired";
  return expired || profile.resetRequired ? "new-password" : "done";
}

/** Continues a sign-in under a new visitor id: with its next step, or in the console if nothing is left to do. */
export async function proceed(pending: PendingSignIn, view: View): Promise<Redirect> {
  const { emulation, memory } = view;
  const step = nextStep(pending, view);
  if (step === "expired") {
    throw new Refused(403, "Your password has expired. Ask your administrator for a new one.");
  }
  const visitorId = newVisitorId(emulation.random);
  const entry = step === "done" ? signedIn(pending, emulation) : undefined;
  await emulation.store.transact((tx) => {
    memory.pending.remove(tx, view.visitorId);
    memory.signedIn.remove(tx, view.visitorId);
    if (entry === undefined) return memory.pending.put(tx, visitorId, pending);
    memory.signedIn.put(tx, visitorId, entry);
    ensureAccount(pending.account, tx, view.now);
    notePasswordUse(pending.principalId, view, tx);
  });
  if (step !== "done") return { to: `/console/sign-in/${step}`, visitorId };
  recordConsoleLogin(callerWith(pending, view), view, {
    loginTo: view.origin + pending.next,
    device: pending.mfa?.serialNumber,
  });
  return { to: pending.next, visitorId };
}

/**
 * Of several uses within five minutes only the first counts (User Guide, "Getting credential reports",
 * password_last_used).
 */
const USE_COALESCES_MS = 5 * 60 * 1000;

function notePasswordUse(owner: string, { now, emulation }: View, tx: Transaction): void {
  const subject = `password:${owner}`;
  const last = tx.get(lastUses, subject);
  if (last && Math.abs(now - last.at) < USE_COALESCES_MS) return;
  tx.note(lastUses, { subject, at: now, service: "signin", region: emulation.options.region });
}

/** The sign-in that has begun; undefined if it has taken too long, or if its user or password no longer exists. */
export function pendingOf({ memory, visitorId, emulation, now }: View): PendingSignIn | undefined {
  const pending = memory.pending.get(visitorId, now);
  if (!pending) return undefined;
  const { account, principalId, passwordHash } = pending;
  return emulation.store.read((tx) => {
    const exists = principalId === account || tx.find(users, "id", account, principalId) !== undefined;
    return exists && currentPasswordHash(pending, tx) === passwordHash ? pending : undefined;
  });
}
