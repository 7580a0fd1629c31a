import { writeSync } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, truncate, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { DataFolderError } from "./data-folder-error.ts";
import { lockFolder, type FolderLock } from "./lock.ts";

/**
 * The little that the file backend needs of a folder of files. Nothing but what `sync` (content) and `syncFolder` (names)
 * have confirmed is sure to outlive a loss of power; tests put disks in its place that forget the rest, are full or fail.
 */
export interface Disk {
  /** Where the files are, for messages and for the worker that folds the journal. */
  readonly folder: string;
  list(): Promise<readonly string[]>;
  /** Undefined where there is no such file. */
  read(file: string): Promise<Buffer | undefined>;
  /** Creates the file, or replaces its content. */
  write(file: string, content: Iterable<string>): Promise<void>;
  /** Creates the file, or adds to its end. */
  append(file: string, content: string): Promise<void>;
  /** Replaces the beginning of a file that exists, in place. So little must be whole after a loss of power: the old or the new. */
  overwrite(file: string, content: string): Promise<void>;
  truncate(file: string, length: number): Promise<void>;
  sync(file: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncFolder(): Promise<void>;
  /** It is no error where there is no such file. */
  remove(file: string): Promise<void>;
  /** Lets go of open files and of the folder's lock. */
  close(): Promise<void>;
}

/** Puts `content` in the file's place so that at any moment, and after any crash, there is the old one or the new one. */
export async function replaceDurably(disk: Disk, file: string, content: Iterable<string>): Promise<void> {
  const temporary = `${file}.tmp`;
  await disk.write(temporary, content);
  await disk.sync(temporary);
  await disk.rename(temporary, file);
  await disk.syncFolder();
}

/**
 * Takes a folder for this process alone, and creates it where it is missing, open to its owner only.
 * Throws DataFolderError where another process has it, or none can be created there.
 */
export async function openDisk(folder: string): Promise<Disk> {
  const absolute = path.resolve(folder);
  await createFolder(absolute);
  const lock = await lockFolder(absolute).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new DataFolderError(`${absolute} takes no files.`);
    throw error;
  });
  return new FolderDisk(absolute, lock);
}

/** Files in a real folder, for whoever acts on behalf of the process that has its lock. */
export class FolderDisk implements Disk {
  readonly folder: string;
  readonly #lock: FolderLock | undefined;
  /** Files that were written, until they are renamed or removed: an error of a delayed write is told to their handle. */
  readonly #handles = new Map<string, FileHandle>();

  constructor(folder: string, lock?: FolderLock) {
    this.folder = folder;
    this.#lock = lock;
  }

  async list(): Promise<readonly string[]> {
    return await readdir(this.folder);
  }

  async read(file: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#path(file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async write(file: string, content: Iterable<string>): Promise<void> {
    await this.#close(file);
    const handle = await this.#open(file, "w");
    for (const part of content) await handle.appendFile(part);
  }

  async append(file: string, content: string): Promise<void> {
    // A process that slept long enough to be taken for dead may have lost the folder to another one.
    this.#lock?.assertHeld();
    const handle = this.#handles.get(file) ?? (await this.#open(file, "a"));
    await handle.appendFile(content);
  }

  async overwrite(file: string, content: string): Promise<void> {
    const handle = this.#handles.get(file) ?? (await this.#open(file, "r+"));
    // It goes no further than the system's cache: a tenth of what another thread would cost each commit.
    writeSync(handle.fd, content, 0);
  }

  async truncate(file: string, length: number): Promise<void> {
    await this.#close(file);
    await truncate(this.#path(file), length);
  }

  async sync(file: string): Promise<void> {
    const handle = this.#handles.get(file);
    if (handle) return await handle.datasync();
    const opened = await open(this.#path(file), "r+");
    try {
      await opened.datasync();
    } finally {
      await opened.close();
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#close(from);
    await rename(this.#path(from), this.#path(to));
  }

  async syncFolder(): Promise<void> {
    await syncFolder(this.folder);
  }

  async remove(file: string): Promise<void> {
    await this.#close(file);
    await rm(this.#path(file), { force: true });
  }

  async close(): Promise<void> {
    for (const file of this.#handles.keys()) await this.#close(file);
    await this.#lock?.release();
  }

  #path(file: string): string {
    return path.join(this.folder, file);
  }

  async #open(file: string, flags: string): Promise<FileHandle> {
    const handle = await open(this.#path(file), flags, 0o600);
    this.#handles.set(file, handle);
    return handle;
  }

  async #close(file: string): Promise<void> {
    const handle = this.#handles.get(file);
    this.#handles.delete(file);
    await handle?.close();
  }
}

/**
 * Creates the folder and those above it that are missing, one after the other: node's recursive mkdir never ends where the
 * system says that there is no such folder to create one in, as it does below /proc.
 */
async function createFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let above = folder; !(await isFolder(above)); above = path.dirname(above)) missing.unshift(above);
  if (missing.length === 0) return await makePrivate(folder);
  for (const created of missing) {
    const parent = path.dirname(created);
    await mkdir(created, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT")
        throw new DataFolderError(`${folder} cannot be created: ${parent} takes no folders.`);
      // Another process may have been faster.
      if (error.code !== "EEXIST" || !(await isFolder(created))) throw error;
    });
    // A new folder is itself a name in its parent, which must outlive a loss of power too.
    await syncFolder(parent);
  }
}

async function isFolder(name: string): Promise<boolean> {
  return await stat(name).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

/** Closes an existing folder to others, if it is empty, such as a mounted volume, or already ours; any other is left alone. */
async function makePrivate(folder: string): Promise<void> {
  const files = await readdir(folder);
  if (files.length > 0 && !files.includes("db.json") && !files.includes("lock")) return;
  await chmod(folder, 0o700).catch((error: NodeJS.ErrnoException) => {
    // The mount point of a volume may belong to somebody else; the files are private all the same.
    if (error.code !== "EPERM") throw error;
  });
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and NTFS needs no such call.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
