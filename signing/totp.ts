import { createHmac } from "node:crypto";
import { createGuardrails, generateSync, NobleCryptoPlugin, ScureBase32Plugin, type HashAlgorithm } from "otplib";

// RFC 6238 as AWS uses it: HMAC-SHA1, six digits, steps of 30 seconds since 1970 (evidence: mfa-totp).
const STEP_SECONDS = 30;
const DIGITS = 6;
const MIN_SEED_BYTES = 16;
const MAX_SEED_BYTES = 64;

/** otplib's plugin with the HMAC of node:crypto: 2,000 steps take 16 ms instead of 25 once warm. */
class NodeCryptoPlugin extends NobleCryptoPlugin {
  override hmac(algorithm: HashAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array {
    return createHmac(algorithm, key).update(data).digest();
  }
}

const crypto = new NodeCryptoPlugin();
const base32 = new ScureBase32Plugin();
const guardrails = createGuardrails({ MIN_SECRET_BYTES: MIN_SEED_BYTES, MAX_SECRET_BYTES: MAX_SEED_BYTES });

/** The time step that contains `time` (milliseconds since 1970). */
export const stepOf = (time: number): number => Math.floor(time / 1000 / STEP_SECONDS);

/** A seed as base32 text without padding: 40 bytes make the 64 letters that AWS issues (evidence: mfa-create). */
export const generateSeed = (bytes: Buffer): string => base32.encode(bytes);

/** Whether `text` is base32 of 16 to 64 bytes, in either case, padded or not. */
export function validSeed(text: string): boolean {
  try {
    decodeSeed(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A text that is the same for two seeds exactly if all their codes are the same, however they are spelt. It does not
 * reveal the seed.
 */
export const seedId = (seedBase32: string): string =>
  createHmac("sha1", decodeSeed(seedBase32)).update("whose codes these are").digest("base64url");

/** The six-digit code of a device with this seed in time step `step`. Throws a RangeError for an invalid seed. */
export const totpCode = (seedBase32: string, step: number): string => codesOf(seedBase32)(step);

/** The steps from `fromStep` to `toStep`, both included, whose code is `code`, in ascending order. */
export function matchingSteps(seedBase32: string, code: string, fromStep: number, toStep: number): number[] {
  const codeAt = codesOf(seedBase32);
  const steps: number[] = [];
  for (let step = Math.max(fromStep, 0); step <= toStep; step++) if (codeAt(step) === code) steps.push(step);
  return steps;
}

/**
 * The step of the second of two consecutive codes, searched between `fromStep` and `toStep`, both included. Six digits
 * repeat, so several steps may match: the one nearest to the middle is chosen, or the earlier of two at the same
 * distance.
 */
export function consecutivePair(
  seedBase32: string,
  code1: string,
  code2: string,
  fromStep: number,
  toStep: number,
): number | undefined {
  const codeAt = codesOf(seedBase32);
  const matches = (step: number) => step > 0 && codeAt(step) === code2 && codeAt(step - 1) === code1;
  // Outward from the middle: a device in sync is found after a few codes; only a miss computes them all.
  const middle = (fromStep + toStep) / 2;
  for (let below = Math.floor(middle), above = Math.ceil(middle); below >= fromStep; below--, above++) {
    if (matches(below)) return below;
    if (matches(above)) return above;
  }
  return undefined;
}

function decodeSeed(text: string): Uint8Array {
  let seed: Uint8Array;
  try {
    seed = base32.decode(text);
  } catch (cause) {
    throw new RangeError("A seed is base32 text (letters A-Z, digits 2-7)", { cause });
  }
  if (seed.length < MIN_SEED_BYTES || seed.length > MAX_SEED_BYTES) {
    throw new RangeError(`A seed has ${MIN_SEED_BYTES} to ${MAX_SEED_BYTES} bytes, not ${seed.length}`);
  }
  return seed;
}

/** The seed's code for a step. The seed is decoded once for the 2,000 steps that a resync tries. */
function codesOf(seedBase32: string): (step: number) => string {
  const secret = decodeSeed(seedBase32);
  // TOTP is HOTP with the step as its counter (RFC 6238, section 4.2).
  return (step) => generateSync({ strategy: "hotp", secret, counter: step, digits: DIGITS, crypto, guardrails });
}
