import type { Disk } from "../../data/disk.ts";

/** A file's content, and the part of it that is sure to survive a loss of power. */
interface File {
  content: Buffer;
  synced: Buffer;
  /** Overwritten in place since the last sync: a loss of power keeps or loses this as a whole. */
  overwritten?: boolean;
}

/** Picks a whole number from 0 up to, but not including, `below`. */
export type Pick = (below: number) => number;

/** The same picks for the same seed (Park and Miller's generator). */
export function seededPick(seed: number): Pick {
  let state = (seed % 2147483646) + 1;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

/**
 * A disk in memory that records what was synced. `fault` may delay an operation that changes something, or throw
 * instead of it; an append that it stops has written half of its content.
 */
export class SimulatedDisk implements Disk {
  readonly folder = "/simulated";
  readonly operations: string[] = [];
  fault: (operation: string, file: string) => void | Promise<void> = () => {};
  #names: Map<string, File>;
  #syncedNames: Map<string, File>;
  /** Changes of names since the last `syncFolder`. */
  #unsynced: { readonly name: string; readonly file: File | undefined }[] = [];

  constructor(files: ReadonlyMap<string, string | Buffer> = new Map()) {
    this.#names = new Map(
      [...files].map(([name, content]) => {
        const bytes = Buffer.from(content);
        return [name, { content: bytes, synced: bytes }];
      }),
    );
    this.#syncedNames = new Map(this.#names);
  }

  /** The files as a process sees them after a kill: the system has lost nothing. */
  files(): Map<string, Buffer> {
    return new Map([...this.#names].map(([name, { content }]) => [name, content]));
  }

  /**
   * The disk as it may be after a loss of power: with any of the unsynced name changes, and any part of the unsynced
   * content.
   */
  afterPowerLoss(pick: Pick): SimulatedDisk {
    const names = new Map(this.#syncedNames);
    for (const { name, file } of this.#unsynced) {
      if (pick(2) === 0) continue;
      if (file === undefined) names.delete(name);
      else names.set(name, file);
    }
    return new SimulatedDisk(new Map([...names].map(([name, file]) => [name, survivingContent(file, pick)])));
  }

  async list(): Promise<readonly string[]> {
    return [...this.#names.keys()];
  }

  async read(file: string): Promise<Buffer | undefined> {
    return this.#names.get(file)?.content;
  }

  async write(file: string, content: Iterable<string>): Promise<void> {
    await this.#begin("write", file);
    this.#file(file).content = Buffer.from([...content].join(""));
  }

  async append(file: string, content: string): Promise<void> {
    const target = this.#file(file);
    const bytes = Buffer.from(content);
    try {
      await this.#begin("append", file);
    } catch (error) {
      target.content = Buffer.concat([target.content, bytes.subarray(0, bytes.length / 2)]);
      throw error;
    }
    target.content = Buffer.concat([target.content, bytes]);
  }

  async overwrite(file: string, content: string): Promise<void> {
    await this.#begin("overwrite", file);
    const target = this.#file(file);
    target.content = Buffer.concat([Buffer.from(content), target.content.subarray(Buffer.byteLength(content))]);
    target.overwritten = true;
  }

  async truncate(file: string, length: number): Promise<void> {
    await this.#begin("truncate", file);
    const target = this.#file(file);
    target.content = target.content.subarray(0, length);
  }

  async sync(file: string): Promise<void> {
    await this.#begin("sync", file);
    const target = this.#file(file);
    target.synced = target.content;
    target.overwritten = false;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#begin("rename", to);
    this.#name(to, this.#file(from));
    this.#name(from, undefined);
  }

  async syncFolder(): Promise<void> {
    await this.#begin("syncFolder", "");
    this.#syncedNames = new Map(this.#names);
    this.#unsynced = [];
  }

  async remove(file: string): Promise<void> {
    await this.#begin("remove", file);
    if (this.#names.has(file)) this.#name(file, undefined);
  }

  async close(): Promise<void> {}

  async #begin(operation: string, file: string): Promise<void> {
    this.operations.push(`${operation} ${file}`.trim());
    await this.fault(operation, file);
  }

  #file(name: string): File {
    const found = this.#names.get(name);
    if (found) return found;
    const created: File = { content: Buffer.alloc(0), synced: Buffer.alloc(0) };
    this.#name(name, created);
    return created;
  }

  #name(name: string, file: File | undefined): void {
    if (file === undefined) this.#names.delete(name);
    else this.#names.set(name, file);
    this.#unsynced.push({ name, file });
  }
}

/**
 * The synced content, and any part of what was appended: its beginning, or its full length with zeros for missing
 * pages.
 */
function survivingContent({ content, synced, overwritten }: File, pick: Pick): Buffer {
  if (content.equals(synced)) return content;
  if (overwritten) return pick(2) === 0 ? synced : content;
  const grown = content.length > synced.length && content.subarray(0, synced.length).equals(synced);
  if (!grown) return pick(2) === 0 ? synced : content.subarray(0, pick(content.length + 1));
  const added = Buffer.from(content.subarray(synced.length));
  const kept = pick(added.length + 1);
  if (pick(2) === 0) return Buffer.concat([synced, added.subarray(0, kept)]);
  // Zeros for the rest, or for some of it.
  added.fill(0, kept, kept + pick(added.length - kept + 1));
  return Buffer.concat([synced, added]);
}
