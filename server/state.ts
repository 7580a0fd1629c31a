import type { Clock } from "../data/clock.ts";
import { DataFolderError } from "../data/data-folder-error.ts";
import { openDisk, type Disk } from "../data/disk.ts";
import { collections } from "../data/entities/collections.ts";
import { fileBackend } from "../data/file-backend.ts";
import type { Random } from "../data/random.ts";
import { loadSealingKey, replaceSealingKey } from "../data/sealing-key.ts";
import { memoryBackend, openStore, StoreFailed, type Store, type Transaction } from "../data/store.ts";
import { fileFailure } from "./file-failure.ts";
import type { Options } from "./options.ts";
import type { Replicas } from "./replicas.ts";

/** The state of one emulator: its store, and the key that seals session tokens, which is stored separately. */
export interface State {
  readonly store: Store;
  readonly sealingKey: Buffer;
  /** Root's password where it was made up for all processes that share the state. */
  readonly rootPassword?: string | undefined;
  /** The other processes that share the state, if it can be shared. */
  readonly replicas?: Replicas;
  /**
   * Removes everything and replaces the sealing key, which ends all sessions; `grow` then fills the state again. It is
   * durable when this settles.
   */
  reset(grow?: (tx: Transaction) => void): Promise<void>;
  /** Calls `listener` with the new sealing key after a reset by this process or another, before anything else happens. */
  onReset(listener: (sealingKey: Buffer) => void): void;
}

/** What decides where the state is. */
export type Place = Pick<Options, "data" | "store" | "storeKey" | "rootPassword">;

/** The clock, chance and voice of an emulator. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly warn: (line: string) => void;
}

/**
 * Opens the state in a database that is shared, in a folder, or in memory. Rejects with DataFolderError if another
 * process has the folder, it cannot be created, or its content cannot be read; and with StoreFailed if the database cannot
 * be used.
 */
export async function openState(place: Place, surroundings: Surroundings): Promise<State> {
  if (place.store !== undefined) return await openShared(place.store, place, surroundings);
  return await openFolder(place.data, surroundings).catch((cause: unknown) => {
    if (cause instanceof DataFolderError) throw cause;
    throw new DataFolderError(`the state in ${place.data} cannot be opened: ${fileFailure(cause)}.`, { cause });
  });
}

/** Where the state is, for people: without the password of a database. */
export function placeOf({ data, store }: Pick<Options, "data" | "store">): string {
  if (store === undefined) return data ?? "memory";
  const { protocol, host, pathname } = new URL(store);
  return `${protocol}//${host}${pathname}`;
}

/** Its modules are loaded only for those who share their state, who are few. */
async function openShared(url: string, place: Place, surroundings: Surroundings): Promise<State> {
  const { openSharedState } = await import("./shared-state.ts");
  return await openSharedState(url, place, surroundings).catch((cause: unknown) => {
    if (!(cause instanceof StoreFailed)) throw cause;
    throw new StoreFailed(`the state in ${placeOf(place)} cannot be opened: ${cause.message.replace(/\.$/, "")}.`, {
      cause,
    });
  });
}

async function openFolder(folder: string | undefined, { random, warn }: Surroundings): Promise<State> {
  const disk = folder === undefined ? undefined : await openDisk(folder);
  const sealingKey = await loadSealingKey(random, disk).catch(async (error: unknown) => {
    await disk?.close();
    throw error;
  });
  const store = await openStore({ collections, backend: backendOn(disk, warn) });
  let listener: (sealingKey: Buffer) => void = () => {};
  return {
    store,
    sealingKey,
    async reset(grow) {
      listener(await replaceSealingKey(random, disk));
      store.reset(grow);
      await store.durable();
    },
    onReset(given) {
      listener = given;
    },
  };
}

const backendOn = (disk: Disk | undefined, warn: (line: string) => void) =>
  disk === undefined ? memoryBackend() : fileBackend(disk, { warn });
