import { collection, ephemeral } from "../store.ts";
import { timeKey } from "../time-key.ts";

// What the console and the sign-in service remember of their visitors. A restart or a reset ends it.

/** Something whose id a browser or a program holds. */
export interface Ticket {
  /** What it is, such as a console session. */
  readonly kind: string;
  /** SHA-256 of the id, in base64. */
  readonly hash: string;
  /** Milliseconds. */
  readonly expiresAt: number;
  /** As JSON can hold it. */
  readonly value: unknown;
}
export const tickets = ephemeral(
  collection("tickets", (t: Ticket) => [t.kind, t.hash], {
    /** Those that end first come first. */
    end: (t) => [t.kind, timeKey(t.expiresAt)],
  }),
);

/** Recent tries by a subject or against it. */
export interface SignInTries {
  /** SHA-256 of what is tried and of the subject, in base64. */
  readonly subject: string;
  /** When the first of them was (milliseconds). */
  readonly since: number;
  readonly count: number;
}
export const signInTries = ephemeral(
  collection("sign-in-tries", (t: SignInTries) => [t.subject], { since: (t) => [timeKey(t.since)] }),
);

/** A proof of possession that was used. */
export interface UsedProof {
  /** SHA-256 of its key's thumbprint and its id, in base64. */
  readonly name: string;
  /** Milliseconds. */
  readonly issuedAt: number;
}
export const usedProofs = ephemeral(collection("used-proofs", (p: UsedProof) => [p.name]));

/** Proofs made up to a time may have been forgotten. There is at most one of this. */
export interface ForgottenProofs {
  /** Milliseconds. */
  readonly until: number;
}
export const forgottenProofs = ephemeral(collection<ForgottenProofs>("forgotten-proofs", () => ["proofs"]));

/**
 * A grant to a program whose code was used twice. None is forgotten, since a clock that is moved back makes old sessions
 * valid; and each takes somebody's consent, so that there are few.
 */
export interface RevokedGrant {
  readonly id: string;
}
export const revokedGrants = ephemeral(collection("revoked-grants", (g: RevokedGrant) => [g.id]));
