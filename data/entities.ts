import { collection } from "./store.ts";

/** A name as it is compared: IAM's names are unique, and found, without regard to case. */
export const fold = (name: string): string => name.toLowerCase();

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** An AWS account of the emulator. */
export interface Account {
  readonly id: string;
  readonly createdAt: number;
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicy;
}
export const accounts = collection<Account>("accounts", (a) => [a.id], { alias: (a) => (a.alias ? [a.alias] : undefined) });

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requireSymbols: boolean;
  readonly requireNumbers: boolean;
  readonly requireUppercase: boolean;
  readonly requireLowercase: boolean;
  readonly allowUsersToChange: boolean;
  readonly maxAgeDays?: number;
  readonly reusePrevention?: number;
  readonly hardExpiry?: boolean;
}

export interface User {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AIDA…`; other records refer to the user by it, so that a rename moves nothing. */
  readonly id: string;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** ARN of the permissions boundary. */
  readonly boundary?: string;
}
export const users = collection<User>("users", (u) => [u.account, fold(u.name)], { id: (u) => [u.account, u.id] });

export interface Role {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AROA…` */
  readonly id: string;
  readonly createdAt: number;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  /** The trust policy, byte for byte as it was sent. */
  readonly trustPolicy: string;
  /** Principal ARN as written in the trust policy -> the unique id it had then. AWS binds trust to ids, not to names. */
  readonly trustBindings: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly boundary?: string;
}
export const roles = collection<Role>("roles", (r) => [r.account, fold(r.name)], { id: (r) => [r.account, r.id] });

/** A policy embedded in a user, role or group. `owner` is the unique id of that entity. */
export interface InlinePolicy {
  readonly account: string;
  readonly owner: string;
  readonly name: string;
  readonly document: string;
}
export const inlinePolicies = collection<InlinePolicy>("inline-policies", (p) => [p.account, p.owner, fold(p.name)]);

export interface AccessKey {
  readonly account: string;
  readonly id: string;
  readonly secret: string;
  /** Unique id of the user, or the account number for root. */
  readonly owner: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: number;
}
export const accessKeys = collection<AccessKey>("access-keys", (k) => [k.id], { owner: (k) => [k.account, k.owner] });

/** When a key, role or password was last used; noted lazily. */
export interface LastUse {
  /** Access key id, or the unique id of a role; `password:` and a unique id for a password. */
  readonly subject: string;
  readonly at: number;
  readonly service: string;
  readonly region: string;
}
export const lastUses = collection<LastUse>("last-uses", (l) => [l.subject]);

export interface LoginProfile {
  readonly account: string;
  /** Unique id of the user, or the account number for root. */
  readonly owner: string;
  /** scrypt: `scrypt$N$r$p$salt$hash`, salt and hash in base64. */
  readonly passwordHash: string;
  readonly formerHashes: readonly string[];
  readonly createdAt: number;
  readonly changedAt: number;
  readonly resetRequired: boolean;
}
export const loginProfiles = collection<LoginProfile>("login-profiles", (l) => [l.account, l.owner]);

/** A device of any of the four kinds (handlers/mfa/kinds.ts says what each can do). */
export interface MfaDevice {
  readonly account: string;
  readonly serialNumber: string;
  readonly kind: "virtual" | "hardware" | "u2f" | "sms";
  readonly name: string;
  /** Unique id of the user it is enabled for, or the account number for root; absent while it is unassigned. */
  readonly owner?: string;
  readonly enabledAt?: number;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** TOTP (virtual and hardware): the shared secret in base32. */
  readonly seed?: string;
  /** TOTP: steps by which the device's clock is ahead of ours, learnt at enable and resync. */
  readonly clockAdjustment?: number;
  /** TOTP: the step of the second code of the last accepted pair; later pairs must be newer. */
  readonly lastPairStep?: number;
  /** SMS: the phone in E.164 form. */
  readonly phoneNumber?: string;
}
export const mfaDevices = collection<MfaDevice>("mfa-devices", (d) => [d.account, d.serialNumber], {
  owner: (d) => (d.owner ? [d.account, d.owner] : undefined),
});

/** A TOTP code that STS or the console has accepted: it is never accepted again for that device. */
export interface UsedCode {
  readonly account: string;
  readonly serialNumber: string;
  readonly code: string;
  readonly step: number;
}
export const usedCodes = collection<UsedCode>("used-codes", (c) => [c.account, c.serialNumber, String(c.step)]);

/** How many verifications a device has seen in the current three-minute window. Outlives the device itself. */
export interface MfaAttempts {
  readonly account: string;
  readonly serialNumber: string;
  /** Number of the window since 1970. */
  readonly window: number;
  readonly count: number;
}
export const mfaAttempts = collection<MfaAttempts>("mfa-attempts", (a) => [a.account, a.serialNumber]);

/** Every collection, for the store to load and to reset. */
export const collections = [
  accounts,
  users,
  roles,
  inlinePolicies,
  accessKeys,
  lastUses,
  loginProfiles,
  mfaDevices,
  usedCodes,
  mfaAttempts,
] as const;
