import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { StoreFailed } from "../../data/store.ts";
import { WireError } from "../../handlers/errors.ts";
import { health, healthStatus } from "../health.ts";
import type { Emulation } from "../emulation.ts";
import { authorizeRoutes } from "./authorize.ts";
import { containerRoutes } from "../credentials/container.ts";
import { instanceRoutes } from "../credentials/instance.ts";
import { clockRoutes } from "./clock.ts";
import { delegationRoutes } from "./delegation.ts";
import {
  ControlError,
  ControlPlaneOff,
  Forbidden,
  InvalidRequest,
  MethodNotAllowed,
  NotFound,
  RequestTooLarge,
  UnsupportedMediaType,
} from "./errors.ts";
import { Guard } from "../web/guard.ts";
import { hardwareTokenRoutes } from "./hardware-tokens.ts";
import { issuerRoutes } from "./issuers.ts";
import { mfaRoutes } from "./mfa.ts";
import { organizationRoutes } from "./organization.ts";
import type { Route, Routes } from "./routes.ts";
import { tokenSigningKeyRoutes } from "./token-signing-keys.ts";
import { trailRoutes } from "./trail.ts";
import { transferRoutes } from "./transfer.ts";

/** Seed lists of ten thousand tokens fit. */
const BODY_LIMIT = "4mb";
/** The largest accounts fit. */
const IMPORT_LIMIT = "128mb";

/**
 * Everything below /_emulator: what tests and tools ask and tell the emulator, as JSON. Errors are
 * `{"error": {"code", "message"}}` with a 4xx status. With `control` off, health alone answers.
 */
export function controlPlane(emulation: Emulation, reset: () => Promise<void>): Router {
  const { options, store, clock, trail } = emulation;
  const router = express.Router();

  router.use((_request, response, next) => {
    response.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
    next();
  });
  const guard = new Guard(emulation);
  router.use(({ headers }, _response, next) => {
    const reason = guard.whyForeign(headers, { links: true, origins: false });
    if (reason !== undefined) throw Forbidden(reason);
    next();
  });
  router.use("/health", (_request, response, next) => {
    response.status(healthStatus(emulation));
    next();
  });
  mount(router, { "/health": { GET: () => health(emulation) } }, () => undefined);
  router.use((_request, _response, next) => {
    if (!options.control)
      throw ControlPlaneOff("The control plane is off; the emulator was started with --no-control.");
    next();
  });
  // Before bodies are read: a reset takes any, and passes over it.
  mount(router, { "/reset": { POST: () => reset().then(() => ({ reset: true })) } }, () => store.durable());
  router.use("/import", express.text({ type: () => true, limit: IMPORT_LIMIT }));
  router.use(express.text({ type: () => true, limit: BODY_LIMIT }));
  const routes = {
    ...clockRoutes(clock),
    ...trailRoutes(trail),
    ...hardwareTokenRoutes(emulation),
    ...mfaRoutes(emulation),
    ...organizationRoutes(emulation),
    ...delegationRoutes(emulation),
    ...authorizeRoutes(emulation),
    ...transferRoutes(emulation),
    ...containerRoutes(emulation),
    ...instanceRoutes(emulation),
    ...issuerRoutes(emulation),
    ...tokenSigningKeyRoutes(emulation),
  };
  mount(router, routes, () => store.durable());
  router.use(({ path }) => {
    throw NotFound(`There is no /_emulator${path}. Paths are listed in the README, "Control plane".`);
  });
  router.use(respondError);
  return router;
}

/** Answers each path by its table of methods; no answer leaves before `settled`. */
function mount(router: Router, routes: Routes, settled: () => Promise<void> | undefined): void {
  for (const [path, methods] of Object.entries(routes)) {
    router.all(path, async (request, response) => {
      const answer = await routeFor(methods, request, response)(request);
      await settled();
      response.json(answer);
    });
  }
}

function routeFor(methods: Routes[string], request: Request, response: Response): Route {
  const { path } = request;
  const method = request.method === "HEAD" ? "GET" : request.method;
  const route = Object.hasOwn(methods, method) ? methods[method as keyof typeof methods] : undefined;
  if (route) return route;
  const allowed = Object.keys(methods).join(", ");
  response.set("Allow", allowed);
  throw MethodNotAllowed(`/_emulator${path} takes ${allowed}, not ${request.method}.`);
}

/** Express knows an error handler by its four parameters. */
export function respondError(cause: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(cause);
  const { status, code, message } = wireForm(cause);
  response.status(status).json({ error: { code, message } });
}

function wireForm(cause: unknown): { readonly status: number; readonly code: string; readonly message: string } {
  if (cause instanceof ControlError || cause instanceof WireError) return cause;
  if (cause instanceof StoreFailed) {
    return {
      status: 500,
      code: "ServiceFailure",
      message: "The state could not be stored. Restart the emulator once its disk works.",
    };
  }
  // What Express and its body reader throw has a status of its own.
  const status = (cause as { readonly status?: unknown }).status;
  if (status === 413) return RequestTooLarge(`The body is larger than ${BODY_LIMIT}.`);
  if (status === 415) return UnsupportedMediaType(`The body must be text in UTF-8: ${(cause as Error).message}.`);
  if (typeof status === "number" && status < 500) return InvalidRequest(`${(cause as Error).message}.`);
  console.error("iam-local: a request to the control plane failed inside:", cause);
  return { status: 500, code: "InternalFailure", message: "The request failed inside the emulator; its log says why." };
}
