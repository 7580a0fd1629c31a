import { scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";
import { promisify } from "node:util";
import type { PasswordPolicy } from "../../data/entities/accounts.ts";
import type { Random } from "../../data/random.ts";
import { PasswordPolicyViolation } from "../errors.ts";

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

// 16 MiB and about 50 ms for each guess; more would only slow tests down.
const [N, r, p] = [16_384, 8, 1];
const HASH_BYTES = 32;

/** How the passwords of one login profile are hashed: `scrypt$N$r$p$salt`, salt in base64. */
export const newHashSetting = (random: Random): string =>
  `scrypt$${N}$${r}$${p}$${random.bytes(16).toString("base64")}`;

/**
 * Hashes a password to `setting$hash`. As in crypt(3), `setting` may be an existing hash: the result equals it exactly
 * if the passwords are equal. All hashes of a profile share its salt, so that one new hash can be compared with all
 * former ones.
 */
export async function hashPassword(password: string, setting: string): Promise<string> {
  const [scheme, cost, blockSize, parallelization, salt = ""] = setting.split("$");
  const options = { N: Number(cost), r: Number(blockSize), p: Number(parallelization) };
  const hash = await derive(password, Buffer.from(salt, "base64"), HASH_BYTES, options);
  return [scheme, cost, blockSize, parallelization, salt, hash.toString("base64")].join("$");
}

/** Compares two hashes in constant time. */
export function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * How many wrong passwords are allowed within the window; after that every try is refused unseen. AWS does not publish
 * its numbers.
 */
export const WRONG_PASSWORDS = { most: 10, windowMs: 15 * 60 * 1000 };

// In the order of the recorded message; the symbols are from the User Guide ("Setting an account password policy").
const CHARACTER_TYPES = [
  { required: "requireUppercase", pattern: /[A-Z]/, name: "uppercase letter" },
  { required: "requireLowercase", pattern: /[a-z]/, name: "lowercase letter" },
  { required: "requireNumbers", pattern: /[0-9]/, name: "number" },
  { required: "requireSymbols", pattern: /[!@#$%^&*()_+\-=[\]{}|']/, name: "symbol" },
] as const;

const DEFAULT_MINIMUM_LENGTH = 8;
const DEFAULT_CHARACTER_TYPES = 3;

/**
 * Throws PasswordPolicyViolation, with every reason, if a password breaks the account's policy or, without one, the
 * default policy: eight characters, three of the four types (evidence: password-default-policy).
 */
export function checkPassword(password: string, policy: PasswordPolicy | undefined): void {
  const violations = policy ? breaches(password, policy) : defaultBreaches(password);
  if (violations.length > 0) throw PasswordPolicyViolation(violations.join(", "));
}

function breaches(password: string, policy: PasswordPolicy): string[] {
  const missing = CHARACTER_TYPES.filter(({ required, pattern }) => policy[required] && !pattern.test(password));
  return [...tooShort(password, policy.minimumLength), ...missing.map(shouldHave)];
}

function defaultBreaches(password: string): string[] {
  const missing = CHARACTER_TYPES.filter(({ pattern }) => !pattern.test(password));
  const more = DEFAULT_CHARACTER_TYPES - (CHARACTER_TYPES.length - missing.length);
  return [
    ...tooShort(password, DEFAULT_MINIMUM_LENGTH),
    ...(more > 0
      ? [`Password should meet ${more} more of the following requirements: ${missing.map(shouldHave).join(", ")}`]
      : []),
  ];
}

const tooShort = (password: string, minimum: number): string[] =>
  password.length < minimum ? [`Password should have a minimum length of ${minimum}`] : [];

const shouldHave = ({ name }: { readonly name: string }): string => `Password should have at least one ${name}`;

/** How many passwords of a user are remembered: the maximum of PasswordReusePrevention. */
const REMEMBERED = 24;

/** The hashes to remember when the password changes: the current one and those before it, newest first. */
export const rememberedHashes = (current: string, former: readonly string[]): string[] =>
  [current, ...former].slice(0, REMEMBERED);

/**
 * Throws PasswordPolicyViolation if a new password is one of the last ones, including the current one, that the policy
 * forbids.
 */
export function checkReuse(newHash: string, remembered: readonly string[], policy: PasswordPolicy | undefined): void {
  const forbidden = remembered.slice(0, policy?.reusePrevention ?? 0);
  if (forbidden.some((hash) => sameHash(hash, newHash))) {
    // The text for reuse is not known; AWS used this one for every violation until about 2017
    // (evidence: password-old-violation).
    throw PasswordPolicyViolation("Password does not conform to the account password policy.");
  }
}
