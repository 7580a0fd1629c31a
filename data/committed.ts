import { crc32 } from "node:zlib";
import { DamagedFolder } from "./data-folder-error.ts";
import { replaceDurably, type Disk } from "./disk.ts";
import { NO_LINE } from "./journal.ts";

export const COMMITTED = "committed.json";

/**
 * A line of the journal that is durable, as are all lines before it. Each flush is followed by an update of this file,
 * which is not flushed itself: after a loss of power it may name an earlier line, but never a later one. A journal that
 * ends before this line has lost something that was acknowledged.
 */
export interface Committed {
  readonly sequence: number;
  /** The line's checksum. */
  readonly line: string;
}

export const nothingCommitted: Committed = { sequence: 0, line: NO_LINE };

/** Always the same length, so that it can be overwritten in place, and far less than a disk writes at once. */
function encode({ sequence, line }: Committed): string {
  const checked = `"sequence":${sequence},"line":"${line}"}`;
  return `${`{"checksum":"${checksumOf(checked)}",${checked}`.padEnd(79)}\n`;
}

const checksumOf = (checked: string): string => crc32(checked).toString(16).padStart(8, "0");

/** Undefined if there is no such file. Throws DamagedFolder if it is not what was written. */
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

/** Writes a later line into the file; durable after the next sync. */
export async function updateCommitted(disk: Disk, committed: Committed): Promise<void> {
  await disk.overwrite(COMMITTED, encode(committed));
}
