import { crc32 } from "node:zlib";
import { DamagedFolder } from "./data-folder-error.ts";
import type { Disk } from "./disk.ts";
import type { Change, Key } from "./store.ts";

// The journal is JSON Lines. A line is what one flush made durable: the changes of all commits that waited for it, so
// that whatever a crash can tear is the last line, and a line that is torn was never acknowledged.
//   {"checksum":"5a1c0f3e","previous":"0b7d9e42","sequence":7,"changes":[["put","users",["000000000000","alice"],{…}],["delete",…],["reset"]]}
// The checksum is the CRC-32 of all that follows it and its comma, and `previous` that of the line before, so that the
// lines are a chain: one that belongs to another journal shows. Versions until 0.1 wrote no `previous`. Lines are numbered
// without gaps across segments; a segment is a file that is named by its first line.

/** Stands for the checksum of the line before the first one. */
export const NO_LINE = "00000000";

/** A change as the journal has it. It includes the key, so that folding needs none of the collections' functions. */
export type StoredChange = ["put", string, Key, unknown] | ["delete", string, Key] | ["reset"];

export interface JournalLine {
  readonly checksum: string;
  /** The checksum of the line before; undefined in lines that older versions wrote. */
  readonly previous?: string;
  readonly sequence: number;
  readonly changes: readonly StoredChange[];
}

/** One change as JSON. Throws for values that JSON cannot represent. */
export function encodeChange(change: Change): string {
  const stored: StoredChange =
    change === "reset"
      ? ["reset"]
      : change.entity === undefined
        ? ["delete", change.collection, change.key]
        : ["put", change.collection, change.key, change.entity];
  return JSON.stringify(stored);
}

const checksumOf = (checked: string | Uint8Array): string => crc32(checked).toString(16).padStart(8, "0");

/** The part before what the checksum covers; always the same length. */
const headOf = (checksum: string): string => `{"checksum":"${checksum}",`;
const CHECKED_FROM = headOf(NO_LINE).length;

/** A whole line with its line end, and its checksum. */
export function encodeLine(
  sequence: number,
  previous: string,
  changes: readonly string[],
): { readonly line: string; readonly checksum: string } {
  const checked = `"previous":"${previous}","sequence":${sequence},"changes":[${changes.join(",")}]}`;
  const checksum = checksumOf(checked);
  return { line: `${headOf(checksum)}${checked}\n`, checksum };
}

export const segmentName = (sequence: number): string => `journal-${String(sequence).padStart(12, "0")}.jsonl`;

export interface Segment {
  readonly file: string;
  /** The sequence number of its first line. */
  readonly first: number;
}

/** The segments in the folder, in order. */
export async function listSegments(disk: Disk): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const file of await disk.list()) {
    const [, digits] = /^journal-(\d{12,})\.jsonl$/.exec(file) ?? [];
    if (digits !== undefined) segments.push({ file, first: Number(digits) });
  }
  return segments.sort((a, b) => a.first - b.first);
}

/**
 * The lines of a segment, which must be numbered from `first` on. Returns where the content ends, which is before the
 * end of the file if the last line is torn; only the last segment may have a torn line. Throws DamagedFolder for
 * anything else that this module would not have written.
 */
export function* readSegment(
  content: Buffer,
  { file, first, last, folder }: Segment & { readonly last: boolean; readonly folder: string },
): Generator<JournalLine, number, undefined> {
  let expected = first;
  let start = 0;
  while (start < content.length) {
    const newline = content.indexOf("\n", start);
    const end = newline === -1 ? content.length : newline;
    const line = content.subarray(start, end);
    if (newline === -1 || !isIntact(line)) {
      // A flush interrupted by a crash leaves no line end, or zero bytes (which JSON never has) where pages are
      // missing.
      if (last && end >= content.length - 1 && (newline === -1 || line.includes(0))) return start;
      throw damaged(folder, file, `line ${expected - first + 1} (from byte ${start} on) is damaged`);
    }
    const read = JSON.parse(line.toString()) as JournalLine;
    if (read.sequence !== expected) {
      throw damaged(
        folder,
        file,
        `line ${expected - first + 1} is number ${read.sequence} of the journal, not ${expected}`,
      );
    }
    yield read;
    expected++;
    start = end + 1;
  }
  return start;
}

const isIntact = (line: Buffer): boolean =>
  line.toString("latin1", 0, CHECKED_FROM) === headOf(checksumOf(line.subarray(CHECKED_FROM)));

/** A part of the journal that was acknowledged cannot be read. */
export const damaged = (folder: string, file: string, what: string): DamagedFolder =>
  new DamagedFolder(folder, `${folder}/${file}: ${what}`);
