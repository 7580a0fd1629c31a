import { checksOf, VERSION } from "../server/health.ts";
import type { IamLocal } from "../server/index.ts";
import type { Options } from "../server/options.ts";
import { consoleUrl, knownSecret, reachable } from "./banner.ts";

/**
 * What `start --json` prints for programs: one line once the emulator answers (docs/testing.md, "From any language"). A
 * secret that the user chose is not repeated: its member is absent.
 */
export function startedAsJson(
  server: Pick<IamLocal, "endpoint" | "gate" | "rootSignIn" | "tls">,
  options: Options,
): string {
  const endpoint = reachable(server.endpoint);
  const { email, password } = server.rootSignIn;
  return JSON.stringify({
    endpoint,
    console: consoleUrl(server.endpoint),
    control: options.control ? `${endpoint}/_emulator` : undefined,
    gate: server.gate && reachable(server.gate.endpoint),
    idp: options.idp ? `${endpoint}/_idp` : undefined,
    pid: process.pid,
    version: VERSION,
    account: options.account,
    region: options.region,
    rootCredentials: { accessKeyId: options.rootAccessKeyId, secretAccessKey: knownSecret(options) },
    rootSignIn: { email, password: options.rootPassword === undefined && password !== "" ? password : undefined },
    checks: checksOf(options),
    tls: server.tls,
  });
}
