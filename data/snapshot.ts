import { createHash, hash } from "node:crypto";
import type { Adapter } from "lowdb";
import { DamagedFolder, DataFolderError } from "./data-folder-error.ts";
import { replaceDurably, type Disk } from "./disk.ts";
import { NO_LINE } from "./journal.ts";
import type { Key } from "./store.ts";

export const SNAPSHOT = "db.json";

/** To be raised when older versions cannot read what is written. Files of this format or a lower one can be read. */
const FORMAT = 2;
/** The format of versions until 0.1: without `line` and `checksum`. */
const UNSEALED = 1;

/** All entities with their keys, as of one line of the journal. */
export interface Snapshot {
  readonly format: number;
  /** The last line of the journal that is included; 0 for none. */
  readonly sequence: number;
  /** That line's checksum; undefined in a snapshot from an older version, which has no checksum of its own either. */
  readonly line?: string;
  readonly collections: Readonly<Record<string, readonly (readonly [key: Key, entity: unknown])[]>>;
}

export const emptySnapshot: Snapshot = { format: FORMAT, sequence: 0, line: NO_LINE, collections: {} };

/**
 * The snapshot's file, for lowdb. It has one line per entity, in key order, so that versions of it can be compared line
 * by line. Its last member is the SHA-256 of all the text before it.
 */
export class SnapshotFile implements Adapter<Snapshot> {
  readonly #disk: Disk;
  /** The file's size when it was last read or written. */
  bytes = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Null if there is none. Throws DataFolderError if it cannot be read. */
  async read(): Promise<Snapshot | null> {
    const content = await this.#disk.read(SNAPSHOT);
    if (content === undefined) return null;
    this.bytes = content.length;
    const sealed = isSealed(content);
    let snapshot: unknown;
    try {
      snapshot = JSON.parse(content.toString());
    } catch {
      // The parser's message quotes the text, which holds secrets.
      throw this.#unreadable("is not whole JSON");
    }
    const { format, sequence, line, collections } = (snapshot ?? {}) as Partial<Snapshot>;
    if (typeof format === "number" && format > FORMAT) {
      throw new DataFolderError(
        `${this.#disk.folder}/${SNAPSHOT} has format ${format}, which a newer iam-local wrote; this one knows formats up to ` +
          `${FORMAT}. Nothing was changed. Use the newer version, or another folder.`,
      );
    }
    if (!Number.isSafeInteger(sequence) || !isCollections(collections)) throw this.#notOurs();
    if (!sealed) {
      // The number alone does not make it a file of an older version: those have exactly three members.
      if (format !== UNSEALED && format !== FORMAT) throw this.#notOurs();
      if (format === FORMAT || Object.keys(snapshot as object).length !== 3) {
        throw this.#unreadable("does not match its checksum: it was damaged, or edited by hand");
      }
      return snapshot as Snapshot;
    }
    if (format !== FORMAT || typeof line !== "string") throw this.#notOurs();
    return snapshot as Snapshot;
  }

  async write(snapshot: Snapshot): Promise<void> {
    this.bytes = 0;
    await replaceDurably(this.#disk, SNAPSHOT, this.#counted(withSeal(blocks(lines(snapshot)))));
  }

  *#counted(content: Iterable<string>): Iterable<string> {
    for (const block of content) {
      this.bytes += Buffer.byteLength(block);
      yield block;
    }
  }

  #notOurs(): DamagedFolder {
    return this.#unreadable("is JSON, but not a snapshot of iam-local");
  }

  #unreadable(what: string): DamagedFolder {
    return new DamagedFolder(this.#disk.folder, `${this.#disk.folder}/${SNAPSHOT} ${what}`);
  }
}

/** What follows the text that the checksum covers; always the same length. */
const sealOf = (checksum: string): string => `,\n  "checksum": "${checksum}"\n}\n`;
const SEAL_LENGTH = sealOf("0".repeat(64)).length;

function isSealed(content: Buffer): boolean {
  const end = content.length - SEAL_LENGTH;
  return end > 0 && content.toString("latin1", end) === sealOf(hash("sha256", content.subarray(0, end)));
}

function* withSeal(content: Iterable<string>): Iterable<string> {
  const seal = createHash("sha256");
  for (const block of content) {
    seal.update(block);
    yield block;
  }
  yield sealOf(seal.digest("hex"));
}

function isCollections(value: unknown): value is Snapshot["collections"] {
  return isObject(value) && Object.values(value).every((entries) => Array.isArray(entries) && entries.every(isEntry));
}

/** Whether the value is a key with an entity. */
export function isEntry(value: unknown): value is readonly [key: Key, entity: unknown] {
  const isKey = (key: unknown) => Array.isArray(key) && key.every((part) => typeof part === "string");
  return Array.isArray(value) && value.length === 2 && isKey(value[0]) && isObject(value[1]);
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function* lines({ format, sequence, line, collections }: Snapshot): Iterable<string> {
  yield `{\n  "format": ${format},\n  "sequence": ${sequence},\n  "line": ${JSON.stringify(line)},\n  "collections": {`;
  let separator = "\n";
  for (const [name, entries] of Object.entries(collections)) {
    yield `${separator}    ${JSON.stringify(name)}: [\n`;
    for (let i = 0; i < entries.length; i++) {
      yield `      ${JSON.stringify(entries[i])}${i + 1 < entries.length ? "," : ""}\n`;
    }
    yield "    ]";
    separator = ",\n";
  }
  yield "\n  }";
}

/** Joins texts to blocks large enough for one system call each, without ever holding the whole text. */
function* blocks(texts: Iterable<string>): Iterable<string> {
  let block = "";
  for (const text of texts) {
    block += text;
    if (block.length >= 256 * 1024) {
      yield block;
      block = "";
    }
  }
  yield block;
}
