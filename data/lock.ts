import { fstatSync, readFileSync, readlinkSync } from "node:fs";
import { open, readFile, rm, type FileHandle } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { DataFolderError } from "./data-folder-error.ts";

const LOCK = "lock";
const HEARTBEAT_MS = 1000;
/** How long to watch a lock whose process cannot be looked at: several heartbeats, since a busy process may be late. */
const WATCH_MS = 4000;

/** A folder that this process has locked. */
export interface FolderLock {
  /**
   * Shows processes in other containers and on other machines that this one is alive; happens every second by itself.
   */
  beat(): Promise<void>;
  /** Throws if the lock was taken away. */
  assertHeld(): void;
  release(): Promise<void>;
}

/** The holder of a lock. Pids are unique only within `place`, and are reused. */
interface Holder {
  readonly pid: number;
  /** The boot and the pid namespace (a container has its own), or the host where there is no /proc. */
  readonly place: string;
  /** When the process started, in ticks since the boot; null where there is no /proc. */
  readonly started: string | null;
}

/**
 * Locks the folder by creating its lock file. Throws DataFolderError if a living process has it; the lock of a dead one
 * is taken over. A lock from another container or machine, which may share the folder, is watched for a few seconds:
 * `watch` waits that long.
 */
export async function lockFolder(
  folder: string,
  watch: () => Promise<unknown> = () => wait(WATCH_MS),
): Promise<FolderLock> {
  const file = path.join(folder, LOCK);
  for (;;) {
    const lock = await create(file);
    if (lock !== undefined) return lock;
    const seen = await readLock(file);
    if (seen === undefined) continue;
    const holder = parse(seen);
    if (holder?.place === place()) {
      if (isAlive(holder)) throw inUse(folder, holder);
    } else {
      await watch();
      const later = await readLock(file);
      if (later === undefined) continue;
      if (later !== seen) throw inUse(folder, parse(later));
    }
    await takeAway(file, seen, watch);
  }
}

async function create(file: string): Promise<FolderLock | undefined> {
  const handle = await createNew(file);
  if (handle === undefined) return undefined;
  const self: Holder = { pid: process.pid, place: place(), started: startOf(process.pid) };
  const head = `${JSON.stringify(self)}\n`;
  let beats = 0;
  const beat = async () => {
    await handle.write(`${String(beats++).padStart(12, "0")}\n`, head.length);
  };
  const taken = () => fstatSync(handle.fd).nlink === 0;
  await handle.write(head, 0);
  await beat();
  const heart = setInterval(() => void beat().catch(() => {}), HEARTBEAT_MS).unref();

  return {
    beat,
    assertHeld() {
      if (taken()) throw new Error(`the lock ${file} was taken away while this process had it`);
    },
    async release() {
      clearInterval(heart);
      if (!taken()) await rm(file);
      await handle.close();
    },
  };
}

/**
 * Removes the lock of a dead process, unless another process has done so and put its own in its place. The process that
 * creates the claim file for this lock may remove it. A claim that stays was left by a process that died meanwhile.
 */
async function takeAway(file: string, seen: string, watch: () => Promise<unknown>): Promise<void> {
  const claim = `${file}.${crc32(seen).toString(16)}`;
  const claimed = await createNew(claim);
  if (claimed === undefined) await watch();
  try {
    if (claimed !== undefined && (await readLock(file)) === seen) await rm(file);
  } finally {
    await claimed?.close();
    await rm(claim, { force: true });
  }
}

/** Undefined if the file exists. */
async function createNew(file: string): Promise<FileHandle | undefined> {
  return await open(file, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
}

async function readLock(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** Undefined for a file that a crash left half written. */
function parse(lock: string): Holder | undefined {
  try {
    return JSON.parse(lock.slice(0, lock.indexOf("\n"))) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const [state, start] = [stat(pid)[STATE], startOf(pid)];
  // A zombie keeps its entry until its parent waits for it, but does nothing any more.
  return state !== "Z" && (start === null || started === null || start === started);
}

const STATE = 0;
const START_TIME = 19;

const startOf = (pid: number): string | null => stat(pid)[START_TIME] ?? null;

/**
 * The fields of /proc/PID/stat (proc(5)) after the name, which may contain blanks and parentheses; none if there is no
 * /proc.
 */
function stat(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function place(): string {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function inUse(folder: string, holder: Holder | undefined): DataFolderError {
  const who = holder === undefined ? "another process" : `process ${holder.pid}`;
  const where = holder === undefined || holder.place === place() ? "" : " of another container or machine";
  return new DataFolderError(
    `${folder} is in use by ${who}${where}. Stop that process, or use another folder; two emulators cannot share one.`,
  );
}
