import { ambiguous, CannotMap } from "../cannot-map.ts";
import { bodyText } from "../json-body.ts";

/** The fields of an upload by a form that come before its file, by their names in lower case; `filename` is the file's. */
export interface UploadForm {
  readonly fields: ReadonlyMap<string, string>;
  readonly filename: string;
  /** Bytes of the file; undefined where the form does not end with it. */
  readonly size: number | undefined;
}

const MOST = 100;
const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Reads `multipart/form-data` up to the file, which is the last field that S3 looks at; the file itself may be missing in whole or in
 * part. Throws CannotMap, also for fields that occur twice.
 */
export function readUploadForm(body: Uint8Array, type: string): UploadForm {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;\s*boundary=(?:"([^"\\]{1,70})"|([^\s;"]{1,70}))\s*$/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new CannotMap("The request is sent to a bucket and is no form for an upload.");
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const line = Buffer.from(`--${boundary}\r\n`);
  const next = Buffer.from(`\r\n--${boundary}`);
  if (!bytes.subarray(0, line.length).equals(line))
    throw new CannotMap("The request's form does not begin with its boundary.");
  const fields = new Map<string, string>();
  if (!isClean(bytes, boundary)) throw ambiguous("its form has its boundary elsewhere than between two fields");
  for (let at = line.length; fields.size < MOST;) {
    const head = bytes.indexOf(HEAD_END, at);
    if (head < 0) break;
    const { name, filename } = readHead(bytes.subarray(at, head));
    const start = head + HEAD_END.length;
    const end = bytes.indexOf(next, start);
    if (name === "file") {
      const isLast = end >= 0 && /^--(?:\r\n)?$/.test(bytes.toString("latin1", end + next.length));
      return { fields, filename, size: isLast ? end - start : undefined };
    }
    if (end < 0) break;
    if (fields.has(name)) throw ambiguous(`its form has two fields ${name}`);
    fields.set(name, bodyText(bytes.subarray(start, end)));
    at = end + next.length + 2;
  }
  throw new CannotMap("The request's form has no file, or too much before it.");
}

/**
 * Whether the boundary stands only where it parts fields, in lines of its own that end as they must: others take a single line feed
 * before it, or blanks behind it, for as good.
 */
function isClean(bytes: Buffer, boundary: string): boolean {
  const mark = `--${boundary}`;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    const before = bytes.toString("latin1", Math.max(0, at - 2), at);
    const behind = bytes.toString("latin1", at + mark.length, at + mark.length + 2);
    if ((at > 0 && before !== "\r\n") || !/^(?:\r\n|--|-|)$/.test(behind)) return false;
    // What follows the end nobody should read.
    if (behind === "--") return bytes.indexOf(mark, at + 1) < 0;
  }
  return true;
}

function readHead(head: Buffer): { readonly name: string; readonly filename: string } {
  const dispositions = bodyText(head)
    .split("\r\n")
    .filter((line) => /^content-disposition\s*:/i.test(line));
  const [, name, filename = ""] =
    /^content-disposition:\s*form-data;\s*name="([^"\\\r\n]+)"(?:;\s*filename="([^"\\\r\n]*)")?\s*$/i.exec(
      dispositions[0] ?? "",
    ) ?? [];
  if (name === undefined || dispositions.length !== 1)
    throw new CannotMap("The request's form has a field without a name that can be read.");
  return { name: name.toLowerCase(), filename };
}
