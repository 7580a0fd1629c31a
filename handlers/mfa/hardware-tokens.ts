import { hardwareTokens, mfaDevices, totpSecrets, type HardwareToken } from "../../data/entities/mfa.ts";
import type { Random } from "../../data/random.ts";
import { generateSeed, validSeed } from "../../signing/totp.ts";
import { DeleteConflict, EntityAlreadyExists, InvalidInput } from "../errors.ts";
import type { Context } from "../operation.ts";
import { forgetSecret } from "./codes.ts";
import { noSuchDevice } from "./devices.ts";
import { kindOf } from "./kinds.ts";

/** A token to be minted or imported. Values that are left out are generated. */
export interface NewHardwareToken {
  readonly serialNumber?: string | undefined;
  readonly base32Seed?: string | undefined;
  /** How far the token's clock is ahead of the right time; negative if it is slow. */
  readonly offsetSeconds?: number | undefined;
}

/** A token as its owner knows it. */
export interface HardwareTokenFacts {
  readonly serialNumber: string;
  readonly base32Seed: string;
  readonly offsetSeconds: number;
}

/** The seed length of HMAC-SHA1 tokens, as vendors make them. */
const SEED_BYTES = 20;

/**
 * Adds tokens to those that the developer owns, all or none. For an existing serial number, with the same seed or none,
 * it sets that token's clock; with another seed it is refused. Throws InvalidInput, EntityAlreadyExists.
 */
export function addHardwareTokens(
  tokens: readonly NewHardwareToken[],
  context: Pick<Context, "tx" | "random">,
): HardwareTokenFacts[] {
  return tokens.map((token) => addHardwareToken(token, context));
}

/** All tokens that the developer owns, by serial number. */
export const listHardwareTokens = ({ tx }: Pick<Context, "tx">): HardwareTokenFacts[] =>
  Array.from(tx.list(hardwareTokens, []), (token) => factsOf(token, { tx }));

/**
 * Removes a token with its seed; used codes stay. NoSuchEntity if there is no such token, DeleteConflict while it is
 * enabled for somebody.
 */
export function deleteHardwareToken(serialNumber: string, { tx }: Pick<Context, "tx">): void {
  if (!tx.get(hardwareTokens, serialNumber)) throw noSuchDevice(serialNumber);
  if (tx.find(mfaDevices, "token", serialNumber)) {
    throw DeleteConflict(`Hardware token ${serialNumber} is in use. Must deactivate first.`);
  }
  forgetSecret(serialNumber, { tx });
  tx.delete(hardwareTokens, serialNumber);
}

function addHardwareToken(
  { serialNumber, base32Seed, offsetSeconds }: NewHardwareToken,
  { tx, random }: Pick<Context, "tx" | "random">,
): HardwareTokenFacts {
  if (serialNumber !== undefined && kindOf(serialNumber) !== "hardware") {
    throw InvalidInput(
      `"${serialNumber}" is no vendor's serial number: it has 9 to 256 letters, digits and _+=/:,.@- and is not an ARN.`,
    );
  }
  if (base32Seed !== undefined && !validSeed(base32Seed)) {
    throw InvalidInput(
      `The seed of ${serialNumber === undefined ? "the new token" : `token ${serialNumber}`} is not base32 text of 16 to 64 bytes.`,
    );
  }
  if (offsetSeconds !== undefined && !Number.isSafeInteger(offsetSeconds)) {
    throw InvalidInput("offsetSeconds is a whole number of seconds, negative for a clock that is slow.");
  }
  const serial = serialNumber ?? unusedSerial({ tx, random });
  const known = tx.get(totpSecrets, serial);
  const seed = base32Seed === undefined ? known?.seed : base32Seed.replace(/=+$/, "").toUpperCase();
  if (known && seed !== known.seed)
    throw EntityAlreadyExists(`Hardware token ${serial} already exists, with another seed.`);
  if (!known) {
    tx.put(totpSecrets, {
      serialNumber: serial,
      seed: seed ?? generateSeed(random.bytes(SEED_BYTES)),
      clockAdjustment: 0,
    });
  }
  const token = {
    serialNumber: serial,
    offsetSeconds: offsetSeconds ?? tx.get(hardwareTokens, serial)?.offsetSeconds ?? 0,
  };
  tx.put(hardwareTokens, token);
  return factsOf(token, { tx });
}

const factsOf = ({ serialNumber, offsetSeconds }: HardwareToken, { tx }: Pick<Context, "tx">): HardwareTokenFacts => ({
  serialNumber,
  base32Seed: tx.get(totpSecrets, serialNumber)!.seed,
  offsetSeconds,
});

/** In the form of Gemalto's tokens, which the User Guide shows. */
function unusedSerial({ tx, random }: { tx: Context["tx"]; random: Random }): string {
  for (;;) {
    const serial = `GAHT${String(random.bytes(6).readUIntBE(0, 6) % 100_000_000).padStart(8, "0")}`;
    if (!tx.get(hardwareTokens, serial)) return serial;
  }
}
