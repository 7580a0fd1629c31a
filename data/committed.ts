import { crc32 } from "node:zlib";
import { DamagedFolder } from "./data-folder-error.ts";
import { replaceDurably, type Disk } from "./disk.ts";
import { NO_LINE } from "./journal.ts";

export const COMMITTED = "committed.json";

/**
 * A line of the journal that is durable, and so are all before it. Each flush is followed by an update of this file that
 * is not flushed itself: it may say too little after a loss of power, but never too much. A journal that ends before the
 * line has lost something that was acknowledged.
 */
export interface Committed {
  readonly sequence: number;
  /** The line's checksum. */
  readonly line: string;
}

export const nothingCommitted: Committed = { sequence: 0, line: NO_LINE };

/** Always of one length, so that it can be overwritten in place; far less than what a disk writes at once. */
function encode({ sequence, line }: Committed): string {
  const checked = `"sequence":${sequence},"line":"${line}"}`;
  return `${`{"checksum":"${checksumOf(checked)}",${checked}`.padEnd(79)}\n`;
}

const checksumOf = (checked: string): string => crc32(checked).toString(16).padStart(8, "0");

/** Undefined where there is no such file. Throws DamagedFolder where it is not what was written. */
export async function readCommitted(disk: Disk): Promise<Committed | undefined> {
  const content = (await disk.read(COMMITTED))?.toString();
  if (content === undefined) return undefined;
  const [, sequence, line] = /"sequence":(\d+),"line":"([0-9a-f]{8})"/.exec(content) ?? [];
  const committed = { sequence: Number(sequence), line: line! };
  if (line === undefined || content !== encode(committed)) {
    throw new DamagedFolder(disk.folder, `${disk.folder}/${COMMITTED} is damaged`);
  }
  return committed;
}

/** Creates the file. It is durable when this settles. */
export async function createCommitted(disk: Disk, committed: Committed): Promise<void> {
  await replaceDurably(disk, COMMITTED, [encode(committed)]);
}

/** Puts a later line into the file; durable once it is synced. */
export async function updateCommitted(disk: Disk, committed: Committed): Promise<void> {
  await disk.overwrite(COMMITTED, encode(committed));
}
