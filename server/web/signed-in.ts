import { loginProfiles } from "../../data/entities/users.ts";
import { accessKeyId, secretAccessKey } from "../../data/ids.ts";
import type { Transaction } from "../../data/store.ts";
import type { Caller, Session } from "../../handlers/caller.ts";
import { WireError } from "../../handlers/errors.ts";
import { sessionCaller } from "../../handlers/callers.ts";
import type { Emulation } from "../emulation.ts";

/** AWS's console signs everybody out after twelve hours. */
const SESSION_MS = 12 * 60 * 60 * 1000;
/** How long a sign-in may take from the password to the end. */
const PENDING_MS = 10 * 60 * 1000;

/** Somebody who has given the right password, and may have to prove or do more. */
export interface PendingSignIn {
  readonly account: string;
  /** Unique id of the user, or the account number for root. */
  readonly principalId: string;
  /** The password that was given: once it is another, the sign-in is void. */
  readonly passwordHash: string;
  readonly expiresAt: number;
  /** Where to go in the end. */
  readonly next: string;
  /** The device that was used, and when (milliseconds); absent until then. */
  readonly mfa?: { readonly serialNumber: string; readonly at: number };
}

/** Somebody who has signed in. */
export interface SignedIn {
  readonly session: Session;
  readonly expiresAt: number;
  /** The password that was given; absent for those who came with temporary credentials. */
  readonly passwordHash?: string | undefined;
  /** The role that was switched to. */
  readonly role?: Session | undefined;
}

export const newPending = (pending: Omit<PendingSignIn, "expiresAt">, now: number): PendingSignIn => ({
  ...pending,
  expiresAt: now + PENDING_MS,
});

/** A session of the console for whoever has passed the whole sign-in. */
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
 * The principal of a session as it is now, under its name of today, or the role that it has switched to, for as long as that
 * lasts; undefined where the session has ended with its user, role or password, or the role that was switched to is gone.
 */
export function callerOf({ session, role, passwordHash }: SignedIn, emulation: Emulation): Caller | undefined {
  return emulation.store.transact((tx) => {
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

/** Stands for the hash of the password that root has from the emulator's start, as long as it has not set one of its own. */
export const INITIAL_ROOT_PASSWORD = "initial";

/** The hash of the password that a user or root has now; undefined where there is none. */
export function currentPasswordHash(
  { account, principalId }: { readonly account: string; readonly principalId: string },
  tx: Transaction,
): string | undefined {
  const profile = tx.get(loginProfiles, account, principalId);
  if (profile) return profile.passwordHash || undefined;
  return principalId === account ? INITIAL_ROOT_PASSWORD : undefined;
}
