import { watch as watchFolder } from "node:fs";
import { dirname } from "node:path";
import type { Output } from "./command.ts";
import { isFolder } from "./test-files.ts";

/** Tells of the files that change below a folder, by their paths from there, until it is closed. */
export type Watch = (folder: string, changed: (file: string) => void) => { close(): void };

const onDisk: Watch = (folder, changed) =>
  watchFolder(folder, { recursive: true }, (_event, file) => changed(file ?? ""));

export interface WatchOptions {
  /** A file that the runs themselves write. */
  readonly written?: string | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal;
  readonly watch?: Watch;
}

/**
 * Runs again whenever a YAML or JSON file changes in the folders of these paths, one run at a time: what changes during one
 * is answered by one more.
 */
export async function watchTests(
  paths: readonly string[],
  run: () => Promise<unknown>,
  output: Output,
  { written = "coverage.json", signal, watch = onDisk }: WatchOptions = {},
): Promise<void> {
  const folders = [...new Set(paths.map((path) => (isFolder(path) ? path : dirname(path))))];
  let isStale = false;
  let wake = () => {};
  const stir = (file: string) => {
    if (!/\.(?:ya?ml|json)$/.test(file) || isWritten(file, written)) return;
    isStale = true;
    wake();
  };
  const watchers = folders.map((folder) => watch(folder, stir));
  signal?.addEventListener("abort", () => wake());
  const isEnded = () => signal?.aborted ?? false;
  output.write(`Waiting for changes in ${folders.join(", ")} (Ctrl+C ends it)\n`);
  while (!isEnded()) {
    if (isStale) {
      isStale = false;
      await run();
    } else {
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  for (const watcher of watchers) watcher.close();
}

/** Coverage in JSON, and the documents that coverage in lcov's form refers to. */
const isWritten = (file: string, written: string): boolean =>
  written.endsWith(file) || file.endsWith("coverage.json") || /\.policies[/\\]/.test(file);
