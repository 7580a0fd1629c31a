import { readFileSync } from "node:fs";
import { StoreUnavailable } from "../data/store.ts";
import type { Emulation } from "./emulation.ts";
import type { Options } from "./options.ts";

/** This package's version. package.json is two folders above, in the compiled tree and in the bundle. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;

export type Health = ReturnType<typeof health>;

/**
 * The answer of `GET /_emulator/health`: the version, the rules, which checks are on, and whether the emulator can
 * serve at all. If the state has failed, or its database is not there, there is an `error`; see `healthStatus`.
 */
export function health({
  options,
  clock,
  store,
  replicas,
}: Pick<Emulation, "options" | "clock" | "store" | "replicas">) {
  return {
    status: !store.failure
      ? ("ok" as const)
      : store.failure instanceof StoreUnavailable
        ? ("unavailable" as const)
        : ("failed" as const),
    ...(store.failure && { error: { code: "ServiceFailure", message: store.failure.message } }),
    version: VERSION,
    account: options.account,
    mfaRules: options.mfaRules,
    state: options.store !== undefined ? "postgresql" : options.data === undefined ? "memory" : "file",
    ...(replicas && { replica: replicas.name }),
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

/** The HTTP status of that answer. A database that is gone may come back: the emulator lives, but is not ready. */
export const healthStatus = ({ store }: Pick<Emulation, "store">, asked: "lives" | "is ready"): number =>
  store.failure && (asked === "is ready" || !(store.failure instanceof StoreUnavailable)) ? 503 : 200;
