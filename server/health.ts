import { readFileSync } from "node:fs";
import type { Emulation } from "./emulation.ts";

/** Of this package; the file lies two folders above in the compiled tree and in the bundle alike. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;

export type Health = ReturnType<typeof health>;

/** What `GET /_emulator/health` says: which version, which rules, and whether every check is on. */
export function health({ options, clock }: Pick<Emulation, "options" | "clock">) {
  return {
    status: "ok",
    version: VERSION,
    account: options.account,
    mfaRules: options.mfaRules,
    state: options.data === undefined ? "memory" : "file",
    clock: { now: new Date(clock.now()).toISOString(), moved: clock.moved, frozen: clock.frozen },
    ...(options.idp && { identityProvider: "on" as const }),
    checks: { signatures: "on", mfaCodes: "on", permissions: options.enforcement },
  };
}
