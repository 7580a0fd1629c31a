import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { DataFolderError } from "../data/data-folder-error.ts";
import { openDisk, type Disk } from "../data/disk.ts";
import { collections } from "../data/entities/collections.ts";
import { accept, verify, type Findings } from "../data/salvage.ts";
import { fileFailure } from "../server/file-failure.ts";
import { CommandFailed } from "./control-client.ts";
import { countsOf } from "./counts.ts";
import { addStoreCopyCommand } from "./store-copy.ts";

/** `store`: commands for a state, the folder of --data or a database, while no emulator is using it. */
export function addStoreCommand(program: Command): void {
  const store = program.command("store").description("look at a state that no emulator is running on, or copy it");
  addStoreCopyCommand(store);
  store
    .command("verify")
    .argument("<folder>", "the folder")
    .description("say whether the folder is sound, and what can be kept of it where it is not")
    .option(
      "--accept",
      "take what can be kept, hand edits too, as the state from now on; the files that are there are kept",
    )
    .addHelpText(
      "after",
      `
A folder that was damaged or edited by hand is not served: restore it from a copy, or accept what is left of it.

Example:
  iam-local store verify ./state
  iam-local store verify ./state --accept`,
    )
    .action(async (folder: string, options: { readonly accept?: true }) => {
      await onFolder(folder, async (disk) => {
        const findings = await verify(disk, collections);
        const { problem, losses } = findings;
        if (problem === undefined) return console.log(soundness(disk.folder, findings));
        console.log([`${problem}.`, "", ...kept(findings), ...notKept(losses)].join("\n"));
        if (!options.accept)
          throw new CommandFailed(
            `${folder} is not sound. To take it as said: iam-local store verify ${folder} --accept`,
          );
        const replaced = await accept(disk, findings);
        console.log(`\nThat is the state from now on. The files that were there: ${replaced.join(", ")}`);
      });
    });
}

async function onFolder(folder: string, work: (disk: Disk) => Promise<void>): Promise<void> {
  try {
    if (!(await stat(folder)).isDirectory()) throw new CommandFailed(`${folder} is a file, no folder.`);
    const disk = await openDisk(folder);
    await work(disk).finally(() => disk.close());
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    if (cause instanceof DataFolderError) throw new CommandFailed(cause.message);
    throw new CommandFailed(`the state in ${folder} cannot be opened: ${fileFailure(cause)}.`);
  }
}

function soundness(folder: string, { sealed, last, collections: found }: Findings): string {
  const what = `${countsOf(sizesOf(found))}, up to line ${last.sequence} of the journal`;
  return sealed
    ? `${folder} is sound: ${what}`
    : `${folder} can be read: ${what}. An older iam-local wrote it, without checksums, so that changes do not show; the next start adds them`;
}

const kept = ({ collections: found, last }: Findings): string[] => [
  `Can be kept, as it reads now, up to line ${last.sequence} of the journal: ${countsOf(sizesOf(found))}`,
];

const SHOWN = 20;

function notKept(losses: readonly string[]): string[] {
  const more = losses.length - SHOWN;
  return [
    ...(losses.length === 0 ? [] : ["Cannot be kept:"]),
    ...losses.slice(0, SHOWN).map((loss) => `  ${loss}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

const sizesOf = (found: Findings["collections"]) => [...found].map(([name, entries]) => [name, entries.size] as const);
