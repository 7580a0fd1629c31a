import { writeSync } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, truncate, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { DataFolderError } from "./data-folder-error.ts";
import { lockFolder, type FolderLock } from "./lock.ts";

/**
 * The few operations that the file backend needs of a folder. Only what `sync` (content) and `syncFolder` (names) have
 * confirmed is sure to outlive a loss of power. Tests use disks that lose the rest, are full, or fail.
 */
export interface Disk {
  /** The folder's path, for messages and for the worker that folds the journal. */
  readonly folder: string;
  list(): Promise<readonly string[]>;
  /** Undefined if there is no such file. */
  read(file: string): Promise<Buffer | undefined>;
  /** Creates the file, or replaces its content. */
  write(file: string, content: Iterable<string>): Promise<void>;
  /** Creates the file, or appends to it. */
  append(file: string, content: string): Promise<void>;
  /**
   * Replaces the beginning of an existing file in place. `content` must be so short that after a loss of power either
   * the old or the new is there whole.
   */
  overwrite(file: string, content: string): Promise<void>;
  truncate(file: string, length: number): Promise<void>;
  sync(file: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncFolder(): Promise<void>;
  /** A missing file is not an error. */
  remove(file: string): Promise<void>;
  /** Releases open files and the folder's lock. */
  close(): Promise<void>;
}

/**
 * Replaces the file with `content` so that at any moment, and after any crash, either the old or the new one is there.
 */
export async function replaceDurably(disk: Disk, file: string, content: Iterable<string>): Promise<void> {
  const temporary = `${file}.tmp`;
  await disk.write(temporary, content);
  await disk.sync(temporary);
  await disk.rename(temporary, file);
  await disk.syncFolder();
}

/**
 * Locks a folder for this process, creating it if it is missing, accessible to its owner only. Throws DataFolderError
 * if another process has it, or if it cannot be created.
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

/** Files in a real folder, for code that acts on behalf of the process that holds its lock. */
export class FolderDisk implements Disk {
  readonly folder: string;
  readonly #lock: FolderLock | undefined;
  /**
   * Files that were written, until they are renamed or removed: the system reports an error of a delayed write to this
   * handle.
   */
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
    // A process that slept so long that it was taken for dead may have lost the folder to another one.
    this.#lock?.assertHeld();
    const handle = this.#handles.get(file) ?? (await this.#open(file, "a"));
    await handle.appendFile(content);
  }

  async overwrite(file: string, content: string): Promise<void> {
    const handle = this.#handles.get(file) ?? (await this.#open(file, "r+"));
    // This only goes to the system's cache; handing it to another thread would make each commit ten times slower.
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
 * Creates the folder and its missing parents one by one. Node's recursive mkdir never ends if the system answers ENOENT
 * for a folder that cannot be created, as below /proc.
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
    // The new folder's name is stored in its parent, and must outlive a loss of power too.
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

/**
 * Makes an existing folder private if it is empty, such as a mounted volume, or already ours; any other is left alone.
 */
async function makePrivate(folder: string): Promise<void> {
  const files = await readdir(folder);
  if (files.length > 0 && !files.includes("db.json") && !files.includes("lock")) return;
  await chmod(folder, 0o700).catch((error: NodeJS.ErrnoException) => {
    // The mount point of a volume may belong to another user; the files in it are private anyway.
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
