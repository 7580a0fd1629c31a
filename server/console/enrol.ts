import { smsMfaDeviceArn } from "../../handlers/arns.ts";
import type { SecurityKey } from "../../data/entities/mfa.ts";
import {
  DeactivateMFADevice,
  EnableMFADevice,
  requireMfaForOwnDevices,
  ResyncMFADevice,
} from "../../handlers/iam/mfa-devices.ts";
import {
  deactivateForRoot,
  enableInConsole,
  resyncForRoot,
  sendEnrolmentCode,
} from "../../handlers/mfa/console-only.ts";
import type { Context, Operation, Permission } from "../../handlers/operation.ts";
import { smsWebhook } from "../sms-webhook.ts";
import { workAs } from "../call.ts";
import { Refused, type SignedInView } from "./page.ts";
import { named, type Subject } from "./subject.ts";

// What AWS lets users do with MFA devices only in the console: enabling U2F and SMS devices, and everything with root's
// devices. AWS asks for the permission of the API operation that does the same; so each of these is that operation,
// with work of its own.

type TwoCodes = readonly [string, string];

/**
 * Enables a device for the subject. `work` does it, after iam:EnableMFADevice is authorized and the rule on a user's
 * own devices is checked. `serialNumber` is for the trail, if it is known in advance.
 */
export const enableAs = <R extends object | void>(
  subject: Subject,
  work: (context: Context) => R,
  view: SignedInView,
  {
    serialNumber,
    noted,
    operation = EnableMFADevice,
  }: { readonly serialNumber?: string; readonly noted?: "always" | "if refused"; readonly operation?: Operation } = {},
): Promise<R> =>
  workAs(
    operation,
    { ...named(subject), ...(serialNumber !== undefined && { SerialNumber: serialNumber }) },
    (context) => {
      requireMfaForOwnDevices(subject.userName, context);
      return work(context);
    },
    view,
    noted,
  );

/** Enables a virtual device or hardware token with this serial number by two consecutive codes. */
export async function enrolTotp(
  subject: Subject,
  kind: "virtual" | "hardware",
  serialNumber: string,
  [code1, code2]: TwoCodes,
  view: SignedInView,
): Promise<void> {
  const { userName } = subject;
  if (userName === undefined) {
    const enrolment = { kind, serialNumber, code1, code2, root: true };
    await enableAs(subject, (context) => enableInConsole(enrolment, context), view, { serialNumber });
    return;
  }
  const codes = { AuthenticationCode1: code1, AuthenticationCode2: code2 };
  await view.call("EnableMFADevice", { UserName: userName, SerialNumber: serialNumber, ...codes });
}

/** Enables a phone as the subject's SMS device by the code that was sent to it. */
export async function enrolPhone(
  subject: Subject,
  phoneNumber: string,
  code: string,
  view: SignedInView,
): Promise<void> {
  const { userName } = subject;
  const enrolment = { kind: "sms", phoneNumber, code1: code, ...holderOf(subject) };
  await enableAs(subject, (context) => enableInConsole(enrolment, context), view, {
    ...(userName !== undefined && { serialNumber: smsMfaDeviceArn(view.caller.account, userName) }),
  });
}

/**
 * A security key is registered and then activated, which policies can tell apart (service authorization reference,
 * `iam:RegisterSecurityKey`). Its certifications are not known here, so the condition keys for them are absent.
 */
const EnableSecurityKey: Operation = {
  ...EnableMFADevice,
  spec: {
    ...EnableMFADevice.spec,
    permissions: (input, context) =>
      ["Create", "Activate"].map((step): Permission => ({
        action: "iam:EnableMFADevice",
        resource: EnableMFADevice.spec.resource!(input, context),
        keys: { "iam:RegisterSecurityKey": step },
      })),
  },
};

/** Enables a U2F security key that was touched as the subject's; `name` goes into its ARN. */
export async function enrolSecurityKey(
  subject: Subject,
  name: string | undefined,
  securityKey: SecurityKey,
  view: SignedInView,
): Promise<void> {
  const enrolment = { kind: "u2f", name, securityKey, ...holderOf(subject) };
  await enableAs(subject, (context) => enableInConsole(enrolment, context), view, { operation: EnableSecurityKey });
}

/** Sends a code to a phone that is to become the subject's SMS device; needs the permission to enable it. */
export async function sendEnrolment(subject: Subject, phoneNumber: string, view: SignedInView): Promise<void> {
  const { emulation, memory, now } = view;
  const send = (context: Context) => {
    if (!memory.limits.takeIn(context.tx, "message", phoneNumber, now)) {
      throw new Refused(
        429,
        "There were too many messages to this phone. Use the last one, or wait a quarter of an hour.",
      );
    }
    return sendEnrolmentCode({ phoneNumber, ...holderOf(subject) }, context);
  };
  const message = await enableAs(subject, send, view, { noted: "if refused" });
  smsWebhook(emulation.options.smsWebhook, emulation.store)(message);
}

/** Resynchronises a device of the subject with two consecutive codes. */
export async function resync(
  subject: Subject,
  serialNumber: string,
  [code1, code2]: TwoCodes,
  view: SignedInView,
): Promise<void> {
  const { userName } = subject;
  if (userName === undefined) {
    const input = { SerialNumber: serialNumber };
    return workAs(ResyncMFADevice, input, (context) => resyncForRoot(serialNumber, code1, code2, context), view);
  }
  const codes = { AuthenticationCode1: code1, AuthenticationCode2: code2 };
  await view.call("ResyncMFADevice", { UserName: userName, SerialNumber: serialNumber, ...codes });
}

/** Deactivates a device of the subject. */
export async function deactivate({ userName }: Subject, serialNumber: string, view: SignedInView): Promise<void> {
  const input = { SerialNumber: serialNumber };
  if (userName === undefined) {
    return workAs(DeactivateMFADevice, input, (context) => deactivateForRoot(serialNumber, context), view);
  }
  await view.call("DeactivateMFADevice", { UserName: userName, ...input });
}

const holderOf = ({ userName }: Subject) => (userName === undefined ? { root: true } : { userName });
