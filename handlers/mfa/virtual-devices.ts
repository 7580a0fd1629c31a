import { accounts, fold, type Tag } from "../../data/entities/accounts.ts";
import { mfaDevices, totpSecrets, type MfaDevice } from "../../data/entities/mfa.ts";
import { generateSeed } from "../../signing/totp.ts";
import { mfaDeviceArn } from "../arns.ts";
import { DeleteConflict, EntityAlreadyExists, ValidationError } from "../errors.ts";
import { forgetSecret } from "./codes.ts";
import { noSuchDevice, requireKind, type MfaContext } from "./devices.ts";
import { quotaExceeded } from "../quotas.ts";

/** 320 bits, which are 64 letters of base32 (evidence: mfa-create). */
const SEED_BYTES = 40;
/** The longest serial number that a request can have, by the API model. */
const MAX_SERIAL_LENGTH = 256;

interface NewVirtualDevice {
  readonly name: string;
  readonly path?: string | undefined;
  readonly tags: readonly Tag[];
}

/**
 * Creates a virtual device that is not enabled. Two devices may have the same name under different paths, as the older
 * text of the duplicate error says ("at the same path and name"); case makes no difference.
 *
 * AWS allows an account as many as it may have users (evidence: mfa-device-limits); the name of that quota in the error
 * is not on record.
 */
export function createVirtualDevice({ name, path = "/", tags }: NewVirtualDevice, context: MfaContext): MfaDevice {
  const { tx, account, now, random, settings } = context;
  const serialNumber = mfaDeviceArn(account, name, path);
  // The model does not limit the name, but a device with a longer serial number could never be enabled or deleted.
  if (serialNumber.length > MAX_SERIAL_LENGTH) {
    const longest = Math.max(0, MAX_SERIAL_LENGTH - (serialNumber.length - name.length));
    throw ValidationError(
      `1 validation error detected: Value at 'virtualMFADeviceName' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    );
  }
  if (tx.find(mfaDevices, "name", account, fold(serialNumber))) throw EntityAlreadyExists("MFA device already exists.");
  if (tx.count(mfaDevices, account, "virtual") >= settings.quotas.UsersPerAccount) {
    throw quotaExceeded("MFADevicesPerAccount", settings.quotas.UsersPerAccount);
  }
  const device: MfaDevice = { account, kind: "virtual", serialNumber, name, createdAt: now, tags };
  tx.put(mfaDevices, device);
  tx.put(totpSecrets, { serialNumber, seed: generateSeed(random.bytes(SEED_BYTES)), clockAdjustment: 0 });
  return device;
}

/** Deletes an unassigned virtual device with its seed. Its budget of attempts and its used codes stay. */
export function deleteVirtualDevice(serialNumber: string, { tx, account }: MfaContext): void {
  requireKind("virtual", serialNumber, "Only virtual MFA devices can be deleted; others are deactivated.");
  const device = tx.get(mfaDevices, account, "virtual", serialNumber);
  if (!device) throw noSuchDevice(serialNumber);
  if (device.owner !== undefined) throw DeleteConflict("MFA VirtualDevice in use. Must deactivate first.");
  forgetSecret(serialNumber, { tx });
  tx.delete(mfaDevices, account, "virtual", serialNumber);
}

/** The seed of a virtual device, in base32. AWS shows it once, when the device is created. */
export function seedOf({ serialNumber }: MfaDevice, { tx }: Pick<MfaContext, "tx">): string {
  return tx.get(totpSecrets, serialNumber)!.seed;
}

/**
 * The content of the QR code, as decoded from AWS's own (evidence: mfa-qr-uri): the device's name at the account's
 * alias, or at its number if it has none. Authenticator apps read it.
 */
export function otpauthUri(device: MfaDevice, context: Pick<MfaContext, "tx">): string {
  const issuer = encodeURIComponent("Amazon Web Services");
  const account = context.tx.get(accounts, device.account)?.alias ?? device.account;
  return `otpauth://totp/${issuer}:${encodeURIComponent(device.name)}@${account}?secret=${seedOf(device, context)}&issuer=${issuer}`;
}

/** `text` as a QR code, a PNG image. */
export async function drawQrCode(text: string): Promise<Uint8Array> {
  // Loaded for the first picture, since it takes some 60 ms, which a start should not. Both Node and the bundler see
  // only the default export of this CommonJS module.
  const { default: qrcode } = await import("qrcode");
  return qrcode.toBuffer(text);
}
