import { decisionReport } from "../../handlers/decision-report.ts";
import type { Trail, TrailEvent } from "../trail.ts";
import type { ExplainedEvent } from "../why.ts";
import { InvalidRequest, NotFound } from "./errors.ts";
import { queryParameters } from "./input.ts";
import type { Routes } from "./routes.ts";

/** What events can be chosen by, besides their number. */
const FILTERS = {
  eventName: (event: TrailEvent) => event.eventName,
  errorCode: (event: TrailEvent) => event.errorCode,
  userName: (event: TrailEvent) => event.userIdentity?.userName,
};
const FILTER_NAMES = Object.keys(FILTERS) as (keyof typeof FILTERS)[];

/**
 * `/_emulator/trail`: the last events, newest first, and one of them by the request id that its client was told, with the
 * decisions that were made about it.
 */
export function trailRoutes(trail: Trail): Routes {
  return {
    "/trail": {
      GET(request) {
        const parameters = queryParameters(request, ["limit", ...FILTER_NAMES]);
        const events = trail
          .list()
          .filter((event) =>
            FILTER_NAMES.every((name) => parameters[name] === undefined || FILTERS[name](event) === parameters[name]),
          );
        return { events: events.slice(0, limit(parameters.limit)) };
      },
    },
    "/trail/:requestId": {
      GET(request) {
        return explainedEvent(String(request.params["requestId"]), trail);
      },
    },
  };
}

/** The event of a request with the decisions that were made about it. Throws NotFound once it is no longer kept. */
export function explainedEvent(requestId: string, trail: Trail): ExplainedEvent {
  const entry = trail.find(requestId);
  if (entry) return { ...entry.event(), decisions: entry.authorizations.map(decisionReport) };
  throw NotFound(
    `No event of the request ${JSON.stringify(requestId)} is kept; the trail holds the last thousand, or as many as take 32 MB.`,
  );
}

function limit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw InvalidRequest("limit must be a whole number from 1.");
  return Number(text);
}
