import type { MfaDevice, MfaKind, SmsMessage } from "../../data/entities/mfa.ts";
import { refuse } from "../../data/store.ts";
import type { CodeCheck } from "../../handlers/mfa/attempts.ts";
import { checkCode } from "../../handlers/mfa/codes.ts";
import { devicesOf } from "../../handlers/mfa/devices.ts";
import { checkSmsCode, sendCode } from "../../handlers/mfa/sms.ts";
import { smsWebhook } from "../control/sms-webhook.ts";
import { recordConsoleLogin } from "./login-events.ts";
import { Refused, type View } from "./page.ts";
import type { PendingSignIn } from "./sessions.ts";
import { callerWith } from "./sign-in.ts";

/** The devices that somebody may complete the sign-in with: any one is enough. */
export const devicesFor = ({ account, principalId }: PendingSignIn, { emulation }: View): MfaDevice[] =>
  emulation.store.transact((tx) => devicesOf({ id: principalId }, { tx, account }));

/** How a code of each kind of device is checked; a security key has none. */
const CHECKS: Readonly<
  Partial<Record<MfaKind, (device: MfaDevice, code: string, context: Parameters<typeof checkSmsCode>[2]) => CodeCheck>>
> = {
  virtual: (device, code, context) => checkCode(device.serialNumber, code, context),
  hardware: (device, code, context) => checkCode(device.serialNumber, code, context),
  sms: checkSmsCode,
};

/**
 * The second step of a sign-in by a code: answers the sign-in as it is with MFA. The code is used from here on. Throws Refused
 * in the same words for a code that is wrong, too old or used, and for a device that is no longer there.
 */
export function signInWithCode(pending: PendingSignIn, serialNumber: string, code: string, view: View): PendingSignIn {
  const { emulation, now } = view;
  const { account, principalId } = pending;
  try {
    emulation.store.transact((tx) => {
      const device = devicesOf({ id: principalId }, { tx, account }).find(
        (candidate) => candidate.serialNumber === serialNumber,
      );
      const check = device && CHECKS[device.kind];
      if (!check) throw incorrectCode();
      const { verdict, record } = check(device, code.trim(), { tx, now });
      if (verdict !== "accepted") throw refuse(verdict === "refused" ? incorrectCode() : tooManyCodes(), record);
      record(tx);
    });
  } catch (cause) {
    if (cause instanceof Refused) recordFailure(pending, serialNumber, view);
    throw cause;
  }
  return { ...pending, mfa: { serialNumber, at: now } };
}

/** Notes in the trail that the MFA of a sign-in failed. */
export function recordFailure(pending: PendingSignIn, serialNumber: string, view: View): void {
  const loginTo = view.origin + pending.next;
  recordConsoleLogin(callerWith(pending, view), view, {
    loginTo,
    device: serialNumber,
    failure: "Failed authentication",
  });
}

const incorrectCode = () =>
  new Refused(403, "The code is not right, is too old or was used before. Wait for a new one and try again.");

const tooManyCodes = () =>
  new Refused(429, "There were too many tries with this MFA device. Wait three minutes before you try again.");

/** Sends a code to the phone of an SMS device, as happens by itself after the password, and again when asked. */
export function sendSignInCode(device: MfaDevice, { emulation, memory, now }: View): SmsMessage {
  const { store, random, options } = emulation;
  if (!memory.limits.take("message", device.serialNumber, now)) {
    throw new Refused(
      429,
      "There were too many messages to this phone. Use the last one, or wait a quarter of an hour.",
    );
  }
  const message = store.transact((tx) => sendCode(device, { tx, now, random }));
  smsWebhook(options.smsWebhook, store)(message);
  return message;
}

/** Whose only device is a phone is sent a code without asking for it. */
export function sendCodeOfOnlyPhone(pending: PendingSignIn, view: View): void {
  const [device, another] = devicesFor(pending, view);
  if (device?.kind === "sms" && !another) sendSignInCode(device, view);
}
