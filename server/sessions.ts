import type { Session } from "../handlers/caller.ts";
import { openToken } from "../signing/session-token.ts";
import type { Emulation } from "./emulation.ts";

/** The access key ids of sessions that were ended before their time. */
const revoked = new WeakMap<Buffer, Set<string>>();

/** What a session token holds; undefined where it is none of this emulator's, or its session was revoked. */
export function openSession(
  token: string,
  { sealingKey }: Pick<Emulation, "sealingKey">,
): Partial<Session> | undefined {
  const opened: Partial<Session> | undefined = openToken(sealingKey, token);
  return revoked.get(sealingKey)?.has(opened?.accessKeyId ?? "") ? undefined : opened;
}

/** Ends a session before its time. In memory only, as whatever issued it: it goes with the sealing key, which a reset replaces. */
export function revokeSession(accessKeyId: string, { sealingKey }: Emulation): void {
  const ended = revoked.get(sealingKey) ?? new Set<string>();
  revoked.set(sealingKey, ended.add(accessKeyId));
}
