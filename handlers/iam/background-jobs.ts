import type { BackgroundJob } from "../../data/entities/reports.ts";
import type { Collection } from "../../data/store.ts";
import type { Context } from "../operation.ts";

// AWS makes its reports in the background, in a second or more. Here they are made at once, from the state that the
// request finds, but are not returned at once: otherwise a client that does not poll would work here and fail on AWS.

/** How long a report is in progress if nobody polls for it, on the emulator's clock. */
const PENDING_MS = 2000;

/**
 * Whether a job is still in progress: until a client has polled once, or two seconds have passed. So a client that
 * polls waits once, whether or not the emulator's clock moves.
 */
export const isPending = ({ asked, startedAt }: BackgroundJob, { now }: Context): boolean =>
  !asked && now - startedAt < PENDING_MS;

/** Remembers that a client was told that the job is in progress. */
export function told<T extends BackgroundJob>(collection: Collection<T>, job: T, { tx }: Pick<Context, "tx">): void {
  tx.put(collection, { ...job, asked: true });
}

/**
 * Who may read a report: the identity, if the caller has long-term keys, or else only the session that asked for it
 * (evidence: last-accessed-jobs).
 */
export function jobOwner({ caller }: Context): string {
  const { principal, credential, accessKeyId, account } = caller;
  if (credential !== "long-term") return accessKeyId;
  return principal.type === "user" ? principal.id : account;
}
