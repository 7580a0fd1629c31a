import type { Emulation } from "./emulation.ts";
import { removeAccount } from "./account-state.ts";
import type { Seed } from "./seed/seed.ts";
import { snapshotsOf } from "./snapshots.ts";
import type { State } from "./state.ts";
import { accountId } from "./web/input.ts";

/**
 * Restores everything, or one account, to how it was at the start. Rejects with InvalidRequest if `account` is not an
 * account's number.
 */
export type Reset = (account?: string) => Promise<void>;

/** What the start of an emulator leaves for resets. */
interface Start {
  readonly state: Pick<State, "reset">;
  readonly seed: Seed | undefined;
  /** The clock's initial time in milliseconds, if it was chosen. */
  readonly now: number | undefined;
}

/**
 * Resets an emulation. As a whole: state, clock, trail, sessions and everything in memory; then the state is seeded
 * again. Or one account: what it has is removed and made anew from its part of the seed; nothing else changes.
 */
export const resetOf = (emulation: Emulation, start: Start): Reset =>
  async function reset(account) {
    if (account === undefined) await resetAll(emulation, start);
    else await resetAccount(accountId(account, account), emulation, start);
    await emulation.store.durable();
  };

async function resetAll(emulation: Emulation, { state, seed, now }: Start): Promise<void> {
  const { clock, options } = emulation;
  clock.real();
  if (now !== undefined) clock.set(now);
  const grow = await seed?.prepare(emulation);
  await state.reset(grow);
  if (options.snapshot !== undefined) snapshotsOf(emulation).take(options.snapshot, emulation);
}

async function resetAccount(account: string, emulation: Emulation, { seed }: Start): Promise<void> {
  const grow = await seed?.prepare(emulation, account);
  // One transaction: if the seed can no longer be applied, nothing is lost.
  await emulation.store.transact((tx) => {
    removeAccount(account, tx);
    grow?.(tx);
  });
}
