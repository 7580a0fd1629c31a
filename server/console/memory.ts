import type { Random } from "../../data/random.ts";
import type { Emulation } from "../emulation.ts";
import { Tickets } from "../web/tickets.ts";
import { Limits } from "./limits.ts";
import type { PendingSignIn, SignedIn } from "../web/signed-in.ts";

/** What the console remembers of its visitors, in memory only: a restart ends it all, and so does a reset. */
export interface Memory {
  /** Those whose password was right and from whom more is wanted. */
  readonly pending: Tickets<PendingSignIn>;
  readonly signedIn: Tickets<SignedIn>;
  /** What the next page of a visitor says first. */
  readonly notices: Tickets<Notice>;
  /** What keys are to sign: one challenge a visitor. */
  readonly challenges: Tickets<Challenge>;
  readonly limits: Limits;
}

/** What one touch of a key is for: the challenge that was given to a visitor. */
interface Challenge {
  readonly value: string;
  /** Whose key is enabled, or which device signs in. */
  readonly purpose: string;
  readonly expiresAt: number;
}

interface Notice {
  readonly text: string;
  readonly expiresAt: number;
}

export const memoryOf = ({ era }: Emulation): Memory => era.memory(newMemory);

const newMemory = (): Memory => ({
  pending: new Tickets(),
  signedIn: new Tickets(),
  notices: new Tickets(),
  challenges: new Tickets(),
  limits: new Limits(),
});

/** The id of a visitor: 256 bits. */
export const newVisitorId = (random: Random): string => random.bytes(32).toString("base64url");
