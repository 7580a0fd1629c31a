import { DataFolderError } from "../data/data-folder-error.ts";
import { openDisk, type Disk } from "../data/disk.ts";
import { collections } from "../data/entities/collections.ts";
import { fileBackend } from "../data/file-backend.ts";
import type { Random } from "../data/random.ts";
import { loadSealingKey, replaceSealingKey } from "../data/sealing-key.ts";
import { memoryBackend, openStore, type Store } from "../data/store.ts";
import { fileFailure } from "./file-failure.ts";

/** The state of one emulator: its store, and the key that seals session tokens, which is stored separately. */
export interface State {
  readonly store: Store;
  readonly sealingKey: Buffer;
  /** Replaces the sealing key, which ends all sessions. The new key is durable when this settles. */
  replaceSealingKey(): Promise<Buffer>;
}

/**
 * Opens the state in `folder`, or in memory if there is none. Rejects with DataFolderError if another process has the
 * folder, it cannot be created, or its content cannot be read.
 */
export async function openState(
  folder: string | undefined,
  random: Random,
  warn: (line: string) => void,
): Promise<State> {
  return await open(folder, random, warn).catch((cause: unknown) => {
    if (cause instanceof DataFolderError) throw cause;
    throw new DataFolderError(`the state in ${folder} cannot be opened: ${fileFailure(cause)}.`, { cause });
  });
}

async function open(folder: string | undefined, random: Random, warn: (line: string) => void): Promise<State> {
  const disk = folder === undefined ? undefined : await openDisk(folder);
  const sealingKey = await loadSealingKey(random, disk).catch(async (error: unknown) => {
    await disk?.close();
    throw error;
  });
  const store = await openStore({ collections, backend: backendOn(disk, warn) });
  return { store, sealingKey, replaceSealingKey: () => replaceSealingKey(random, disk) };
}

const backendOn = (disk: Disk | undefined, warn: (line: string) => void) =>
  disk === undefined ? memoryBackend() : fileBackend(disk, { warn });
