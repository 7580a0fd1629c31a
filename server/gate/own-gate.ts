import type { Emulation } from "../emulation.ts";
import { accessKeys, targets } from "../option-values.ts";
import type { Tls } from "../tls/tls.ts";
import { startGate, type Gate } from "./gate.ts";
import { localHealth } from "./engine-health.ts";
import { uncheckedOf } from "./gate-health.ts";
import { localEngine } from "./local-engine.ts";

/** Starts the gate of an emulator, before `to`: in its process, by its state, clock and trail, and with its certificates. */
export function startOwnGate(
  emulation: Emulation,
  to: string,
  { requestTimeout, tls }: { readonly requestTimeout: number; readonly tls: Pick<Tls, "secureContext"> | undefined },
): Promise<Gate> {
  const { gatePort, gateUnmapped, gateUpstreamKeys } = emulation.options;
  return startGate(
    {
      ...emulation.options,
      port: gatePort,
      to: targets("gateTo")(to),
      upstreamKeys: gateUpstreamKeys === undefined ? undefined : accessKeys("gateUpstreamKeys")(gateUpstreamKeys),
    },
    {
      engine: localEngine(emulation, { unmapped: gateUnmapped }),
      health: async () => localHealth(emulation),
      unchecked: () => uncheckedOf(emulation.options.enforcement === "on" ? undefined : "permissions", gateUnmapped),
      now: () => emulation.clock.machineNow(),
      requestTimeout,
      tls,
    },
  );
}
