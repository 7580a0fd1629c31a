import { hardwareTokens, mfaDevices, type MfaDevice, type MfaKind } from "../../data/entities/mfa.ts";
import { users, type User } from "../../data/entities/users.ts";
import { EntityAlreadyExists, NoSuchEntity, ValidationError } from "../errors.ts";
import type { Context, Settings } from "../operation.ts";
import { kindOf, kinds } from "./kinds.ts";
import { quotaExceeded } from "../quotas.ts";

/** The part of the context that the rules about devices need; operations, the console and the control plane have it. */
export type MfaContext = Pick<Context, "tx" | "account" | "now" | "random" | "settings">;

/** The holder of a device: a user, or root, whose id is the account's number and who has no name. */
export interface Holder {
  readonly id: string;
  readonly userName?: string;
}

export const userHolder = ({ id, name }: User): Holder => ({ id, userName: name });

export const rootHolder = (account: string): Holder => ({ id: account });

export const noSuchDevice = (serialNumber: string) =>
  NoSuchEntity(`MFA Device with serial number ${serialNumber} does not exist.`);

/**
 * The device with this serial number in the account. Hardware tokens are only found if they are enabled in the account.
 */
export function findDevice(
  serialNumber: string,
  { tx, account }: Pick<Context, "tx" | "account">,
): MfaDevice | undefined {
  const kind = kindOf(serialNumber);
  return kind && tx.get(mfaDevices, account, kind, serialNumber);
}

/** The devices enabled for a user or for root, by serial number. There are never many. */
export const devicesOf = (holder: Holder, { tx, account }: Pick<Context, "tx" | "account">): MfaDevice[] =>
  Array.from(tx.listBy(mfaDevices, "owner", [account, holder.id]));

/**
 * The holder's device with this serial number. NoSuchEntity has two texts: for an unknown serial, and for another
 * holder's.
 */
export function deviceOf(holder: Holder, serialNumber: string, context: MfaContext): MfaDevice {
  const device = findDevice(serialNumber, context);
  if (device?.owner === holder.id) return device;
  if (device || context.tx.get(hardwareTokens, serialNumber)) {
    throw NoSuchEntity("MFA Device invalid for user.", `${serialNumber} ${whoseDevice(device, context)}`);
  }
  throw noSuchDevice(serialNumber);
}

/** Who holds a device, for the trail; undefined stands for a hardware token that is not enabled in the account. */
export function whoseDevice(device: MfaDevice | undefined, { tx, account }: Pick<Context, "tx" | "account">): string {
  if (device?.owner === undefined) return "is enabled for nobody in this account.";
  if (device.owner === account) return "is root's device.";
  const name = tx.find(users, "id", account, device.owner)?.name;
  return `is the device of ${name ?? "a user who is gone"}.`;
}

/**
 * The virtual device or hardware token with this serial number, to be enabled for `holder`. EntityAlreadyExists if it
 * is enabled already; a token may be enabled in another account.
 */
export function unassignedDevice(serialNumber: string, holder: Holder, context: MfaContext): MfaDevice {
  const { tx, account, now } = context;
  const device = tx.find(mfaDevices, "token", serialNumber) ?? findDevice(serialNumber, context);
  if (device?.owner !== undefined) {
    // Root has no name to put into the text; which text the console shows then is not known.
    throw EntityAlreadyExists(
      device.owner === holder.id && holder.userName !== undefined
        ? `MFA Device for user ${holder.userName} already exists.`
        : "MFA Device is already in use.",
    );
  }
  if (device) return device;
  if (!tx.get(hardwareTokens, serialNumber)) throw noSuchDevice(serialNumber);
  return { account, kind: "hardware", serialNumber, name: serialNumber, createdAt: now, tags: [] };
}

/**
 * LimitExceeded if the holder has as many devices as allowed: one by the User Guide, eight since November 2022. AWS's
 * text is not on record; it has the form of the other quotas (evidence: mfa-device-limits).
 */
export function requireRoom(holder: Holder, context: MfaContext): void {
  const limit = deviceLimit(context.settings);
  if (devicesOf(holder, context).length >= limit) {
    throw quotaExceeded("MFADevicesPerUser", limit);
  }
}

/** How many devices a user or root may have. */
export const deviceLimit = ({ mfaRules, quotas }: Pick<Settings, "mfaRules" | "quotas">): number =>
  mfaRules === "guide" ? 1 : quotas.MFADevicesPerUser;

export function enable(device: MfaDevice, holder: Holder, { tx, now }: MfaContext): void {
  tx.put(mfaDevices, { ...device, owner: holder.id, enabledAt: now });
}

/** Deactivates a device. Its seed, clock adjustment and used codes are kept (evidence: mfa-deactivate). */
export function deactivate(device: MfaDevice, { tx }: MfaContext): void {
  const { owner: _owner, enabledAt: _enabledAt, ...unassigned } = device;
  if (kinds[device.kind].keptUnassigned) tx.put(mfaDevices, unassigned);
  else tx.delete(mfaDevices, device.account, device.kind, device.serialNumber);
}

/**
 * The refusal of a serial number of the wrong kind for the operation. AWS's first sentence is on record for
 * GetMFADevice only (evidence: mfa-get-device); it is assumed for the other operations.
 */
export const unsupportedKind = (rule: string) =>
  ValidationError(`The MFA device serial number sent in the request is invalid or not supported by this API. ${rule}`);

/** ValidationError for a serial number of a kind that only the console can enable. */
export function requireApiKind(serialNumber: string): void {
  const kind = kindOf(serialNumber);
  if (kind && !kinds[kind].userWays.includes("API")) {
    throw unsupportedKind(`${kinds[kind].title} can be enabled in the console only.`);
  }
}

/** ValidationError for a serial number of a kind without a clock to resynchronise. */
export function requireResync(serialNumber: string): void {
  const kind = kindOf(serialNumber);
  if (kind && !kinds[kind].resync) {
    throw unsupportedKind(`${kinds[kind].title} have no clock that could go out of sync.`);
  }
}

/** ValidationError unless the serial number has the form of this kind. */
export function requireKind(wanted: MfaKind, serialNumber: string, rule: string): void {
  const kind = kindOf(serialNumber);
  if (kind && kind !== wanted) throw unsupportedKind(rule);
}
