import { collection } from "../store.ts";
import { fold, type Tag } from "./accounts.ts";

/** What devices of every kind have (handlers/mfa/kinds.ts says what each kind can do). */
interface AnyDevice {
  readonly account: string;
  readonly serialNumber: string;
  readonly name: string;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** Unique id of the user it is enabled for, or the account number for root; absent while it is unassigned. */
  readonly owner?: string;
  readonly enabledAt?: number;
}

export interface VirtualDevice extends AnyDevice {
  readonly kind: "virtual";
}

/** A hardware token that is enabled. */
export interface HardwareDevice extends AnyDevice {
  readonly kind: "hardware";
}

export interface U2fDevice extends AnyDevice {
  readonly kind: "u2f";
  readonly securityKey: SecurityKey;
}

export interface SmsDevice extends AnyDevice {
  readonly kind: "sms";
  /** In E.164 form. */
  readonly phoneNumber: string;
}

export type MfaDevice = VirtualDevice | HardwareDevice | U2fDevice | SmsDevice;
export type MfaKind = MfaDevice["kind"];
export type MfaDeviceOf<K extends MfaKind> = Extract<MfaDevice, { readonly kind: K }>;

export const mfaDevices = collection("mfa-devices", (d: MfaDevice) => [d.account, d.kind, d.serialNumber], {
  owner: (d) => (d.owner ? [d.account, d.owner] : undefined),
  /** Names of virtual devices are unique regardless of case. */
  name: (d) => (d.kind === "virtual" ? [d.account, fold(d.serialNumber)] : undefined),
  /** A hardware token exists once, whatever account it is enabled in. */
  token: (d) => (d.kind === "hardware" ? [d.serialNumber] : undefined),
  /** The same is true of a security key's credential. */
  credential: (d) => (d.kind === "u2f" ? [d.securityKey.credentialId] : undefined),
});

/** The P-256 key pair of a U2F security key, in base64url as in a JWK. */
export interface SecurityKey {
  readonly credentialId: string;
  readonly x: string;
  readonly y: string;
  /** The private part, which is here only for a software authenticator. */
  readonly d?: string;
  /** The last counter that the key has sent. A key whose counter does not rise may be a clone. */
  readonly signCount: number;
  /** As GetMFADevice shows them, such as `FIDO: "L1"`. */
  readonly certifications: Readonly<Record<string, string>>;
}

/**
 * The secret that a virtual device or hardware token shares with IAM, and what IAM has learnt of its clock. Serial
 * numbers are unique.
 */
export interface TotpSecret {
  readonly serialNumber: string;
  /** Base32. */
  readonly seed: string;
  /** How many steps the device's clock is assumed to be ahead of ours; learnt when it is enabled and at resync. */
  readonly clockAdjustment: number;
  /** The step of the second code of the last accepted pair; later pairs must be newer. */
  readonly lastPairStep?: number;
}
export const totpSecrets = collection("totp-secrets", (t: TotpSecret) => [t.serialNumber]);

/**
 * A TOTP code that STS or the console has accepted. It is never accepted again for any device with that seed, even a
 * new one.
 */
export interface UsedCode {
  /** The seed, as `seedId` names it. */
  readonly seed?: string;
  /** Replaced by `seed`: in folders of older versions, the device whose code it was. */
  readonly serialNumber?: string;
  readonly step: number;
  /** When and for what (such as `GetSessionToken`) it was accepted; absent in states from before this was recorded. */
  readonly usedAt?: number;
  readonly usedFor?: string;
}
export const usedCodes = collection("used-codes", (c: UsedCode) => [c.seed ?? c.serialNumber!, String(c.step)]);

/** How many verifications a device has had in the current three-minute window. Outlives the device itself. */
export interface MfaAttempts {
  readonly serialNumber: string;
  /** Number of the window since 1970. */
  readonly window: number;
  readonly count: number;
}
export const mfaAttempts = collection("mfa-attempts", (a: MfaAttempts) => [a.serialNumber]);

/** A hardware TOTP token that somebody owns, enabled or not. Its seed is a TotpSecret. */
export interface HardwareToken {
  readonly serialNumber: string;
  /** How far the token's clock is ahead of the right time; negative if it is slow. */
  readonly offsetSeconds: number;
}
export const hardwareTokens = collection("hardware-tokens", (t: HardwareToken) => [t.serialNumber]);

/** A text message that a phone has received. */
export interface SmsMessage {
  readonly phoneNumber: string;
  /** Number of the message to this phone, from 1. */
  readonly number: number;
  /** The SMS device that the code is for. */
  readonly serialNumber: string;
  readonly code: string;
  readonly text: string;
  readonly sentAt: number;
  readonly used: boolean;
}
export const smsMessages = collection("sms-messages", (m: SmsMessage) => [
  m.phoneNumber,
  String(m.number).padStart(10, "0"),
]);
