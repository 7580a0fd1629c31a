import type { Emulation } from "../emulation.ts";
import { checksOf, VERSION, type Health } from "../health.ts";
import type { GateHealth } from "./gate-health.ts";

/** What a gate in the emulator's process says of its decisions. */
export function localHealth(emulation: Emulation): GateHealth {
  const { options } = emulation;
  return {
    status: emulation.store.failure ? "failed" : "ok",
    version: VERSION,
    iam: options.publicUrl,
    unmapped: options.gateUnmapped,
    checks: checksOf(options),
  };
}

/** In milliseconds; who asks for a gate's health waits. */
const PATIENCE = 5_000;

/** The same of a gate beside the emulator at `iam`, which is asked; `failed` where it does not answer. */
export async function remoteHealth(iam: string, unmapped: GateHealth["unmapped"]): Promise<GateHealth> {
  const own = { version: VERSION, iam, unmapped };
  try {
    const response = await fetch(new URL("/_emulator/health", iam), { signal: AbortSignal.timeout(PATIENCE) });
    const { status, checks } = (await response.json()) as Pick<Health, "status" | "checks">;
    return { ...own, status: status === "ok" ? "ok" : "failed", checks };
  } catch {
    return { ...own, status: "failed", checks: {} };
  }
}
