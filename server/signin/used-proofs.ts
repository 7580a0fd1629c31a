import { createHash } from "node:crypto";
import { forgottenProofs, usedProofs } from "../../data/entities/sign-ins.ts";
import type { Transaction } from "../../data/store.ts";

/** The content of a proof whose signature is valid. */
export interface Proof {
  /** SHA-256 thumbprint of the key that made it (RFC 7638). */
  readonly keyThumbprint: string;
  readonly id: string;
  /** Milliseconds. */
  readonly issuedAt: number;
}

/** More than the tools of one machine use while a proof is valid. */
const CAPACITY = 10_000;

/**
 * Whether a proof was used; each may be used once. As long as there is room none is forgotten, so that a clock that is
 * moved back or stopped cannot make a used proof valid again. Without room, only expired ones are forgotten.
 */
export const isUsed = (proof: Proof, tx: Transaction): boolean =>
  proof.issuedAt <= forgottenUntil(tx) || tx.get(usedProofs, nameOf(proof)) !== undefined;

/**
 * Marks a proof as used. False if there is no room. `isGood` says whether a proof made at a given time is still valid.
 */
export function markUsed(proof: Proof, isGood: (issuedAt: number) => boolean, tx: Transaction): boolean {
  if (tx.count(usedProofs) >= CAPACITY) forgetExpired(isGood, tx);
  if (tx.count(usedProofs) >= CAPACITY) return false;
  tx.put(usedProofs, { name: nameOf(proof), issuedAt: proof.issuedAt });
  return true;
}

/** Proofs made up to this time may have been forgotten, and count as used. */
const forgottenUntil = (tx: Transaction): number => tx.get(forgottenProofs, "proofs")?.until ?? -Infinity;

function forgetExpired(isGood: (issuedAt: number) => boolean, tx: Transaction): void {
  let until = forgottenUntil(tx);
  for (const { name, issuedAt } of tx.list(usedProofs, [])) {
    if (isGood(issuedAt)) continue;
    tx.delete(usedProofs, name);
    until = Math.max(until, issuedAt);
  }
  if (until > forgottenUntil(tx)) tx.put(forgottenProofs, { until });
}

/** A hash, which has a fixed size, since ids can have any length. */
const nameOf = ({ keyThumbprint, id }: Proof): string =>
  createHash("sha256").update(`${keyThumbprint}.${id}`).digest("base64");
