import { loginProfiles } from "../../data/entities/users.ts";
import { accessKeyId, secretAccessKey } from "../../data/ids.ts";
import type { Transaction } from "../../data/store.ts";
import type { Caller, Session } from "../../handlers/caller.ts";
import { WireError } from "../../handlers/errors.ts";
import { sessionCaller } from "../../handlers/callers.ts";
import type { Emulation } from "../emulation.ts";

/** AWS's console signs everybody out after twelve hours. */
const SESSION_MS = 12 * 60 * 60 * 1000;
/** How long a sign-in may take after the password. */
const PENDING_MS = 10 * 60 * 1000;

/** A visitor who has given the right password, and may have more steps to do. */
export interface PendingSignIn {
  readonly account: string;
  /** Unique id of the user, or the account number for root. */
  readonly principalId: string;
  /** The hash of the password that was given: if it changes, the sign-in is void. */
  readonly passwordHash: string;
  readonly expiresAt: number;
  /** The final destination. */
  readonly next: string;
  /** The device that was used, and when (milliseconds); absent before that. */
  readonly mfa?: { readonly serialNumber: string; readonly at: number };
}

/** A visitor who has signed in. */
export interface SignedIn {
  readonly session: Session;
  readonly expiresAt: number;
  /** The hash of the password that was given; absent for those who came with temporary credentials. */
  readonly passwordHash?: string | undefined;
  /** The role that was switched to. */
  readonly role?: Session | undefined;
}

export const newPending = (pending: Omit<PendingSignIn, "expiresAt">, now: number): PendingSignIn => ({
  ...pending,
  expiresAt: now + PENDING_MS,
});

/** A session of the console, after a complete sign-in. */
export function signedIn({ account, principalId, passwordHash, mfa }: PendingSignIn, emulation: Emulation): SignedIn {
  const { clock, random } = emulation;
  const now = clock.now();
  const session: Session = {
    kind: "console",
    account,
    principalId,
    accessKeyId: accessKeyId("ASIA", account, random),
    secret: secretAccessKey(random),
    issuedAt: now,
    expiresAt: now + SESSION_MS,
    ...(mfa && { mfaAt: mfa.at }),
  };
  return { session, passwordHash, expiresAt: session.expiresAt };
}

/**
 * The principal of a session under its current name, or the role that it has switched to while that lasts. Undefined if
 * the session has ended with its user, role or password, or if the role that was switched to is gone.
 */
export function callerOf({ session, role, passwordHash }: SignedIn, emulation: Emulation): Caller | undefined {
  return emulation.store.read((tx) => {
    if (passwordHash !== undefined && passwordHash !== currentPasswordHash(session, tx)) return undefined;
    try {
      const caller = sessionCaller(session, tx);
      return role && role.expiresAt > emulation.clock.now() ? sessionCaller(role, tx) : caller;
    } catch (cause) {
      if (cause instanceof WireError) return undefined;
      throw cause;
    }
  });
}

/** Stands for the hash of root's initial password, as long as root has not set its own. */
export const INITIAL_ROOT_PASSWORD = "initial";

/** The current password hash of a user or root; undefined if there is none. */
export function currentPasswordHash(
  { account, principalId }: { readonly account: string; readonly principalId: string },
  tx: Transaction,
): string | undefined {
  const profile = tx.get(loginProfiles, account, principalId);
  if (profile) return profile.passwordHash || undefined;
  return principalId === account ? INITIAL_ROOT_PASSWORD : undefined;
}
