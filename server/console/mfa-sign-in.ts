import type { MfaDevice, SmsDevice, SmsMessage, U2fDevice } from "../../data/entities/mfa.ts";
import { refuse } from "../../data/store.ts";
import type { CodeCheck } from "../../handlers/mfa/attempts.ts";
import { checkCode, checkPair } from "../../handlers/mfa/codes.ts";
import { devicesOf } from "../../handlers/mfa/devices.ts";
import { byKind, kinds, type ByKind } from "../../handlers/mfa/kinds.ts";
import { checkTouch } from "../../handlers/mfa/security-keys.ts";
import { checkSmsCode, sendCode } from "../../handlers/mfa/sms.ts";
import type { Context } from "../../handlers/operation.ts";
import type { Detail } from "../../signing/detail.ts";
import { signAssertion } from "../../signing/security-key.ts";
import { smsWebhook } from "../sms-webhook.ts";
import { recordConsoleLogin } from "./login-events.ts";
import { Refused, type View } from "./page.ts";
import type { PendingSignIn } from "../web/signed-in.ts";
import { callerWith } from "./sign-in.ts";
import { keyOrigin, newChallenge, RP_ID, takeChallenge, verifyTouch } from "./webauthn.ts";

/** The devices that somebody may complete the sign-in with: any one is enough. */
export const devicesFor = ({ account, principalId }: PendingSignIn, { emulation }: View): MfaDevice[] =>
  emulation.store.transact((tx) => devicesOf({ id: principalId }, { tx, account }));

type CheckContext = Pick<Context, "tx" | "now">;

/** How a code of each kind of device is checked; a security key has none. */
const CHECKS: ByKind<[code: string, context: CheckContext], CodeCheck | undefined> = {
  virtual: (device, code, context) => checkCode(device.serialNumber, code, "ConsoleLogin", context),
  hardware: (device, code, context) => checkCode(device.serialNumber, code, "ConsoleLogin", context),
  sms: checkSmsCode,
  u2f: () => undefined,
};

/**
 * The second step of a sign-in by a code: answers the sign-in as it is with MFA. The code is used from here on. Throws Refused
 * in the same words for a code that is wrong, too old or used, and for a device that is no longer there.
 */
export function signInWithCode(pending: PendingSignIn, serialNumber: string, code: string, view: View): PendingSignIn {
  checkProof(pending, serialNumber, view, (device, context) => ({
    check: device && byKind(CHECKS, device, code.trim(), context),
    refusal: incorrectCode,
  }));
  return withMfa(pending, serialNumber, view);
}

/**
 * Resynchronises a device whose codes are not taken, by two consecutive ones (evidence: mfa-sign-in); the sign-in then
 * goes on by the next code. Throws Refused.
 */
export function resyncAtSignIn(
  pending: PendingSignIn,
  serialNumber: string,
  [code1, code2]: readonly [string, string],
  view: View,
): void {
  checkProof(pending, serialNumber, view, (device, context) => ({
    check: device && kinds[device.kind].resync ? checkPair(serialNumber, code1, code2, context) : undefined,
    refusal: incorrectCodes,
  }));
}

/** What a key signs to complete the sign-in that is under way; another one each time it is asked for. */
export const signInChallenge = (device: U2fDevice, view: View): string => newChallenge(purposeOf(device), view);

/**
 * The second step of a sign-in by the touch of a security key: `answer` is what the browser got from the key, in JSON.
 * Answers the sign-in as it is with MFA. Throws Refused in the same words whatever is not right; the trail tells a clone.
 */
export async function signInWithKey(
  pending: PendingSignIn,
  device: U2fDevice,
  answer: string,
  view: View,
): Promise<PendingSignIn> {
  const touch = await verifyTouch(device.securityKey, answer, takeChallenge(purposeOf(device), view), view);
  checkProof(pending, device.serialNumber, view, (current, context) => ({
    check: current?.kind === "u2f" ? checkTouch(current, touch, context) : undefined,
    refusal: unverified,
  }));
  return withMfa(pending, device.serialNumber, view);
}

