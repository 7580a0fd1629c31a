import { join } from "node:path";
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { DataFolderError } from "../data/data-folder-error.ts";
import { systemRandom } from "../data/random.ts";
import { StoreFailed } from "../data/store.ts";
import type { Copied } from "../server/copy-state.ts";
import { fileFailure } from "../server/file-failure.ts";
import { flagOf, variableOf } from "../server/option-table.ts";
import { InvalidOption } from "../server/option-values.ts";
import { CommandFailed } from "./control-client.ts";
import { countsOf } from "./counts.ts";

/** `store copy`: a state from a folder or a database to another one. */
export function addStoreCopyCommand(store: Command): void {
  store
    .command("copy")
    .argument("<from>", "the folder, or the URL of the database, that has the state")
    .argument("<to>", "the folder or database to copy it to, which must be empty or missing (a database must be there)")
    .option(
      `${flagOf("storeKey")} <TEXT>`,
      `opens the key of sessions in a database and seals it in another; ${variableOf("storeKey")} does the same`,
    )
    .description("copy a state between folders of --data and databases of --store: all of it, or nothing")
    .addHelpText(
      "after",
      `
All emulators on both must be stopped. The key of sessions goes along, so that session tokens stay valid.

Example:
  iam-local store copy ./state postgres://iam:secret@127.0.0.1/iam
  iam-local store copy postgres://iam:secret@127.0.0.1/iam ./state-of-today`,
    )
    .action(async (from: string, to: string, options: { readonly storeKey?: string }) => {
      const { copyState } = await import("../server/copy-state.ts");
      const storeKey = options.storeKey ?? process.env[variableOf("storeKey")];
      const copied = await copyState(from, to, { storeKey, random: systemRandom }).catch(failed);
      console.log([`Copied: ${countsOf(copied.copied)}`, ...remarks(from, to, copied)].join("\n"));
    });
}

function remarks(from: string, to: string, { left, keepsSessions, keepsRootPassword }: Copied): string[] {
  return [
    keepsSessions
      ? "The key of sessions was copied: session tokens stay valid."
      : "There was no key of sessions: all sessions have ended.",
    ...(left.size > 0 ? [`Not copied, since it lives as long as the replicas run: ${countsOf(left)}`] : []),
    ...(keepsRootPassword || !/:\/\//.test(from + to)
      ? []
      : [`Root's password, if it has set none, is a new one; ${flagOf("rootPassword")} gives it one.`]),
    ...(existsSync(join(from, "tls")) ? [`Not copied: ${join(from, "tls")}, the certificate of ${flagOf("tls")}`] : []),
  ];
}

function failed(cause: unknown): never {
  if (cause instanceof DataFolderError || cause instanceof StoreFailed) throw new CommandFailed(cause.message);
  if (cause instanceof InvalidOption) throw new CommandFailed(`${cause.message}.`);
  throw new CommandFailed(`${(cause as NodeJS.ErrnoException).path ?? "the copy failed"}: ${fileFailure(cause)}.`);
}
