import type { MfaContext } from "../../handlers/mfa/devices.ts";
import type { Soon } from "../../data/soon.ts";
import { ensureAccount } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { accountId } from "../web/input.ts";

/**
 * Runs `work` in the account with this number, creating it if needed; without a number, in the emulator's own account.
 */
export function inAccount<R>(
  id: string | undefined,
  { store, clock, random, options }: Emulation,
  work: (context: MfaContext) => R,
): Soon<R> {
  const account = accountId(id, options.account);
  return store.transact((tx) => {
    const now = clock.now();
    ensureAccount(account, tx, now);
    return work({ tx, account, now, random, settings: options });
  });
}
