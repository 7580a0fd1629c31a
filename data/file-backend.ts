import { COMMITTED, createCommitted, nothingCommitted, updateCommitted, type Committed } from "./committed.ts";
import { DamagedFolder } from "./data-folder-error.ts";
import type { Disk } from "./disk.ts";
import { foldInWorker } from "./fold-in-worker.ts";
import { encodeChange, encodeLine, listSegments, segmentName } from "./journal.ts";
import { SNAPSHOT } from "./snapshot.ts";
import { fold, readState, type StoredState } from "./stored-state.ts";
import { StoreFailed, type Backend, type Change, type Key } from "./store.ts";

export interface FileBackendOptions {
  /**
   * The journal is folded when it has more bytes than this, and more than the snapshot; reading 4 MB takes a fifth of a
   * second.
   */
  readonly foldBeyond?: number;
  /** How to fold a journal while the process runs: in a worker thread, unless a test's disk is not a folder. */
  readonly fold?: (disk: Disk, upTo: number) => Promise<number>;
  /** Receives sentences about problems that lost nothing. */
  readonly warn?: (sentence: string) => void;
}

/** Commits that share one line of the journal and one flush. */
interface Batch {
  readonly changes: string[];
  readonly durable: Promise<void>;
  readonly settle: { resolve(): void; reject(reason: Error): void };
}

/**
 * Keeps state in a folder: a snapshot (`db.json`), and a journal to which each commit is appended, so that a write
 * costs as much as its change, whatever the size of the state. It takes over the disk and closes it.
 */
export const fileBackend = (disk: Disk, options: FileBackendOptions = {}): Backend => new FileBackend(disk, options);

class FileBackend implements Backend {
  failure: StoreFailed | undefined;
  readonly #disk: Disk;
  readonly #options: Required<FileBackendOptions>;
  /** The journal's last line. */
  #last: Committed = nothingCommitted;
  /** Whether the file that says what was committed exists. */
  #tracked = false;
  /** The segment that is being written; undefined until there is something to write. */
  #segment: string | undefined;
  #journalBytes = 0;
  /** The size from which the journal is folded. */
  #foldBeyond = Infinity;
  #folding: Promise<void> | undefined;
  /** Commits that wait for the next flush, and those in the current flush. */
  #waiting: Batch | undefined;
  #flushing: Batch | undefined;
  #draining = false;

  constructor(
    disk: Disk,
    { foldBeyond = 4_000_000, fold: foldJournal = foldInWorker, warn = () => {} }: FileBackendOptions,
  ) {
    this.#disk = disk;
    this.#options = { foldBeyond, fold: foldJournal, warn };
  }

  async load(
    collections: ReadonlySet<string>,
    restore: (collection: string, key: Key, entity: unknown) => void,
  ): Promise<void> {
    try {
      await this.#load(collections, restore);
    } catch (error) {
      await this.#disk.close();
      throw error;
    }
  }

