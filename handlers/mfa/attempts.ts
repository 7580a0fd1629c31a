import { mfaAttempts } from "../../data/entities/mfa.ts";
import type { Transaction } from "../../data/store.ts";
import type { Context } from "../operation.ts";

/** About nine verifications, right or wrong, per device and three minutes of UTC (evidence: mfa-attempts). */
const ATTEMPTS = 9;
const WINDOW_MS = 3 * 60 * 1000;

/** What came of a code that was checked. Nothing is changed until `record` is run, which every verdict needs. */
export interface CodeCheck {
  readonly verdict: "accepted" | "refused" | "too many attempts";
  /** Counts the attempt and, if the code was accepted, uses it up. */
  readonly record: (tx: Transaction) => void;
}

/**
 * Checks a code within the device's budget of attempts, which belongs to the serial number and so outlives the device.
 * Once it is spent the code is not looked at, and the attempt is not counted.
 */
export function withinBudget(
  serialNumber: string,
  { tx, now }: Pick<Context, "tx" | "now">,
  check: () => { readonly accepted: boolean; readonly useUp: (tx: Transaction) => void },
): CodeCheck {
  const window = Math.floor(now / WINDOW_MS);
  const former = tx.get(mfaAttempts, serialNumber);
  const count = former?.window === window ? former.count : 0;
  if (count >= ATTEMPTS) return { verdict: "too many attempts", record: () => {} };
  const { accepted, useUp } = check();
  return {
    verdict: accepted ? "accepted" : "refused",
    record(changed) {
      changed.put(mfaAttempts, { serialNumber, window, count: count + 1 });
      if (accepted) useUp(changed);
    },
  };
}
