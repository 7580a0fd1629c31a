import {
  mfaDevices,
  smsMessages,
  type MfaKind,
  type SecurityKey,
  type SmsDevice,
  type SmsMessage,
  type U2fDevice,
} from "../../data/entities/mfa.ts";
import { refuse } from "../../data/store.ts";
import { EntityAlreadyExists, InvalidAuthenticationCode, InvalidInput } from "../errors.ts";
import { existingUser } from "../iam/users.ts";
import { smsMfaDeviceArn, u2fDeviceArn } from "../arns.ts";
import { acceptPair } from "./codes.ts";
import {
  deactivate,
  deviceLimit,
  deviceOf,
  enable,
  requireResync,
  requireRoom,
  rootHolder,
  unassignedDevice,
  userHolder,
  type Holder,
  type MfaContext,
} from "./devices.ts";
import type { Settings } from "../operation.ts";
import { isKind, kinds } from "./kinds.ts";
import { softwareSecurityKey, u2fTokenId } from "./security-keys.ts";
import { checkSmsCode, isPhoneNumber, sendCode } from "./sms.ts";
import { createVirtualDevice, otpauthUri, seedOf } from "./virtual-devices.ts";

// What AWS offers only in its console: enabling U2F and SMS devices, and any device for root. The Query API cannot
// reach these functions; the console and the control plane can.

/** What to enable, and for whom: `userName`, or `root`. */
export interface ConsoleEnrolment {
  readonly kind: string;
  readonly userName?: string | undefined;
  readonly root?: boolean | undefined;
  /** Virtual and U2F: the device's name. */
  readonly name?: string | undefined;
  /** SMS: in E.164 form. */
  readonly phoneNumber?: string | undefined;
  /** Hardware: the token's. Virtual: that of an existing unassigned device. */
  readonly serialNumber?: string | undefined;
  /** Virtual and hardware: two consecutive codes. SMS: the one sent to the phone. */
  readonly code1?: string | undefined;
  readonly code2?: string | undefined;
  /** U2F: the key that was touched; its registration has been verified. */
  readonly securityKey?: SecurityKey | undefined;
}

export interface Enrolled {
  readonly serialNumber: string;
  readonly kind: MfaKind;
  /** For a virtual device that was made for this. */
  readonly base32Seed?: string;
  readonly otpauthUri?: string;
  readonly phoneNumber?: string;
  /** Present if no proof was asked for, which only an administrator of the emulator can do: says so. */
  readonly shortcut?: string;
  /** The message that was sent. */
  readonly message?: SmsMessage;
}

/** One enrolment with everything known of it. */
interface Enrolment extends ConsoleEnrolment {
  readonly holder: Holder;
}

/**
 * Enables a device as the console does. Without codes or a touched key it uses the administrator's shortcut, and says
 * so. Throws InvalidInput, in the User Guide's terms, for what the guide forbids; otherwise the errors of
 * EnableMFADevice.
 */
export function enableInConsole(request: ConsoleEnrolment, context: MfaContext): Enrolled {
  const { kind, code1, code2, securityKey } = request;
  if (!isKind(kind)) throw InvalidInput(`kind is one of ${Object.keys(kinds).join(", ")}.`);
  const holder = holderOf(request, context);
  requireAllowed(kind, holder, context);
  if (kinds[kind].totp && (code1 === undefined) !== (code2 === undefined)) {
    throw InvalidInput(`${kinds[kind].title} are enabled with two consecutive codes, code1 and code2.`);
  }
  const enrolled = ENABLE[kind]({ ...request, holder }, context);
  if (code1 !== undefined || securityKey !== undefined) return enrolled;
  return {
    ...enrolled,
    shortcut: `Enabled without proof, which only an administrator of the emulator can: AWS asks for ${kinds[kind].enrolment}.`,
  };
}

/**
 * The first half of enabling an SMS device: sends a code to the phone, which `enableInConsole` then takes as `code1`.
 * Each call sends a new code, like the console's Resend button.
 */
export function sendEnrolmentCode(
  request: Pick<ConsoleEnrolment, "userName" | "root"> & { readonly phoneNumber: string },
  context: MfaContext,
): SmsMessage {
  const holder = holderOf(request, context);
  requireAllowed("sms", holder, context);
  return sendCode(newSmsDevice(request.phoneNumber, holder, context), context);
}