  commit(changes: Iterable<Change>): void {
    if (this.failure) throw this.failure;
    const encoded: string[] = [];
    for (const change of changes) encoded.push(encodeChange(change));
    this.#waiting ??= newBatch();
    for (const change of encoded) this.#waiting.changes.push(change);
    if (this.#draining) return;
    this.#draining = true;
    // Requests that arrived together are answered in one turn of the event loop; this flush waits for all of them.
    setImmediate(() => void this.#drain());
  }

  durable(): Promise<void> | undefined {
    return this.failure ? Promise.reject(this.failure) : (this.#waiting ?? this.#flushing)?.durable;
  }

  async close(): Promise<void> {
    try {
      await this.durable()?.catch(() => {});
      await this.#folding;
      if (this.failure) throw this.failure;
      if (this.#journalBytes > 0) await this.#fold(fold);
    } finally {
      await this.#disk.close();
    }
  }

  async #load(
    known: ReadonlySet<string>,
    restore: (collection: string, key: Key, entity: unknown) => void,
  ): Promise<void> {
    const state = await readState(this.#disk, { known });
    try {
      for (const [name, entries] of state.collections) {
        for (const [key, entity] of entries.values()) restore(name, key, entity);
      }
    } catch (error) {
      throw new DamagedFolder(this.#disk.folder, `${this.#disk.folder}: ${(error as Error).message}`, { cause: error });
    }
    if (state.end) await this.#recover(state.end);
    this.#last = state.last;
    this.#journalBytes = state.journalBytes;
    this.#foldBeyond = this.#limit(state.snapshotBytes);
    this.#tracked = state.committed !== undefined;
    if (state.last.sequence > (state.committed?.sequence ?? 0)) await this.#track();
    if (!state.sealed) await this.#seal();
  }

  async #track(): Promise<void> {
    await createCommitted(this.#disk, this.#last);
    this.#tracked = true;
  }

  /** Done once, for a folder of an older version. */
  async #seal(): Promise<void> {
    this.#options.warn(
      `${this.#disk.folder} was written by an older iam-local, whose files had no checksum: it is taken as it is, and has them from now on`,
    );
    await this.#foldAndRemove(fold, this.#last.sequence);
    this.#journalBytes = 0;
  }

  /** An existing journal was left by a crash. What was read from it must be made durable before anybody sees it. */
  async #recover({ file, wholeBytes, tornBytes }: NonNullable<StoredState["end"]>): Promise<void> {
    if (tornBytes > 0) {
      await this.#disk.truncate(file, wholeBytes);
      this.#options.warn(
        `${this.#disk.folder}/${file}: cut off ${tornBytes} bytes of a commit that a crash interrupted before it was acknowledged`,
      );
    }
    await this.#disk.sync(file);
    await this.#disk.syncFolder();
  }

  async #drain(): Promise<void> {
    while (this.#waiting) {
      const batch = (this.#flushing = this.#waiting);
      this.#waiting = undefined;
      try {
        await this.#write(batch.changes);
      } catch (error) {
        return this.#fail(error as Error);
      }
      this.#flushing = undefined;
      batch.settle.resolve();
      if (this.#journalBytes > this.#foldBeyond) this.#folding ??= this.#foldMeanwhile();
    }
    this.#draining = false;
  }

  async #write(changes: readonly string[]): Promise<void> {
    if (!this.#tracked) await this.#track();
    const sequence = this.#last.sequence + 1;
    const { line, checksum } = encodeLine(sequence, this.#last.line, changes);
    const fresh = this.#segment === undefined;
    const segment = (this.#segment ??= segmentName(sequence));
    await this.#disk.append(segment, line);
    await this.#disk.sync(segment);
    if (fresh) await this.#disk.syncFolder();
    this.#last = { sequence, line: checksum };
    this.#journalBytes += Buffer.byteLength(line);
    await updateCommitted(this.#disk, this.#last);
    // Makes it durable that there is a segment, so that its removal is noticed.
    if (fresh) await this.#disk.sync(COMMITTED);
  }

  /**
   * A failed flush is never retried: the system may have dropped what it could not write, and would then report
   * success.
   */
  #fail(cause: Error): void {
    this.failure = new StoreFailed(
      `${this.#disk.folder}: a commit could not be stored (${cause.message}). Make sure that the disk works and has room, then restart.`,
      { cause },
    );
    for (const batch of [this.#flushing, this.#waiting]) batch?.settle.reject(this.failure);
  }

  async #foldMeanwhile(): Promise<void> {
    await this.#fold(this.#options.fold);
    this.#folding = undefined;
  }

  /**
   * Closes the segment and folds everything written so far. If folding fails, the journal stays whole and keeps
   * growing.
   */
  async #fold(foldJournal: (disk: Disk, upTo: number) => Promise<number>): Promise<void> {
    const upTo = this.#last.sequence;
    const bytes = this.#journalBytes;
    this.#segment = undefined;
    try {
      const snapshotBytes = await this.#foldAndRemove(foldJournal, upTo);
      this.#journalBytes -= bytes;
      this.#foldBeyond = this.#limit(snapshotBytes);
    } catch (error) {
      this.#foldBeyond = this.#journalBytes + this.#options.foldBeyond;
      this.#options.warn(
        `${this.#disk.folder}: the journal could not be folded into ${SNAPSHOT} (${(error as Error).message}); nothing is lost, ` +
          `and it will be tried again`,
      );
    }
  }

  async #foldAndRemove(foldJournal: typeof fold, upTo: number): Promise<number> {
    const snapshotBytes = await foldJournal(this.#disk, upTo);
    for (const { file, first } of await listSegments(this.#disk)) {
      if (first <= upTo) await this.#disk.remove(file);
    }
    return snapshotBytes;
  }

  #limit(snapshotBytes: number): number {
    return Math.max(this.#options.foldBeyond, snapshotBytes);
  }
}

function newBatch(): Batch {
  let settle: Batch["settle"];
  const durable = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Nobody waits for notes.
  durable.catch(() => {});
  return { changes: [], durable, settle: settle! };
}
