import { totpSecrets, usedCodes, type TotpSecret, type UsedCode } from "../../data/entities/mfa.ts";
import { consecutivePair, matchingSteps, seedId, stepOf } from "../../signing/totp.ts";
import { InvalidAuthenticationCode } from "../errors.ts";
import type { Context } from "../operation.ts";
import { withinBudget, type CodeCheck } from "./attempts.ts";
import { usedCode, wrongCode, wrongPair } from "./refused-codes.ts";

// How IAM and STS accept the codes of virtual devices and hardware tokens, as observed on AWS
// (evidence: mfa-totp-window, mfa-enable-codes).

/** How many steps before and after the device's time a code is valid for STS and for sign-in. */
export const WINDOW = 2;
/** The range in which the second of two consecutive codes is searched when a device is enabled or resynchronised. */
const SEARCH_BACK = 998;
const SEARCH_AHEAD = 1000;

type CodeContext = Pick<Context, "tx" | "now">;

/**
 * Checks one code of an enabled TOTP device. A code is accepted only once, but codes may be used in any order. A used
 * code is stored as its time step; in the rare case that one text is the code of two steps in the window, both are used
 * up.
 *
 * Used codes are kept for good, and belong to the seed: neither moving the clock back nor a resync, nor deleting and
 * recreating the device, makes one valid again. `usedFor`, such as `GetSessionToken`, is noted with them.
 */
export function checkCode(serialNumber: string, code: string, usedFor: string, context: CodeContext): CodeCheck {
  return withinBudget(serialNumber, context, () => {
    const { tx, now } = context;
    const secret = secretOf(serialNumber, context);
    const steps = goodSteps(secret, code, now);
    if (steps.length === 0) return { accepted: false, why: wrongCode(secret, code, now), useUp() {} };
    const used = steps.map((step) => findUse(secret, step, tx)).find((found) => found);
    return {
      accepted: used === undefined,
      why: used && usedCode(serialNumber, used),
      useUp(changed) {
        for (const step of steps) changed.put(usedCodes, { seed: seedId(secret.seed), step, usedAt: now, usedFor });
      },
    };
  });
}

/**
 * The use of a step's code, noted under the seed (in older states under the serial number); undefined if there was
 * none.
 */
export const findUse = ({ seed, serialNumber }: TotpSecret, step: number, tx: Context["tx"]): UsedCode | undefined =>
  tx.get(usedCodes, seedId(seed), String(step)) ?? tx.get(usedCodes, serialNumber, String(step));

/** The currently valid steps that have this code. */
function goodSteps({ seed, clockAdjustment }: TotpSecret, code: string, now: number): number[] {
  const deviceStep = stepOf(now) + clockAdjustment;
  return matchingSteps(seed, code, deviceStep - WINDOW, deviceStep + WINDOW);
}

/**
 * Accepts two consecutive codes, in order, as proof of possession of the device, and learns from them how far its clock
 * is off. Both must be newer than the pair accepted before. Codes used here are not used up for STS, and codes used for
 * STS are not used up here. Throws InvalidAuthenticationCode.
 */
export function acceptPair(serialNumber: string, code1: string, code2: string, context: CodeContext): void {
  const former = secretOf(serialNumber, context);
  const secret = synchronised(former, code1, code2, context);
  if (!secret) {
    throw InvalidAuthenticationCode(
      "Authentication code for device is not valid.",
      wrongPair(former, code1, code2, context.now),
    );
  }
  context.tx.put(totpSecrets, secret);
}

/** The same before the sign-in is complete, and so within the device's budget of attempts. */
export function checkPair(serialNumber: string, code1: string, code2: string, context: CodeContext): CodeCheck {
  return withinBudget(serialNumber, context, () => {
    const former = secretOf(serialNumber, context);
    const secret = synchronised(former, code1, code2, context);
    return {
      accepted: secret !== undefined,
      why: secret ? undefined : wrongPair(former, code1, code2, context.now),
      useUp: (changed) => secret && changed.put(totpSecrets, secret),
    };
  });
}

/** The device's secret after this pair of codes; undefined if the pair is not accepted. */
function synchronised(secret: TotpSecret, code1: string, code2: string, context: CodeContext): TotpSecret | undefined {
  const deviceStep = stepOf(context.now) + secret.clockAdjustment;
  const second = consecutivePair(secret.seed, code1, code2, deviceStep - SEARCH_BACK, deviceStep + SEARCH_AHEAD);
  if (second === undefined || second - 1 <= (secret.lastPairStep ?? Number.NEGATIVE_INFINITY)) return undefined;
  return { ...secret, clockAdjustment: second - stepOf(context.now), lastPairStep: second };
}

/**
 * Removes the seed of a deleted device and what was learnt of its clock. Its budget of attempts and its used codes
 * stay.
 */
export function forgetSecret(serialNumber: string, { tx }: Pick<CodeContext, "tx">): void {
  tx.delete(totpSecrets, serialNumber);
}

function secretOf(serialNumber: string, { tx }: CodeContext): TotpSecret {
  const secret = tx.get(totpSecrets, serialNumber);
  if (!secret) throw new Error("a TOTP device has lost its seed");
  return secret;
}
