import { hash } from "node:crypto";
import type { Emulation } from "../emulation.ts";

/** Ciphertexts that are remembered: those of a test suite. */
const MOST = 10_000;

/** By the hash of a ciphertext's bytes the ARN of its key, oldest first. In memory only: each data key that is made has one. */
const noneYet = () => new Map<string, string>();

/**
 * Remembers which key a ciphertext is of, where the answer of a call to KMS (Encrypt, GenerateDataKey…, ReEncrypt) tells: KMS alone can
 * read that from the ciphertext, and Decrypt need not say it.
 */
export function rememberCiphertext(answer: Readonly<Record<string, unknown>>, { era }: Emulation): void {
  const { CiphertextBlob: ciphertext, KeyId: key } = answer;
  if (typeof ciphertext !== "string" || typeof key !== "string" || !key.startsWith("arn:")) return;
  const keys = era.memory(noneYet);
  keys.set(digest(ciphertext), key);
  if (keys.size > MOST) keys.delete(keys.keys().next().value!);
}

/** The ARN of the key that a ciphertext (base64) is of; undefined where it has not passed the gate lately. */
export const keyOfCiphertext = (ciphertext: string, { era }: Emulation): string | undefined =>
  era.memory(noneYet).get(digest(ciphertext));

const digest = (base64: string): string => hash("sha256", Buffer.from(base64, "base64"), "hex");
