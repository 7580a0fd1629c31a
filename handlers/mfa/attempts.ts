import { mfaAttempts } from "../../data/entities/mfa.ts";
import type { Transaction } from "../../data/store.ts";
import { atSecond, type Detail } from "../../signing/detail.ts";
import type { Context } from "../operation.ts";

/** About nine verifications, right or wrong, per device and three minutes of UTC (evidence: mfa-attempts). */
const ATTEMPTS = 9;
const WINDOW_MS = 3 * 60 * 1000;

/** The result of checking a code. Nothing changes until `record` is called, which is needed for every verdict. */
export interface CodeCheck {
  readonly verdict: "accepted" | "refused" | "too many attempts";
  /** Why it was refused, for the trail. */
  readonly why?: Detail | undefined;
  /** Counts the attempt and, if the code was accepted, uses it up. */
  readonly record: (tx: Transaction) => void;
}

/** The verdict on a code that was checked. */
interface Verdict {
  readonly accepted: boolean;
  readonly why?: Detail | undefined;
  readonly useUp: (tx: Transaction) => void;
}

/**
 * Checks a code within the device's budget of attempts. The budget belongs to the serial number, so that it outlives
 * the device. When it is spent, the code is not checked and the attempt not counted.
 */
export function withinBudget(
  serialNumber: string,
  { tx, now }: Pick<Context, "tx" | "now">,
  check: () => Verdict,
): CodeCheck {
  const window = Math.floor(now / WINDOW_MS);
  const former = tx.get(mfaAttempts, serialNumber);
  const count = former?.window === window ? former.count : 0;
  if (count >= ATTEMPTS) {
    const why = () =>
      `${serialNumber} has had its ${ATTEMPTS} attempts, right and wrong ones together, of these three minutes: nothing more is ` +
      `looked at until ${atSecond((window + 1) * WINDOW_MS)} on the emulator's clock. This code may have been right.`;
    return { verdict: "too many attempts", why, record: () => {} };
  }
  const { accepted, why, useUp } = check();
  return {
    verdict: accepted ? "accepted" : "refused",
    why,
    record(changed) {
      changed.put(mfaAttempts, { serialNumber, window, count: count + 1 });
      if (accepted) useUp(changed);
    },
  };
}