/** The same by a key that is software of the emulator, which made it without anybody to touch it. */
export function signInWithSoftwareKey(pending: PendingSignIn, device: U2fDevice, view: View): Promise<PendingSignIn> {
  const { d, ...key } = device.securityKey;
  if (d === undefined) throw new Refused(400, "This security key is no software of the emulator: touch it.");
  const asked = { challenge: signInChallenge(device, view), rpId: RP_ID, origin: keyOrigin(view) };
  const answer = signAssertion({ ...key, d }, asked, key.signCount + 1);
  return signInWithKey(pending, device, JSON.stringify(answer), view);
}

const purposeOf = ({ serialNumber }: MfaDevice): string => `sign in with ${serialNumber}`;

/** The check of what was given for a device, undefined where the device takes nothing of the kind, and how to refuse it. */
interface Proof {
  readonly check: CodeCheck | undefined;
  readonly refusal: (why: Detail | undefined) => Refused;
}

/** Checks a proof for the device as it is now, undefined if it is no longer the principal's, and counts the attempt. */
function checkProof(
  pending: PendingSignIn,
  serialNumber: string,
  view: View,
  prove: (device: MfaDevice | undefined, context: CheckContext) => Proof,
): void {
  const { emulation, now } = view;
  const { account, principalId } = pending;
  try {
    emulation.store.transact((tx) => {
      const device = devicesOf({ id: principalId }, { tx, account }).find(
        (candidate) => candidate.serialNumber === serialNumber,
      );
      const { check, refusal } = prove(device, { tx, now });
      if (!check) throw refusal(NOT_OF_THE_DEVICE);
      const { verdict, why, record } = check;
      if (verdict !== "accepted") throw refuse(verdict === "refused" ? refusal(why) : tooManyTries(why), record);
      record(tx);
    });
  } catch (cause) {
    if (cause instanceof Refused) recordFailure(pending, serialNumber, view, cause.detail);
    throw cause;
  }
}

const withMfa = (pending: PendingSignIn, serialNumber: string, { now }: View): PendingSignIn => ({
  ...pending,
  mfa: { serialNumber, at: now },
});

/** Notes in the trail that the MFA of a sign-in failed. */
function recordFailure(pending: PendingSignIn, serialNumber: string, view: View, detail: Detail | undefined): void {
  const loginTo = view.origin + pending.next;
  recordConsoleLogin(callerWith(pending, view), view, {
    loginTo,
    device: serialNumber,
    failure: "Failed authentication",
    detail,
  });
}

const NOT_OF_THE_DEVICE =
  "The device is no longer that of whoever signs in, or is of a kind that is asked for something else.";

const unverified = (why: Detail | undefined) =>
  new Refused(403, "The security key could not be verified, or was touched too late. Try again.", why);

const incorrectCode = (why: Detail | undefined) =>
  new Refused(403, "The code is not right, is too old or was used before. Wait for a new one and try again.", why);

const incorrectCodes = (why: Detail | undefined) =>
  new Refused(
    403,
    "The codes are not two consecutive ones of the device, or were used before. Wait for new ones and try again.",
    why,
  );

const tooManyTries = (why: Detail | undefined) =>
  new Refused(429, "There were too many tries with this MFA device. Wait three minutes before you try again.", why);

/** Sends a code to the phone of an SMS device, as happens by itself after the password, and again when asked. */
export function sendSignInCode(device: SmsDevice, view: View): SmsMessage {
  const message = sendUnlessTooMany(device, view);
  if (message) return message;
  throw new Refused(429, "There were too many messages to this phone. Use the last one, or wait a quarter of an hour.");
}

function sendUnlessTooMany(device: SmsDevice, { emulation, memory, now }: View): SmsMessage | undefined {
  const { store, random, options } = emulation;
  if (!memory.limits.take("message", device.serialNumber, now)) return undefined;
  const message = store.transact((tx) => sendCode(device, { tx, now, random }));
  smsWebhook(options.smsWebhook, store)(message);
  return message;
}

/** Whose only device is a phone is sent a code without asking for it. After too many the sign-in goes on, by the last one. */
export function sendCodeOfOnlyPhone(pending: PendingSignIn, view: View): void {
  const [device, another] = devicesFor(pending, view);
  if (device?.kind === "sms" && !another) sendUnlessTooMany(device, view);
}
