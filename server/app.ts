import express, { type Express } from "express";
import { consoleRouter } from "./console/console.ts";
import { controlPlane } from "./control/control-plane.ts";
import { CONTAINER_PATH, containerCredentials } from "./credentials/container.ts";
import { instanceMetadata } from "./credentials/instance-metadata.ts";
import { serviceSessions } from "./credentials/service-sessions.ts";
import type { Emulation } from "./emulation.ts";
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
  app.use("/latest", instanceMetadata(emulation, sessions));
  app.use("/_idp", identityProvider(emulation));
  app.use("/console", consoleRouter(emulation, reset));
  return app;
}
