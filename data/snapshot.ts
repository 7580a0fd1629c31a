import type { Adapter } from "lowdb";
import { DataFolderError } from "./data-folder-error.ts";
import { replaceDurably, type Disk } from "./disk.ts";
import type { Key } from "./store.ts";

export const SNAPSHOT = "db.json";

/** Raised when older versions could not read what is written; files of this format or below are read. */
const FORMAT = 1;

/** All entities with their keys, as of one line of the journal. */
export interface Snapshot {
  readonly format: number;
  /** The last line of the journal that is contained; 0 for none. */
  readonly sequence: number;
  readonly collections: Readonly<Record<string, readonly (readonly [key: Key, entity: unknown])[]>>;
}

export const emptySnapshot: Snapshot = { format: FORMAT, sequence: 0, collections: {} };

/** The snapshot's file, for lowdb: one line per entity, in key order, so that versions of it can be compared line by line. */
export class SnapshotFile implements Adapter<Snapshot> {
  readonly #disk: Disk;
  /** How large the file was when it was last read or written. */
  bytes = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Null where there is none. Throws DataFolderError where it cannot be read. */
  async read(): Promise<Snapshot | null> {
    const content = await this.#disk.read(SNAPSHOT);
    if (content === undefined) return null;
    this.bytes = content.length;
    let snapshot: unknown;
    try {
      snapshot = JSON.parse(content.toString());
    } catch (error) {
      throw this.#unreadable(`is not whole JSON: ${(error as Error).message}`);
    }
    const { format, sequence, collections } = (snapshot ?? {}) as Partial<Snapshot>;
    if (typeof format === "number" && format > FORMAT) {
      throw new DataFolderError(
        `${this.#disk.folder}/${SNAPSHOT} has format ${format}, which a newer iam-local wrote; this one knows formats up to ` +
          `${FORMAT}. Nothing was changed. Use the newer version, or another folder.`,
      );
    }
    if (format !== FORMAT || !Number.isSafeInteger(sequence) || !isCollections(collections)) {
      throw this.#unreadable("is JSON, but not a snapshot of iam-local");
    }
    return snapshot as Snapshot;
  }

  async write(snapshot: Snapshot): Promise<void> {
    this.bytes = 0;
    await replaceDurably(this.#disk, SNAPSHOT, this.#counted(blocks(lines(snapshot))));
  }

  *#counted(content: Iterable<string>): Iterable<string> {
    for (const block of content) {
      this.bytes += Buffer.byteLength(block);
      yield block;
    }
  }

  #unreadable(what: string): DataFolderError {
    return new DataFolderError(
      `${this.#disk.folder}/${SNAPSHOT} ${what}. Nothing was changed. Restore the whole folder from a copy, or use another folder.`,
    );
  }
}

function isCollections(value: unknown): value is Snapshot["collections"] {
  const isKey = (key: unknown) => Array.isArray(key) && key.every((part) => typeof part === "string");
  const isEntry = (entry: unknown) =>
    Array.isArray(entry) && entry.length === 2 && isKey(entry[0]) && isObject(entry[1]);
  return isObject(value) && Object.values(value).every((entries) => Array.isArray(entries) && entries.every(isEntry));
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function* lines({ format, sequence, collections }: Snapshot): Iterable<string> {
  yield `{\n  "format": ${format},\n  "sequence": ${sequence},\n  "collections": {`;
  let separator = "\n";
  for (const [name, entries] of Object.entries(collections)) {
    yield `${separator}    ${JSON.stringify(name)}: [\n`;
    for (let i = 0; i < entries.length; i++) {
      yield `      ${JSON.stringify(entries[i])}${i + 1 < entries.length ? "," : ""}\n`;
    }
    yield "    ]";
    separator = ",\n";
  }
  yield "\n  }\n}\n";
}

/** Joined to pieces that are worth a call of the system, without ever holding the whole text. */
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
