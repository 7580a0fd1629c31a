import express, { type Express } from "express";
import { controlPlane } from "./control/control-plane.ts";
import type { Emulation } from "./emulation.ts";

/** Everything but the Query endpoint and health: the control plane. */
export function createApp(emulation: Emulation, reset: () => Promise<void>): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use("/_emulator", controlPlane(emulation, reset));
  return app;
}