const ENABLE: Readonly<Record<MfaKind, (enrolment: Enrolment, context: MfaContext) => Enrolled>> = {
  virtual(enrolment, context) {
    if (enrolment.serialNumber !== undefined) return enableTotp("virtual", enrolment.serialNumber, enrolment, context);
    if (enrolment.code1 !== undefined) {
      throw InvalidInput("Codes are those of a virtual MFA device that has been created: name it by its serialNumber.");
    }
    const device = createVirtualDevice({ name: virtualName(enrolment), tags: [] }, context);
    return {
      ...enableTotp("virtual", device.serialNumber, enrolment, context),
      base32Seed: seedOf(device, context),
      otpauthUri: otpauthUri(device, context),
    };
  },

  hardware(enrolment, context) {
    if (enrolment.serialNumber === undefined) {
      throw InvalidInput("A hardware TOTP token is enabled by the serialNumber printed on it.");
    }
    return enableTotp("hardware", enrolment.serialNumber, enrolment, context);
  },

  u2f({ holder, name = "default", code1, code2, securityKey }, context) {
    const { tx, account, now, random } = context;
    if (code1 !== undefined || code2 !== undefined)
      throw InvalidInput("A U2F security key has no codes; it is tapped.");
    requireName(name);
    requireRoom(holder, context);
    if (securityKey && tx.find(mfaDevices, "credential", securityKey.credentialId)) {
      throw EntityAlreadyExists("MFA Device is already in use.");
    }
    const serialNumber = u2fDeviceArn(account, holder.userName, u2fTokenId(name, random));
    const key: U2fDevice = {
      account,
      kind: "u2f",
      serialNumber,
      name,
      createdAt: now,
      tags: [],
      securityKey: securityKey ?? softwareSecurityKey(random),
    };
    enable(key, holder, context);
    return { serialNumber, kind: "u2f" };
  },

  sms({ holder, phoneNumber, code1, code2 }, context) {
    const { tx } = context;
    if (code2 !== undefined)
      throw InvalidInput("An SMS MFA device is confirmed by the one code sent to the phone, as code1.");
    const device = newSmsDevice(phoneNumber, holder, context);
    const enrolled = { serialNumber: device.serialNumber, kind: device.kind, phoneNumber: device.phoneNumber };
    if (code1 === undefined) {
      enable(device, holder, context);
      const message = { ...sendCode(device, context), used: true };
      tx.put(smsMessages, message);
      return { ...enrolled, message };
    }
    const { verdict, why, record } = checkSmsCode(device, code1, context);
    if (verdict !== "accepted") {
      throw refuse(InvalidAuthenticationCode("Authentication code for device is not valid.", why), record);
    }
    record(tx);
    enable(device, holder, context);
    return enrolled;
  },
};

function enableTotp(
  kind: "virtual" | "hardware",
  serialNumber: string,
  { holder, code1, code2 }: Enrolment,
  context: MfaContext,
): Enrolled {
  if (!kinds[kind].serialForm.test(serialNumber)) {
    throw InvalidInput(`${kinds[kind].title} have other serial numbers: ${kinds[kind].serialNumber}.`);
  }
  const device = unassignedDevice(serialNumber, holder, context);
  requireRoom(holder, context);
  if (code1 !== undefined && code2 !== undefined) acceptPair(serialNumber, code1, code2, context);
  enable(device, holder, context);
  return { serialNumber, kind };
}

function newSmsDevice(phoneNumber: string | undefined, holder: Holder, context: MfaContext): SmsDevice {
  const { tx, account, now } = context;
  if (phoneNumber === undefined || !isPhoneNumber(phoneNumber)) {
    throw InvalidInput("phoneNumber is the phone's number in E.164 form, such as +15550100.");
  }
  requireRoom(holder, context);
  const name = holder.userName!;
  const serialNumber = smsMfaDeviceArn(account, name);
  // Left by a user who had this name and was renamed.
  if (tx.get(mfaDevices, account, "sms", serialNumber)) throw EntityAlreadyExists("MFA device already exists.");
  return { account, kind: "sms", serialNumber, name, createdAt: now, tags: [], phoneNumber };
}

function holderOf({ userName, root }: Pick<ConsoleEnrolment, "userName" | "root">, context: MfaContext): Holder {
  if ((userName !== undefined) === (root === true))
    throw InvalidInput("Either userName or root says whose device it is.");
  return userName === undefined ? rootHolder(context.account) : userHolder(existingUser(userName, context));
}

/** Throws the guide's rules for the kind: whether root may have it, and whether new ones can still be enabled. */
function requireAllowed(kind: MfaKind, holder: Holder, { settings }: MfaContext): void {
  const rule = prohibition(kind, holder.userName === undefined, settings);
  if (rule !== undefined) throw InvalidInput(rule);
}

function prohibition(
  kind: MfaKind,
  root: boolean,
  { mfaRules: rules }: Pick<Settings, "mfaRules">,
): string | undefined {
  const { title, rootWays, mfaRules } = kinds[kind];
  if (root && !rootWays.includes("console")) {
    return `${title} are for IAM users only. The root user can have a device of any other kind.`;
  }
  return mfaRules.includes(rules)
    ? undefined
    : `${title} can no longer be enabled: AWS has ended their support. Those that exist go on.`;
}

/**
 * The rule that forbids a device of this kind to a user or root with that many devices; undefined if they may have it.
 */
export function whyNotAssignable(
  kind: MfaKind,
  holder: { readonly root: boolean; readonly devices: number },
  settings: Settings,
): string | undefined {
  const limit = deviceLimit(settings);
  if (holder.devices < limit) return prohibition(kind, holder.root, settings);
  return limit === 1
    ? "A user, and the root user, can have one MFA device at a time. Remove the one that is assigned first."
    : `A user, and the root user, can have ${limit} MFA devices at most. Remove one first.`;
}

/** Resynchronises a device of root, which API operations cannot name. Throws as ResyncMFADevice does. */
export function resyncForRoot(serialNumber: string, code1: string, code2: string, context: MfaContext): void {
  requireResync(serialNumber);
  const device = deviceOf(rootHolder(context.account), serialNumber, context);
  acceptPair(device.serialNumber, code1, code2, context);
}

/** Deactivates a device of root, which API operations cannot name. Throws as DeactivateMFADevice does. */
export function deactivateForRoot(serialNumber: string, context: MfaContext): void {
  deactivate(deviceOf(rootHolder(context.account), serialNumber, context), context);
}

/** The guide's names: the user's own name for an IAM user, `root-account-mfa-device` for root. */
function virtualName({ name, holder }: Enrolment): string {
  const chosen = name ?? holder.userName ?? "root-account-mfa-device";
  requireName(chosen);
  return chosen;
}

function requireName(name: string): void {
  if (!/^[\w+=,.@-]{1,128}$/.test(name)) {
    throw InvalidInput("The name of a device has 1 to 128 letters, digits and +=,.@_- characters.");
  }
}
