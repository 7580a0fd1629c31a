import type { Emulation } from "./emulation.ts";
import { STAGES, type InitReport } from "./init-report.ts";
import { healthStatus, VERSION } from "./health.ts";
import { Answer } from "./web/answer.ts";
import { MethodNotAllowed, NotFound } from "./web/errors.ts";
import { jsonError } from "./web/failure.ts";
import type { Site } from "./web/site.ts";

/** Where nobody runs scripts: what comes before requests are answered is over. */
export const NO_SCRIPTS: InitReport = {
  scripts: [],
  completed: { BOOT: true, START: true, READY: true, SHUTDOWN: false },
};

const HERE = "of LocalStack's paths there are health, init and init/{stage}. docs/from-localstack.md tells the rest.";

/**
 * The endpoints by which tools detect LocalStack: `/_localstack/health` and `/_localstack/init`, in LocalStack's forms
 * (its documentation, "Internal endpoints" and "Initialization hooks").
 */
export function localStackSite(emulation: Emulation, report: InitReport = NO_SCRIPTS): Site {
  return {
    body: { type: "any text", limit: "64kb" },
    routes: {
      "/health": {
        body: "unread",
        afterFailure: true,
        GET() {
          const status = emulation.store.failure ? "error" : "running";
          const health = { services: { iam: status, sts: status }, edition: "iam-local", version: VERSION };
          return Answer.json(health, healthStatus(emulation, "is ready"));
        },
      },
      "/init": { GET: () => ({ completed: report.completed, scripts: report.scripts }) },
      "/init/:stage": {
        GET({ params }) {
          const stage = STAGES.find((one) => one === String(params["stage"]).toUpperCase());
          if (!stage) throw NotFound(`The stages are boot, start, ready and shutdown.`);
          return {
            completed: report.completed[stage],
            scripts: report.scripts.filter((script) => script.stage === stage),
          };
        },
      },
    },
    missing({ method, path }, methods) {
      if (methods.length > 0)
        return MethodNotAllowed(`/_localstack${path} takes ${methods.join(", ")}, not ${method}.`);
      return NotFound(`There is no /_localstack${path} here: ${HERE}`);
    },
    refuse: jsonError,
  };
}
