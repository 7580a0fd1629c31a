import type { Authorization } from "../handlers/authorize.ts";
import type { Emulation } from "./emulation.ts";
import type { TrailEvent } from "./trail-event.ts";
import type { TrailEntry } from "./trail.ts";

/** What can be read of a trail, or of several. */
export interface ReadableTrail {
  /** Newest first. */
  list(): readonly TrailEvent[];
  find(requestId: string): TrailEntry | undefined;
}

/** What is asked of the other processes: all events, all with their decisions, or the entry of one request. */
type About = "events" | "entries" | `entry ${string}`;

/** An entry of another process. */
interface SentEntry {
  readonly event: TrailEvent;
  readonly authorizations: readonly Authorization[];
}

/**
 * The trail of all processes that share the state; each event then names its replica. One that does not answer within a
 * second is left out, and so is what a process had that has ended. Rejects with StoreUnavailable.
 */
export async function wholeTrail({ era, replicas }: Emulation, about: About = "events"): Promise<ReadableTrail> {
  const { trail } = era;
  if (!replicas) return trail;
  const own = sent(trail, about, replicas.name);
  const others = (await replicas.ask(about)).flatMap((text) => JSON.parse(text) as readonly SentEntry[]);
  const all = [...own, ...others].sort((one, other) => other.event.eventTime.localeCompare(one.event.eventTime));
  return {
    list: () => all.map(({ event }) => event),
    find(requestId) {
      const found = all.find(({ event }) => event.requestID === requestId);
      return found && { requestId, size: 0, authorizations: found.authorizations, event: () => found.event };
    },
  };
}

/** The entry of a request, of whichever process. Rejects with StoreUnavailable. */
export const entryOf = async (requestId: string, emulation: Emulation): Promise<TrailEntry | undefined> =>
  (await wholeTrail(emulation, `entry ${requestId}`)).find(requestId);

/** Answers the other processes from the trail of this one. */
export function shareTrail(emulation: Emulation): void {
  const { replicas } = emulation;
  replicas?.onQuestion((about) => JSON.stringify(sent(emulation.era.trail, about as About, replicas.name)));
}

/** The part of a trail that was asked for, under the name of its process. */
function sent(trail: ReadableTrail, about: About, replica: string): readonly SentEntry[] {
  const named = (event: TrailEvent): TrailEvent => ({ ...event, replica });
  if (about === "events") return trail.list().map((event) => ({ event: named(event), authorizations: [] }));
  const ids = about === "entries" ? trail.list().map(({ requestID }) => requestID) : [about.slice("entry ".length)];
  const entries = ids.map((id) => trail.find(id)).filter((entry) => entry !== undefined);
  return entries.map((entry) => ({ event: named(entry.event()), authorizations: entry.authorizations }));
}
