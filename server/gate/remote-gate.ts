import { Clock } from "../../data/clock.ts";
import { accessKeys, targets } from "../option-values.ts";
import type { Options } from "../options.ts";
import { remoteHealth } from "./engine-health.ts";
import { uncheckedOf } from "./gate-health.ts";
import { startGate, type Gate } from "./gate.ts";
import { remoteEngine } from "./remote-engine.ts";

/** What can be chosen of a gate in a process of its own. */
export interface RemoteGateOptions extends Pick<
  Options,
  "allowedHosts" | "allowedOrigins" | "host" | "port" | "trustProxy"
> {
  /** The emulator, such as `http://127.0.0.1:4593`. */
  readonly iam: string;
  readonly to: string;
  readonly unmapped: Options["gateUnmapped"];
  readonly upstreamKeys: string | undefined;
}

/** How long, in milliseconds, a client may be silent in the middle of something. */
const REQUEST_TIMEOUT = 60_000;

/**
 * Starts a gate beside the emulator that decides, which may come and go: while it does not answer, nothing passes. Throws
 * InvalidOption; rejects where the port is taken.
 */
export async function startRemoteGate({ iam, to, unmapped, upstreamKeys, ...rest }: RemoteGateOptions): Promise<Gate> {
  const settings = {
    ...rest,
    publicUrl: "",
    to: targets("to")(to),
    upstreamKeys: upstreamKeys === undefined ? undefined : accessKeys("upstreamKeys")(upstreamKeys),
  };
  const engine = remoteEngine(iam, { unmapped, allowedHosts: rest.allowedHosts });
  const clock = new Clock();
  const gate = await startGate(settings, {
    engine,
    health: () => remoteHealth(iam, unmapped),
    unchecked: () => uncheckedOf(engine.unchecked(), unmapped),
    now: () => clock.machineNow(),
    requestTimeout: REQUEST_TIMEOUT,
  }).catch(async (error) => {
    await engine.close();
    throw error;
  });
  return {
    endpoint: gate.endpoint,
    async close() {
      await gate.close();
      await engine.close();
    },
  };
}
