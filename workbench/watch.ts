import { watch as watchFolder } from "node:fs";
import { dirname } from "node:path";
import type { Output } from "./command.ts";
import { isFolder } from "./test-files.ts";

/** Tells of changes below a folder until it is stopped. */
export type Watch = (folder: string, changed: () => void) => { close(): void };

const onDisk: Watch = (folder, changed) => watchFolder(folder, { recursive: true }, changed);

/**
 * Runs again whenever something changes in the folders of these paths, one run at a time: what changes meanwhile is answered
 * by one more. Ends when `signal` says so.
 */
export async function watchTests(
  paths: readonly string[],
  run: () => Promise<unknown>,
  output: Output,
  { watch = onDisk, signal }: { readonly watch?: Watch; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const folders = new Set(paths.map((path) => (isFolder(path) ? path : dirname(path))));
  let wake: (() => void) | undefined;
  let isStale = false;
  const stir = () => {
    isStale = true;
    wake?.();
  };
  const watchers = [...folders].map((folder) => watch(folder, stir));
  signal?.addEventListener("abort", () => wake?.());
  output.write(`Waiting for changes in ${[...folders].join(", ")} (Ctrl+C ends it)\n`);
  while (!signal?.aborted) {
    if (!isStale) await new Promise<void>((resolve) => (wake = resolve));
    if (!isStale) continue;
    isStale = false;
    await run();
  }
  for (const watcher of watchers) watcher.close();
}
