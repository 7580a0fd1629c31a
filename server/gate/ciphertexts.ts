import { hash } from "node:crypto";
import { ciphertextKeys } from "../../data/entities/gate.ts";
import type { Transaction } from "../../data/store.ts";

/** Ciphertexts that are remembered: those of a test suite. */
const MOST = 10_000;

/**
 * Remembers which key a ciphertext is of, where the answer of a call to KMS (Encrypt, GenerateDataKey…, ReEncrypt) tells: KMS alone can
 * read that from the ciphertext, and Decrypt need not say it.
 */
export function rememberCiphertext(answer: Readonly<Record<string, unknown>>, now: number, tx: Transaction): void {
  const { CiphertextBlob: ciphertext, KeyId: key } = answer;
  if (typeof ciphertext !== "string" || typeof key !== "string" || !key.startsWith("arn:")) return;
  for (const oldest of tx.listBy(ciphertextKeys, "age", [])) {
    if (tx.count(ciphertextKeys) < MOST) break;
    tx.delete(ciphertextKeys, oldest.digest);
  }
  tx.put(ciphertextKeys, { digest: digestOf(ciphertext), key, seenAt: now });
}

/** The ARN of the key that a ciphertext (base64) is of; undefined where it has not passed the gate lately. */
export const keyOfCiphertext = (ciphertext: string, tx: Transaction): string | undefined =>
  tx.get(ciphertextKeys, digestOf(ciphertext))?.key;

const digestOf = (base64: string): string => hash("sha256", Buffer.from(base64, "base64"), "hex");
