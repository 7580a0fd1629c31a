import type { Emulation } from "../emulation.ts";
import { sourceOf } from "../source.ts";
import { Answer } from "../web/answer.ts";
import type { Routes } from "../web/routes.ts";
import { Refused } from "./page.ts";
import { rowOf } from "./pages/emulator-trail.ts";
import { admittedBy } from "./trail-filters.ts";
import { trailStreamOf } from "./trail-stream.ts";
import { visitorIdOf } from "./visitor-cookie.ts";

/** What the page of the trail listens to: the rows of the requests that its filters admit, as they come. */
export const trailStreamRoutes = (emulation: Emulation): Routes => ({
  "/emulator/trail-stream": {
    body: "unread",
    GET(request) {
      if (!emulation.options.control) {
        throw new Refused(404, "The pages of the emulator are off; it was started with --no-control.");
      }
      const stream = trailStreamOf(emulation, rowOf);
      if (stream.isFull)
        throw new Refused(503, "Too many pages listen to the trail already. Reload this one to see what is new.");
      const query = new URLSearchParams(request.originalUrl.split("?")[1]);
      const after = request.headers["last-event-id"] ?? query.get("after") ?? undefined;
      const { secure } = sourceOf(request, emulation.options);
      return Answer.stream("text/event-stream", (response) => {
        if (request.method === "HEAD") return void response.end();
        const visitorId = visitorIdOf(request, secure) ?? "";
        // Between its admission and now a reset may have come.
        trailStreamOf(emulation, rowOf).add({ response, visitorId, admits: admittedBy(query) }, after?.toString());
      });
    },
  },
});
