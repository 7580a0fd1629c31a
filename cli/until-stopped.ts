import { DataFolderError } from "../data/data-folder-error.ts";
import { StoreFailed } from "../data/store.ts";
import { InvalidOption } from "../server/option-values.ts";
import { SeedError } from "../server/seed/seed-error.ts";
import { CommandFailed } from "./control-client.ts";

/** Closes on Ctrl-C and SIGTERM, and ends the process. */
export function untilStopped(close: () => Promise<void>, say: (line: string) => void): void {
  let closing = false;
  const stop = (signal: NodeJS.Signals) => {
    // Under `npm start` Ctrl-C comes twice: from the terminal, and passed on by npm.
    if (closing) return;
    closing = true;
    say(`iam-local: ${signal}, closing`);
    close().then(
      () => process.exit(0),
      (cause: unknown) => {
        console.error("iam-local: could not close cleanly:", cause);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** Errors whose message says all. */
const TOLD = [InvalidOption, DataFolderError, StoreFailed, SeedError];

/** What kept a server from starting, in one line where its cause is the user's to mend; `flag` chooses the port. */
export function listenFailure(cause: unknown, host: string, port: number, flag: string): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    return new CommandFailed(
      `port ${port} at ${host} is taken. Stop what listens there, or choose another with ${flag}.`,
    );
  }
  if (code === "EACCES") {
    return new CommandFailed(`this user may not listen at port ${port}. Choose one from 1024 with ${flag}.`);
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new CommandFailed(`${host} is no address of this machine. Choose another with --host.`);
  }
  return TOLD.some((kind) => cause instanceof kind) ? new CommandFailed((cause as Error).message) : cause;
}
