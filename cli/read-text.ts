import { readFile } from "node:fs/promises";
import { fileFailure } from "../server/file-failure.ts";
import { CommandFailed } from "./control-client.ts";

/** The text of a file given to a command. Throws CommandFailed if it cannot be read. */
export const readText = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((cause: unknown) => {
    throw new CommandFailed(`${file} cannot be read: ${fileFailure(cause)}.`);
  });
