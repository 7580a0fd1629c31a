import { revokedGrants } from "../data/entities/sign-ins.ts";
import type { Transaction } from "../data/store.ts";
import type { Session } from "../handlers/caller.ts";
import { openToken } from "../signing/session-token.ts";
import type { Emulation } from "./emulation.ts";

/** The content of a session token; undefined if it is not of this emulator, or its session was revoked. */
export function openSession(
  token: string,
  { era }: Pick<Emulation, "era">,
  tx: Transaction,
): Partial<Session> | undefined {
  const opened: Partial<Session> | undefined = openToken(era.sealingKey, token);
  return opened?.grant !== undefined && isRevoked(opened.grant, tx) ? undefined : opened;
}

/** Ends all sessions of a grant of the sign-in service early. */
export const revokeGrant = (id: string, tx: Transaction): void => tx.put(revokedGrants, { id });

export const isRevoked = (grant: string, tx: Transaction): boolean => tx.get(revokedGrants, grant) !== undefined;
