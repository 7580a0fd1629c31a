import { createHash } from "node:crypto";

/** A proof whose signature is right, of what it says. */
export interface Proof {
  /** SHA-256 thumbprint of the key that made it (RFC 7638). */
  readonly keyThumbprint: string;
  readonly id: string;
  /** Milliseconds. */
  readonly issuedAt: number;
}

/** More than one machine's tools show while a proof is good. */
const CAPACITY = 10_000;

/**
 * The proofs that were taken, each of which is taken once. None is forgotten while there is room, so that neither time that
 * moves back nor one that stands still makes a proof new again; and then none that is still good.
 */
export class UsedProofs {
  /** When they were made. */
  readonly #used = new Map<string, number>();
  /** Of proofs that are no newer nobody knows any more. */
  #forgottenUntil = -Infinity;

  has(proof: Proof): boolean {
    return proof.issuedAt <= this.#forgottenUntil || this.#used.has(nameOf(proof));
  }

  /** False where there is no room for it. `isGood` tells of a time whether a proof that was made then is good now. */
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

/** Of one size, since people may send ids of any. */
const nameOf = ({ keyThumbprint, id }: Proof): string =>
  createHash("sha256").update(`${keyThumbprint}.${id}`).digest("base64");
