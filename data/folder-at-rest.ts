import { rmdir, stat } from "node:fs/promises";
import { COMMITTED, createCommitted } from "./committed.ts";
import type { Collection } from "./contract.ts";
import { DataFolderError } from "./data-folder-error.ts";
import { openDisk, type Disk } from "./disk.ts";
import { encodeLine, NO_LINE } from "./journal.ts";
import { readSealingKey, SEALING_KEY, writeSealingKey } from "./sealing-key.ts";
import { emptySnapshot, SNAPSHOT, SnapshotFile } from "./snapshot.ts";
import type { Pages, StoredEntity } from "./stored-entity.ts";
import { apply, readState, sorted, type Entries } from "./stored-state.ts";

/** A folder that no emulator uses, nor can use until it is closed. */
export interface FolderAtRest {
  /** Undefined if it has none. */
  readonly sealingKey: Buffer | undefined;
  /** Throws DataFolderError if something is damaged, or in a collection that is not known. */
  pages(): Pages;
  close(): Promise<void>;
}

/** Rejects with DataFolderError if the folder is in use or holds no state; it is not changed. */
export async function openFolderAtRest(folder: string, known: readonly Collection<never>[]): Promise<FolderAtRest> {
  if (!(await stat(folder)).isDirectory()) throw new DataFolderError(`${folder} is a file, no folder.`);
  const disk = await openDisk(folder);
  try {
    const sealingKey = await readSealingKey(disk);
    const files = await disk.list();
    if (!files.some((file) => file === SEALING_KEY || file === SNAPSHOT || file.startsWith("journal-"))) {
      throw new DataFolderError(`${disk.folder} holds no state.`);
    }
    return { sealingKey, pages: () => pagesOf(disk, known), close: () => disk.close() };
  } catch (error) {
    await disk.close();
    throw error;
  }
}

/**
 * Makes a state and its key the content of a folder, which must be empty or missing. Rejects with DataFolderError if it
 * is not empty or in use, and with whatever `pages` throws. Then it is as it was.
 */
export async function fillFolder(folder: string, sealingKey: Buffer, pages: Pages): Promise<void> {
  const isNew = await stat(folder).then(
    () => false,
    () => true,
  );
  const disk = await openDisk(folder);
  try {
    await fillDisk(disk, sealingKey, pages).finally(() => disk.close());
  } catch (error) {
    if (isNew) await rmdir(disk.folder);
    throw error;
  }
}

/** The same for a folder that is open. */
export async function fillDisk(disk: Disk, sealingKey: Buffer, pages: Pages): Promise<void> {
  const file = (await disk.list()).find((name) => !OTHERS.has(name));
  if (file !== undefined) {
    throw new DataFolderError(`${disk.folder} is not empty: it holds ${file}. Nothing was changed.`);
  }
  const collections = new Map<string, Entries>();
  for await (const page of pages)
    for (const { collection, key, entity } of page) {
      apply(["put", collection, key, entity], collections);
    }
  // As if one line of a journal had been folded, so that a snapshot that is lost will be missed.
  const last = { sequence: 1, line: encodeLine(1, NO_LINE, []).checksum };
  const snapshot = { ...emptySnapshot, ...last, collections: Object.fromEntries(sorted(collections)) };
  try {
    await writeSealingKey(disk, sealingKey);
    // There at once or not at all; if the last file is not, the folder is refused.
    await new SnapshotFile(disk).write(snapshot);
    await createCommitted(disk, last);
  } catch (error) {
    for (const name of [SNAPSHOT, COMMITTED, SEALING_KEY]) {
      await disk.remove(name);
      await disk.remove(`${name}.tmp`);
    }
    throw error;
  }
}

/** What does not make a folder full: its lock, and what file systems make. */
const OTHERS: ReadonlySet<string> = new Set(["lock", "lost+found"]);

/** As large as a portion that is sent to a database at once. */
const PAGE = 2000;

async function* pagesOf(disk: Disk, known: readonly Collection<never>[]): Pages {
  const { collections } = await readState(disk, { known: new Set(known.map(({ name }) => name)) });
  let page: StoredEntity[] = [];
  for (const [collection, entries] of collections) {
    for (const [key, entity] of entries.values()) {
      page.push({ collection, key, entity });
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
  }
  yield page;
}
