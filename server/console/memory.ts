import type { Random } from "../../data/random.ts";
import type { Emulation } from "../emulation.ts";
import { Tickets } from "../web/tickets.ts";
import { Limits } from "./limits.ts";
import type { PendingSignIn, SignedIn } from "../web/signed-in.ts";

/** What the console remembers of its visitors: a restart or a reset clears it. */
export interface Memory {
  /** Visitors whose password was right and who have more steps to do. */
  readonly pending: Tickets<PendingSignIn>;
  readonly signedIn: Tickets<SignedIn>;
  /** What the visitor's next page shows first. */
  readonly notices: Tickets<Notice>;
  /** What keys have to sign: one challenge per visitor. */
  readonly challenges: Tickets<Challenge>;
  /** Secrets of new virtual MFA devices, which AWS tells once: the page that shows one may be loaded again. */
  readonly secrets: Tickets<NewSecret>;
  readonly limits: Limits;
  /** Forms that were refused, or sent when the session had ended. */
  readonly drafts: Tickets<Draft>;
  /** By the id of a visitor, the one by which the browser was known before it signed in or out. */
  readonly formerIds: Tickets<FormerId>;
}

const MOST_DRAFTS = 100;

interface Draft {
  /** Its fields in the form of a query, without secrets. */
  readonly fields: string;
  /** What the page says above it. */
  readonly notice: string;
  readonly expiresAt: number;
}

interface FormerId {
  readonly id: string;
  readonly expiresAt: number;
}

interface NewSecret {
  /** In base32. */
  readonly seed: string;
  /** The QR code, a PNG in base64. */
  readonly picture: string;
  readonly expiresAt: number;
}

/** What one touch of a key is for: the challenge that was given to a visitor. */
interface Challenge {
  readonly value: string;
  /** Whose key it enables, or which device signs in. */
  readonly purpose: string;
  readonly expiresAt: number;
}

interface Notice {
  readonly text: string;
  readonly expiresAt: number;
}

export const memoryOf = (emulation: Emulation): Memory => ({
  pending: new Tickets("pending-sign-in", emulation),
  signedIn: new Tickets("signed-in", emulation),
  notices: new Tickets("notice", emulation),
  challenges: new Tickets("challenge", emulation),
  secrets: new Tickets("new-secret", emulation),
  limits: new Limits(emulation.store),
  drafts: new Tickets("draft", emulation, MOST_DRAFTS),
  formerIds: new Tickets("former-id", emulation),
});

/** A visitor's id: 256 bits. */
export const newVisitorId = (random: Random): string => random.bytes(32).toString("base64url");
