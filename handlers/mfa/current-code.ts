import { hardwareTokens, mfaDevices, totpSecrets } from "../../data/entities/mfa.ts";
import { stepOf, totpCode } from "../../signing/totp.ts";
import { accountIn } from "../../policy/arn.ts";
import type { Context } from "../operation.ts";
import { noSuchDevice } from "./devices.ts";
import { lastMessage, smsCodeExpiry } from "./sms.ts";

export interface MfaCode {
  readonly code: string;
  /** The code that the device shows after this one. A text message has none. */
  readonly next?: string;
  /** Milliseconds since 1970: when the device shows the next code, or the one that was sent expires. */
  readonly validUntil: number;
}

const STEP_MS = 30_000;

/**
 * What whoever holds the device reads now: off the app or token, enabled or not, by a clock that may be off; or in the last
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
