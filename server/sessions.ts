import type { Session } from "../handlers/caller.ts";
import { openToken } from "../signing/session-token.ts";
import type { Emulation } from "./emulation.ts";

/** What a session token holds; undefined where it is none of this emulator's, or its session was revoked. */
export function openSession(token: string, { era }: Pick<Emulation, "era">): Partial<Session> | undefined {
  const opened: Partial<Session> | undefined = openToken(era.sealingKey, token);
  return era.memory(noneRevoked).has(opened?.accessKeyId ?? "") ? undefined : opened;
}

/** Ends a session before its time. In memory only, as whatever issued it: a reset ends them all. */
export function revokeSession(accessKeyId: string, { era }: Emulation): void {
  era.memory(noneRevoked).add(accessKeyId);
}

/** The access key ids of sessions that were ended before their time. */
const noneRevoked = () => new Set<string>();
