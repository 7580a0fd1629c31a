import { STATUS_CODES } from "node:http";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { consoleRouter } from "./console/console.ts";
import { controlPlane } from "./control/control-plane.ts";
import { CONTAINER_PATH, containerCredentials } from "./credentials/container.ts";
import { instanceMetadata } from "./credentials/instance-metadata.ts";
import { serviceSessions } from "./credentials/service-sessions.ts";
import type { Emulation } from "./emulation.ts";
import { federationEndpoint } from "./signin/federation.ts";
import { signinService } from "./signin/signin-service.ts";
import { tokenIssuers } from "./token-issuer.ts";
import { identityProvider } from "./idp/identity-provider.ts";

/** Everything but the Query endpoint and health: the control plane, the console, and where applications look for credentials. */
export function createApp(emulation: Emulation, reset: () => Promise<void>): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use("/_emulator", controlPlane(emulation, reset));
  app.use("/_oidc", tokenIssuers(emulation));
  const sessions = serviceSessions(emulation);
  app.use(CONTAINER_PATH, containerCredentials(emulation, sessions));
  // Its address ends in a slash (server/credentials/instance.ts), and there are clients that begin the path with one too.
  app.use(["/latest", "//latest"], instanceMetadata(emulation, sessions));
  app.use("/_idp", identityProvider(emulation));
  app.use("/console", consoleRouter(emulation, reset));
  app.use("/v1", signinService(emulation));
  app.use("/federation", federationEndpoint(emulation));
  app.use(respondError);
  return app;
}

/**
 * What no router has answered itself, such as a path that cannot be decoded: Express would show where in the program it was.
 * It knows an error handler by its four parameters.
 */
function respondError(cause: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(cause);
  const { status = 500 } = cause as { readonly status?: number };
  if (status >= 500) console.error("iam-local: a request to a page failed inside:", cause);
  response.status(status).type("text").send(`${STATUS_CODES[status]}\n`);
}
