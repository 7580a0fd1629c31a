import type { Session } from "../../handlers/caller.ts";
import { Tickets } from "../web/tickets.ts";
import type { SignedIn } from "../web/signed-in.ts";
import type { Emulation } from "../emulation.ts";

/** What a signed-in principal has granted to a program. */
export interface Grant {
  readonly id: string;
  /** The principal, in the role that they had switched to, if any. */
  readonly signedIn: SignedIn;
  readonly clientId: string;
  /** The end of their session, or of the role; after it nothing is refreshed. */
  readonly expiresAt: number;
}

/** The content of an authorization code (RFC 6749, section 4.1; RFC 7636). */
export interface AuthorizationCode {
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  /**
   * Whether it was tried before, successfully or not. A used code is remembered as long as what it may have been
   * redeemed for.
   */
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

/** The content of a sign-in token of the federation endpoint. */
export interface FederatedSignIn {
  /** It contains the time at which the console's session ends. */
  readonly session: Session;
  readonly expiresAt: number;
}

/** What the sign-in service remembers; a restart or a reset clears it. */
export interface SigninMemory {
  readonly codes: Tickets<AuthorizationCode>;
  readonly refreshes: Tickets<Refresh>;
  readonly federated: Tickets<FederatedSignIn>;
}

export const signinMemory = (emulation: Emulation): SigninMemory => ({
  codes: new Tickets("authorization-code", emulation),
  refreshes: new Tickets("refresh-token", emulation),
  federated: new Tickets("federated-sign-in", emulation),
});
