import { createHash } from "node:crypto";

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
 * The proofs that were used; each may be used once. As long as there is room none is forgotten, so that a clock that is
 * moved back or stopped cannot make a used proof valid again. Without room, only expired ones are forgotten.
 */
export class UsedProofs {
  /** When they were made, by name. */
  readonly #used = new Map<string, number>();
  /** Proofs made up to this time may have been forgotten, and count as used. */
  #forgottenUntil = -Infinity;

  has(proof: Proof): boolean {
    return proof.issuedAt <= this.#forgottenUntil || this.#used.has(nameOf(proof));
  }

  /** False if there is no room. `isGood` says whether a proof made at a given time is still valid. */
  add(proof: Proof, isGood: (issuedAt: number) => boolean): boolean {
    if (this.#used.size >= CAPACITY) this.#forget(isGood);
    if (this.#used.size >= CAPACITY) return false;
    this.#used.set(nameOf(proof), proof.issuedAt);
    return true;
  }

  #forget(isGood: (issuedAt: number) => boolean): void {
    for (const [name, issuedAt] of this.#used) {
      if (isGood(issuedAt)) continue;
      this.#used.delete(name);
      this.#forgottenUntil = Math.max(this.#forgottenUntil, issuedAt);
    }
  }
}

/** A hash, which has a fixed size, since ids can have any length. */
const nameOf = ({ keyThumbprint, id }: Proof): string =>
  createHash("sha256").update(`${keyThumbprint}.${id}`).digest("base64");
