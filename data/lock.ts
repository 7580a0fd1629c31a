import { fstatSync, readFileSync, readlinkSync } from "node:fs";
import { open, readFile, rm, type FileHandle } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { DataFolderError } from "./data-folder-error.ts";

const LOCK = "lock";
const HEARTBEAT_MS = 1000;
/** How long a lock is watched whose process cannot be looked at: some heartbeats, since a busy process may be late. */
const WATCH_MS = 4000;

/** A folder that is taken by this process. */
export interface FolderLock {
  /** Shows processes in other containers and machines that this one is alive; it happens by itself every second. */
  beat(): Promise<void>;
  /** Throws where the lock has been taken away. */
  assertHeld(): void;
  release(): Promise<void>;
}

/** Who holds a lock: pids mean something only among the processes that `place` names, and are used again. */
interface Holder {
  readonly pid: number;
  /** The boot and the pid namespace (a container has its own), or the host where there is no /proc. */
  readonly place: string;
  /** When the process started, in ticks since the boot; null where there is no /proc. */
  readonly started: string | null;
}

/**
 * Takes the folder by creating its lock file. Throws DataFolderError where a living process has it; the lock of a dead
 * one is taken over. Where it is of another container or machine, which share the folder perhaps, it is watched for a
 * few seconds: `watch` waits that long.
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
 * Removes the lock of a dead process, unless another process has done so and put its own in its place. Whoever creates
 * the claim to this very lock may remove it; a claim that stays was left by a process that died at it.
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

/** Undefined where the file exists. */
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

/** Undefined for what a crash left half written. */
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
  // A zombie has an entry until its parent asks for it, but does nothing any more.
  return state !== "Z" && (start === null || started === null || start === started);
}

const STATE = 0;
const START_TIME = 19;

const startOf = (pid: number): string | null => stat(pid)[START_TIME] ?? null;

/** The fields of /proc/PID/stat (proc(5)) behind the name, which may contain blanks and parentheses; none where there is no /proc. */
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
