import { readFile } from "node:fs/promises";
import { fileFailure } from "../server/file-failure.ts";
import { CommandFailed } from "./control-client.ts";

/** The text in a file that a command was given. Throws CommandFailed where it cannot be read. */
export const readText = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((cause: unknown) => {
    throw new CommandFailed(`${file} cannot be read: ${fileFailure(cause)}.`);
  });
