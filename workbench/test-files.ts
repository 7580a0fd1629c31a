import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileFailure } from "../server/file-failure.ts";
import { PolicyTestError } from "./policy-test-error.ts";

const TEST_FILE = /\.test\.(?:ya?ml|json)$/;

/**
 * The files that paths stand for: a file for itself, a folder for all in it that end in `.test.yaml`, `.test.yml` or
 * `.test.json`, but for folders that begin with a dot and node_modules. Throws PolicyTestError where there are none.
 */
export function testFiles(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => (isFolder(path) ? filesBelow(path) : [path]));
  if (files.length > 0) return [...new Set(files)];
  throw new PolicyTestError(`there is no file *.test.yaml, *.test.yml or *.test.json in ${paths.join(", ")}.`);
}

/** Throws PolicyTestError for what is not there. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new PolicyTestError(`${path} cannot be read: ${fileFailure(cause)}.`);
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return /^\.|^node_modules$/.test(entry.name) ? [] : filesBelow(path);
      return TEST_FILE.test(entry.name) ? [path] : [];
    });
}
