import type { IamLocal } from "../server/index.ts";
import type { InitReport } from "../server/init-report.ts";
import { DEFAULTS, type Options } from "../server/options.ts";
import { banner } from "./banner.ts";
import { listenFailure, untilStopped } from "./until-stopped.ts";
import { startedAsJson } from "./started.ts";

/** What else happens around serving, in a container. */
export interface Around {
  readonly initReport: InitReport;
  /** Called when the emulator answers; resolves with a last line to print. */
  readonly ready: (server: IamLocal) => Promise<string>;
  /** Called before it closes. */
  readonly closing: () => Promise<void>;
}

/** Serves until a signal stops it, which ends the process. Throws CommandFailed if it cannot start. */
export async function serve(chosen: Partial<Options>, asJson: boolean, around?: Around): Promise<void> {
  const say = asJson ? console.error : console.log;
  const { start } = await import("../server/index.ts");
  const settings = { ...DEFAULTS, ...chosen };
  const server = await start({ ...chosen, ...(around && { initReport: around.initReport }) }).catch(
    (cause: unknown) => {
      throw startFailure(cause, settings);
    },
  );

  untilStopped(async () => {
    await around?.closing();
    await server.close();
  }, say);
  // Only now, since whoever waits for it may send a signal at once.
  say(banner(server, settings));
  if (asJson) console.log(startedAsJson(server, settings));
  if (around) say(await around.ready(server));
}

/** What kept the emulator from starting: it, or its gate. */
function startFailure(cause: unknown, { host, port, gatePort, gateTo }: Options): unknown {
  const { port: taken = port } = cause as { readonly port?: number };
  const isGate = gateTo !== undefined && taken === gatePort;
  return listenFailure(cause, host, taken, isGate ? "--gate-port" : "--port");
}
