import type { Session } from "../../handlers/caller.ts";
import { Tickets } from "../web/tickets.ts";
import type { SignedIn } from "../web/signed-in.ts";
import type { Emulation } from "../emulation.ts";
import { UsedProofs } from "./used-proofs.ts";

/** What somebody who has signed in has let a program have. */
export interface Grant {
  /** Whoever it was, in the role that they had switched to, if any. */
  readonly signedIn: SignedIn;
  readonly clientId: string;
  /** The end of their session, or of the role: nothing is refreshed after that. */
  readonly expiresAt: number;
  /** The credentials that were issued for it and are still good: when each ends, by its access key id. */
  readonly issued: Map<string, number>;
  /** Its code was used twice: nothing that was issued for it is good any more (RFC 6749, section 4.1.2). */
  revoked: boolean;
}

/** What an authorization code stands for (RFC 6749, section 4.1; RFC 7636). */
export interface AuthorizationCode {
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  /** Tried before, with success or without. Such a code is remembered as long as what it may have been redeemed for. */
  readonly used: boolean;
  readonly expiresAt: number;
}

/** A grant bound to the key that redeemed its code (RFC 9449, section 5). */
export interface Refresh {
  readonly grant: Grant;
  /** SHA-256 thumbprint of the public key (RFC 7638). */
  readonly keyThumbprint: string;
  readonly expiresAt: number;
}

/** What a sign-in token of the federation endpoint stands for. */
export interface FederatedSignIn {
  /** With the time at which the console's session is to end. */
  readonly session: Session;
  readonly expiresAt: number;
}

/** What the sign-in service remembers, in memory only: a restart ends it all, and so does a reset. */
export interface SigninMemory {
  readonly codes: Tickets<AuthorizationCode>;
  readonly refreshes: Tickets<Refresh>;
  readonly proofs: UsedProofs;
  readonly federated: Tickets<FederatedSignIn>;
}

export const signinMemory = ({ era }: Emulation): SigninMemory => era.memory(newMemory);

const newMemory = (): SigninMemory => ({
  codes: new Tickets(),
  refreshes: new Tickets(),
  proofs: new UsedProofs(),
  federated: new Tickets(),
});
