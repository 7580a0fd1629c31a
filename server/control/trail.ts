import { refusedRequestId } from "../../handlers/authorization-details.ts";
import type { Emulation } from "../emulation.ts";
import type { TrailEvent } from "../trail-event.ts";
import { wholeTrail, type ReadableTrail } from "../whole-trail.ts";
import { explainedEvent, type ExplainedEvent } from "../why.ts";
import { InvalidRequest, NotFound } from "../web/errors.ts";
import { asks, type Routes } from "../web/routes.ts";

/** The filters for events, besides their number. */
const FILTERS = {
  eventName: (event: TrailEvent) => event.eventName,
  eventSource: (event: TrailEvent) => event.eventSource,
  errorCode: (event: TrailEvent) => event.errorCode,
  userName: (event: TrailEvent) => event.userIdentity?.userName,
};
const FILTER_NAMES = Object.keys(FILTERS) as (keyof typeof FILTERS)[];

/**
 * `/_emulator/trail`: the last events, newest first, and one of them by the request id that its client was told, or the
 * authorization id in a refusal, with the decisions that were made about it; `?decisions=1` has those of all events.
 */
export function trailRoutes(emulation: Emulation): Routes {
  return {
    "/trail": {
      GET: asks(["limit", "after", "decisions", ...FILTER_NAMES], async (parameters) => {
        const { decisions } = parameters;
        if (decisions !== undefined && decisions !== "1") throw InvalidRequest("decisions is 1, or left out.");
        const trail = await wholeTrail(emulation, decisions === undefined ? "events" : "entries");
        const events = eventsAfter(parameters.after, trail).filter((event) =>
          FILTER_NAMES.every((name) => parameters[name] === undefined || FILTERS[name](event) === parameters[name]),
        );
        const chosen = events.slice(0, limit(parameters.limit));
        if (decisions === undefined) return { events: chosen };
        return { events: chosen.map(({ requestID }) => explainedIn(trail, requestID)) };
      }),
    },
    "/trail/:requestId": {
      GET(request) {
        return eventOf(String(request.params["requestId"]), emulation);
      },
    },
  };
}

/** The event of a request with its decisions. Rejects with NotFound if it is no longer kept. */
export async function eventOf(id: string, emulation: Emulation): Promise<ExplainedEvent> {
  const requestId = refusedRequestId(id) ?? id;
  return explainedIn(await wholeTrail(emulation, `entry ${requestId}`), requestId);
}

/** Throws NotFound. */
function explainedIn(trail: ReadableTrail, requestId: string): ExplainedEvent {
  const event = explainedEvent(requestId, trail);
  if (event) return event;
  throw NotFound(
    `No event of the request ${JSON.stringify(requestId)} is kept; the trail holds the last thousand, or as many as take 32 MB.`,
  );
}

/** The events after the one with this request id; all events if none with this id is kept. */
function eventsAfter(requestId: string | undefined, trail: ReadableTrail): readonly TrailEvent[] {
  const events = trail.list();
  const position = events.findIndex((event) => event.requestID === requestId);
  return position < 0 ? events : events.slice(0, position);
}

function limit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw InvalidRequest("limit must be a whole number from 1.");
  return Number(text);
}
