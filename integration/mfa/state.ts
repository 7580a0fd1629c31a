import { fold } from "../../data/entities/accounts.ts";
import { collections } from "../../data/entities/collections.ts";
import { users } from "../../data/entities/users.ts";
import { seededRandom } from "../../data/random.ts";
import { memoryBackend, openStore, type LocalStore } from "../../data/store.ts";
import { uniqueId } from "../../data/ids.ts";
import type { MfaContext } from "../../handlers/mfa/devices.ts";
import { DEFAULT_QUOTAS } from "../../handlers/quotas.ts";

/** The state of an emulator without its server, for tests of modules below the operations. Its clock is frozen. */
export interface MfaState {
  readonly store: LocalStore;
  /** Milliseconds; set it to move the clock. */
  now: number;
  mfaRules: "guide" | "current";
  /** Runs `work` in a transaction of its own. */
  run<R>(work: (context: MfaContext) => R): R;
}

export const ACCOUNT = "000000000000";

/** An empty state. */
export async function mfaState(): Promise<MfaState> {
  const store = await openStore({ collections, backend: memoryBackend() });
  const random = seededRandom("mfa");
  const state: MfaState = {
    store,
    now: Date.UTC(2026, 10, 24, 12, 0, 0),
    mfaRules: "guide",
    run: (work) =>
      store.transact((tx) =>
        work({
          tx,
          account: ACCOUNT,
          now: state.now,
          random,
          settings: {
            mfaRules: state.mfaRules,
            enforcement: "on",
            quotas: DEFAULT_QUOTAS,
            region: "us-east-1",
            publicUrl: "http://localhost:4593",
            federationHosts: [],
          },
        }),
      ),
  };
  return state;
}

/** A user without anything. */
export function createUser(name: string, { tx, account, now, random }: MfaContext): void {
  if (tx.get(users, account, fold(name))) throw new Error(`there is a user ${name}`);
  tx.put(users, { account, name, path: "/", id: uniqueId("AIDA", account, random), createdAt: now, tags: [] });
}
