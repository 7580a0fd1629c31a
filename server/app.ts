import { STATUS_CODES } from "node:http";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { consoleSite } from "./console/console.ts";
import { controlPlane } from "./control/control-plane.ts";
import { containerCredentials } from "./credentials/container.ts";
import { instanceMetadata } from "./credentials/instance-metadata.ts";
import { serviceSessions } from "./credentials/service-sessions.ts";
import type { Emulation } from "./emulation.ts";
import { identityProvider } from "./idp/identity-provider.ts";
import { federationEndpoint } from "./signin/federation.ts";
import { signinService } from "./signin/signin-service.ts";
import type { InitReport } from "./init-report.ts";
import { localStackSite } from "./localstack.ts";
import type { Reset } from "./reset.ts";
import { SITES, type SiteName } from "./sites.ts";
import { tokenIssuers } from "./token-issuer.ts";
import { Guard } from "./web/guard.ts";
import { siteRouter, type Site } from "./web/site.ts";

/** The implementation of each site. */
export function sitesOf(emulation: Emulation, reset: Reset, initReport?: InitReport): Readonly<Record<SiteName, Site>> {
  const sessions = serviceSessions(emulation);
  return {
    controlPlane: controlPlane(emulation, reset),
    console: consoleSite(emulation, reset),
    signin: signinService(emulation),
    federation: federationEndpoint(emulation),
    localStack: localStackSite(emulation, initReport),
    identityProvider: identityProvider(emulation),
    tokenIssuers: tokenIssuers(emulation),
    containerCredentials: containerCredentials(emulation, sessions),
    instanceMetadata: instanceMetadata(emulation, sessions),
  };
}

/**
 * Everything but the Query endpoint and health: the control plane, the console, and the endpoints where applications
 * look for credentials.
 */
export function createApp(emulation: Emulation, reset: Reset, initReport?: InitReport): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  const sites = sitesOf(emulation, reset, initReport);
  const guard = new Guard(emulation);
  for (const name of Object.keys(SITES) as SiteName[]) {
    app.use([...SITES[name].at], siteRouter(SITES[name], sites[name], guard, emulation.store));
  }
  app.use(respondError);
  return app;
}

/** If a site could not even show its own refusal, Express would show a stack trace. */
function respondError(cause: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(cause);
  console.error("iam-local: a refusal could not be shown:", cause);
  response.status(500).type("text").send(`${STATUS_CODES[500]}\n`);
}
