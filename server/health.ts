import { readFileSync } from "node:fs";
import type { Emulation } from "./emulation.ts";
import type { Options } from "./options.ts";

/** This package's version. package.json is two folders above, in the compiled tree and in the bundle. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;

export type Health = ReturnType<typeof health>;

/**
 * The answer of `GET /_emulator/health`: the version, the rules, which checks are on, and whether the emulator can
 * serve at all. If the state has failed there is an `error`, and the status is 503.
 */
export function health({ options, clock, store }: Pick<Emulation, "options" | "clock" | "store">) {
  return {
    status: store.failure ? ("failed" as const) : ("ok" as const),
    ...(store.failure && { error: { code: "ServiceFailure", message: store.failure.message } }),
    version: VERSION,
    account: options.account,
    mfaRules: options.mfaRules,
    state: options.data === undefined ? "memory" : "file",
    clock: { now: new Date(clock.now()).toISOString(), moved: clock.moved, frozen: clock.frozen },
    ...(options.idp && { identityProvider: "on" as const }),
    ...(options.gateTo !== undefined && { gate: { to: options.gateTo, unmapped: options.gateUnmapped } }),
    checks: checksOf(options),
  };
}

/** Which checks are on. */
export const checksOf = ({ enforcement }: Pick<Options, "enforcement">) => ({
  signatures: "on",
  mfaCodes: "on",
  permissions: enforcement,
});

/** The HTTP status of that answer. */
export const healthStatus = ({ store }: Pick<Emulation, "store">): number => (store.failure ? 503 : 200);
