import { hardwareTokens, mfaDevices, totpSecrets } from "../../data/entities/mfa.ts";
import { stepOf, totpCode } from "../../signing/totp.ts";
import { accountIn } from "../../policy/arn.ts";
import { InvalidInput } from "../errors.ts";
import type { Context } from "../operation.ts";
import { findUse, WINDOW } from "./codes.ts";
import { noSuchDevice } from "./devices.ts";
import type { MfaCode } from "./mfa-code.ts";
import { lastMessage, smsCodeExpiry } from "./sms.ts";

const STEP_MS = 30_000;

/**
 * The code that a person reads now: from the app or token, enabled or not, by a clock that may be off; or from the last
 * message to the phone. NoSuchEntity for a device that is unknown or never shows a code, and before the first message.
 */
export function currentCode(serialNumber: string, { tx, now }: Pick<Context, "tx" | "now">): MfaCode {
  const secret = tx.get(totpSecrets, serialNumber);
  if (secret) {
    const offset = (tx.get(hardwareTokens, serialNumber)?.offsetSeconds ?? 0) * 1000;
    const step = stepOf(now + offset);
    return {
      code: totpCode(secret.seed, step),
      next: totpCode(secret.seed, step + 1),
      validUntil: (step + 1) * STEP_MS - offset,
    };
  }
  const device = tx.get(mfaDevices, accountIn(serialNumber) ?? "", "sms", serialNumber);
  const message = device?.kind === "sms" ? lastMessage(device, { tx }) : undefined;
  if (!message) throw noSuchDevice(serialNumber);
  return { code: message.code, validUntil: smsCodeExpiry(message) };
}

/** The code that is shown now, or, once that has been used, the next that is good: what whoever is asked for one may type. */
export function unusedCode(serialNumber: string, context: Pick<Context, "tx" | "now">): MfaCode {
  const { tx, now } = context;
  const shown = currentCode(serialNumber, context);
  const secret = tx.get(totpSecrets, serialNumber);
  if (!secret) return shown;
  const offset = (tx.get(hardwareTokens, serialNumber)?.offsetSeconds ?? 0) * 1000;
  return findUse(secret, stepOf(now + offset), tx) ? nextCode(serialNumber, context) : shown;
}

/**
 * A code that is valid now and is not the one shown, for those who do not want to wait half a minute: the next one or,
 * if that was used, the one after it, as far ahead as codes are accepted. While the device is not enabled, or its clock
 * is off, always the next one, as the second of a pair. InvalidInput if there is none, NoSuchEntity as for
 * `currentCode`.
 */
export function nextCode(serialNumber: string, { tx, now }: Pick<Context, "tx" | "now">): MfaCode {
  const secret = tx.get(totpSecrets, serialNumber);
  if (!secret) {
    currentCode(serialNumber, { tx, now });
    throw InvalidInput(`${serialNumber} has no next code: a phone is sent one at a time.`);
  }
  const offset = (tx.get(hardwareTokens, serialNumber)?.offsetSeconds ?? 0) * 1000;
  const first = stepOf(now + offset) + 1;
  const last = stepOf(now) + secret.clockAdjustment + WINDOW;
  const good = Array.from({ length: Math.max(0, last - first + 1) }, (_, ahead) => first + ahead);
  const isPair = secret.lastPairStep === undefined || Math.abs(first - 1 - (last - WINDOW)) > WINDOW;
  const step = isPair ? first : good.find((candidate) => !findUse(secret, candidate, tx));
  if (step === undefined) {
    throw InvalidInput(
      `The next codes of ${serialNumber} that would be taken now have all been used. Wait for others: iam-local clock advance 30`,
    );
  }
  // As long as it is accepted: until two steps after its own.
  return { code: totpCode(secret.seed, step), validUntil: (step - secret.clockAdjustment + WINDOW + 1) * STEP_MS };
}
