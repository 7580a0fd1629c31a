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

/** The devices that can complete the sign-in; any one of them is enough. */
export const devicesFor = ({ account, principalId }: PendingSignIn, { emulation }: View): MfaDevice[] =>
  emulation.store.read((tx) => devicesOf({ id: principalId }, { tx, account }));

type CheckContext = Pick<Context, "tx" | "now">;

/** How to check a code of each kind of device; a security key has none. */
const CHECKS: ByKind<[code: string, context: CheckContext], CodeCheck | undefined> = {
  virtual: (device, code, context) => checkCode(device.serialNumber, code, "ConsoleLogin", context),
  hardware: (device, code, context) => checkCode(device.serialNumber, code, "ConsoleLogin", context),
  sms: checkSmsCode,
  u2f: () => undefined,
};

/**
 * The second step of a sign-in, by a code. Returns the sign-in with MFA; from here on the code is used. Throws Refused
 * with the same message for a code that is wrong, too old or used, and for a device that no longer exists.
 */
export async function signInWithCode(
  pending: PendingSignIn,
  serialNumber: string,
  code: string,
  view: View,
): Promise<PendingSignIn> {
  await checkProof(pending, serialNumber, view, (device, context) => ({
    check: device && byKind(CHECKS, device, code.trim(), context),
    refusal: incorrectCode,
  }));
  return withMfa(pending, serialNumber, view);
}

/**
 * Resynchronises a device whose codes are not accepted, by two consecutive ones (evidence: mfa-sign-in); the sign-in
 * then needs the next code. Throws Refused.
 */
export async function resyncAtSignIn(
  pending: PendingSignIn,
  serialNumber: string,
  [code1, code2]: readonly [string, string],
  view: View,
): Promise<void> {
  await checkProof(pending, serialNumber, view, (device, context) => ({
    check: device && kinds[device.kind].resync ? checkPair(serialNumber, code1, code2, context) : undefined,
    refusal: incorrectCodes,
  }));
}

/** What a key has to sign to complete the sign-in; new each time it is asked for. */
export const signInChallenge = (device: U2fDevice, view: View): Promise<string> =>
  newChallenge(purposeOf(device), view);

/**
 * The second step of a sign-in, by the touch of a security key; `answer` is the JSON that the browser got from the key.
 * Returns the sign-in with MFA. Throws Refused with the same message whatever is wrong; the trail says so if the key is
 * a clone.
 */
export async function signInWithKey(
  pending: PendingSignIn,
  device: U2fDevice,
  answer: string,
  view: View,
): Promise<PendingSignIn> {
  const touch = await verifyTouch(device.securityKey, answer, await takeChallenge(purposeOf(device), view), view);
  await checkProof(pending, device.serialNumber, view, (current, context) => ({
    check: current?.kind === "u2f" ? checkTouch(current, touch, context) : undefined,
    refusal: unverified,
  }));
  return withMfa(pending, device.serialNumber, view);
}

/** The same with a key that is the emulator's own software, which signs without a touch. */
export async function signInWithSoftwareKey(
  pending: PendingSignIn,
  device: U2fDevice,
  view: View,
): Promise<PendingSignIn> {
  const { d, ...key } = device.securityKey;
  if (d === undefined) throw new Refused(400, "This security key is no software of the emulator: touch it.");
  const asked = { challenge: await signInChallenge(device, view), rpId: RP_ID, origin: keyOrigin(view) };
  const answer = signAssertion({ ...key, d }, asked, key.signCount + 1);
  return signInWithKey(pending, device, JSON.stringify(answer), view);
}

const purposeOf = ({ serialNumber }: MfaDevice): string => `sign in with ${serialNumber}`;

/**
 * How to check what was given for a device, and how to refuse it. The check is undefined if the device takes nothing of
 * that kind.
 */
interface Proof {
  readonly check: CodeCheck | undefined;
  readonly refusal: (why: Detail | undefined) => Refused;
}

/**
 * Checks a proof against the device as it is now (undefined if it is no longer the principal's), and counts the
 * attempt.
 */
async function checkProof(
  pending: PendingSignIn,
  serialNumber: string,
  view: View,
  prove: (device: MfaDevice | undefined, context: CheckContext) => Proof,
): Promise<void> {
  const { emulation, now } = view;
  const { account, principalId } = pending;
  try {
    await emulation.store.transact((tx) => {
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

/** Sends a code to the phone of an SMS device: by itself after the password, and again on request. */
export async function sendSignInCode(device: SmsDevice, view: View): Promise<SmsMessage> {
  const message = await sendUnlessTooMany(device, view);
  if (message) return message;
  throw new Refused(429, "There were too many messages to this phone. Use the last one, or wait a quarter of an hour.");
}

async function sendUnlessTooMany(device: SmsDevice, { emulation, memory, now }: View): Promise<SmsMessage | undefined> {
  const { store, random, options } = emulation;
  const message = await store.transact((tx) =>
    memory.limits.takeIn(tx, "message", device.serialNumber, now) ? sendCode(device, { tx, now, random }) : undefined,
  );
  if (message) smsWebhook(options.smsWebhook, store)(message);
  return message;
}

/**
 * If the only device is a phone, sends a code without being asked. After too many codes the last one stays valid, and
 * the sign-in goes on.
 */
export async function sendCodeOfOnlyPhone(pending: PendingSignIn, view: View): Promise<void> {
  const [device, another] = devicesFor(pending, view);
  if (device?.kind === "sms" && !another) await sendUnlessTooMany(device, view);
}
