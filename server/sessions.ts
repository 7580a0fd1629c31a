import type { Session } from "../handlers/caller.ts";
import { openToken } from "../signing/session-token.ts";
import type { Emulation } from "./emulation.ts";

/** The content of a session token; undefined if it is not of this emulator, or its session was revoked. */
export function openSession(token: string, { era }: Pick<Emulation, "era">): Partial<Session> | undefined {
  const opened: Partial<Session> | undefined = openToken(era.sealingKey, token);
  return era.memory(noneRevoked).has(opened?.accessKeyId ?? "") ? undefined : opened;
}

/** Ends a session early. In memory only, like what issues the sessions: a reset ends them all. */
export function revokeSession(accessKeyId: string, { era }: Emulation): void {
  era.memory(noneRevoked).add(accessKeyId);
}

/** The access key ids of sessions that were ended early. */
const noneRevoked = () => new Set<string>();
