import { DataFolderError } from "../data/data-folder-error.ts";
import type { IamLocal } from "../server/index.ts";
import type { InitReport } from "../server/init-report.ts";
import { InvalidOption } from "../server/option-values.ts";
import { DEFAULTS, type Options } from "../server/options.ts";
import { SeedError } from "../server/seed/seed-error.ts";
import { banner } from "./banner.ts";
import { CommandFailed } from "./control-client.ts";
import { startedAsJson } from "./started.ts";

/** What happens besides, in a container. */
export interface Around {
  readonly initReport: InitReport;
  /** When it answers; resolves with a last line to say. */
  readonly ready: (server: IamLocal) => Promise<string>;
  /** Before it closes. */
  readonly closing: () => Promise<void>;
}

/** Serves until a signal tells it to stop, which ends the process. Throws CommandFailed where it cannot start. */
export async function serve(chosen: Partial<Options>, asJson: boolean, around?: Around): Promise<void> {
  const say = asJson ? console.error : console.log;
  const { start } = await import("../server/index.ts");
  const settings = { ...DEFAULTS, ...chosen };
  const server = await start({ ...chosen, ...(around && { initReport: around.initReport }) }).catch(
    (cause: unknown) => {
      throw startFailure(cause, settings);
    },
  );

  let closing = false;
  const stop = (signal: NodeJS.Signals) => {
    // Under `npm start` Ctrl-C comes twice: from the terminal, and passed on by npm.
    if (closing) return;
    closing = true;
    say(`iam-local: ${signal}, closing`);
    const closed = around ? around.closing().then(() => server.close()) : server.close();
    closed.then(
      () => process.exit(0),
      (cause: unknown) => {
        console.error("iam-local: could not close cleanly:", cause);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  // Only now, since whoever waits for it may send a signal at once.
  say(banner(server, settings));
  if (asJson) console.log(startedAsJson(server, settings));
  if (around) say(await around.ready(server));
}

/** What kept the emulator from starting, in one line where its cause is the user's to mend. */
function startFailure(cause: unknown, { host, port }: Options): unknown {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") {
    return new CommandFailed(
      `port ${port} at ${host} is taken. Stop what listens there, or choose another with --port.`,
    );
  }
  if (code === "EACCES") {
    return new CommandFailed(`this user may not listen at port ${port}. Choose one from 1024 with --port.`);
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new CommandFailed(`${host} is no address of this machine. Choose another with --host.`);
  }
  if (cause instanceof InvalidOption || cause instanceof DataFolderError || cause instanceof SeedError)
    return new CommandFailed(cause.message);
  return cause;
}
