import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { jsonDetail } from "../../policy/json-messages.ts";
import { readJson } from "../../policy/json.ts";
import { locationsIn } from "../../policy/locations.ts";
import { PolicyTestError } from "../policy-test-error.ts";

/** Bytes of one event; CloudTrail's have up to 256 KB (CloudTrail User Guide, "Record contents"). */
const MOST = 8 * 1024 * 1024;

const LONGEST_ESCAPE = 1024;
const NEWLINE = 10;
const [QUOTE, BACKSLASH, BRACE, END_BRACE, BRACKET, END_BRACKET] = Array.from('"\\{}[]', (mark) => mark.charCodeAt(0));
/** What lists of events are called by CloudTrail, and by `iam-local trail --json`. */
const LIST = /"(?:Records|events|Events)"\s*:\s*$/;

/**
 * The events in a file, one after the other, in memory that does not grow with the file: CloudTrail's `{"Records": […]}`, a list,
 * an event a line, or several of these; also compressed by gzip. Rejects with PolicyTestError for what is none of these.
 */
export async function* eventsIn(file: string): AsyncIterable<Record<string, unknown>> {
  const splitter = new Splitter();
  try {
    for await (const chunk of contentOf(file)) {
      for (const { text, offset } of splitter.push(chunk)) yield parsed(text) ?? (await refuse(file, text, offset));
    }
  } catch (cause) {
    if (cause instanceof PolicyTestError)
      throw cause.message.startsWith(file) ? cause : new PolicyTestError(`${file}: ${cause.message}`);
    throw new PolicyTestError(`${file} cannot be read: ${(cause as Error).message}.`);
  }
  if (!splitter.isWhole) throw new PolicyTestError(`${file}: ends in the middle of an event.`);
}

function contentOf(file: string): AsyncIterable<Buffer> {
  const raw = createReadStream(file, { highWaterMark: 256 * 1024 });
  const stream = file.endsWith(".gz") ? raw.pipe(createGunzip()) : raw;
  // pipe() does not pass errors on.
  raw.on("error", (cause) => stream.destroy(cause));
  return stream;
}

/** Undefined for what is not JSON. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Says at which line and column an event is not JSON. It begins at `offset` bytes; lines are counted only here, where they matter. */
async function refuse(file: string, text: string, offset: number): Promise<never> {
  let [line, lineStart, at] = [1, 0, 0];
  for await (const chunk of contentOf(file)) {
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && at + end < offset; end = chunk.indexOf(NEWLINE, end + 1)) {
      line++;
      lineStart = at + end + 1;
    }
    at += chunk.length;
    if (at >= offset) break;
  }
  const fault = readJson(text).faults[0]!;
  const inside = locationsIn(text)(fault.start);
  const column = inside.line === 1 ? offset - lineStart + inside.column : inside.column;
  throw new PolicyTestError(`${file}:${line + inside.line - 1}:${column}: is not JSON: ${jsonDetail(fault, text)}`);
}

/** Finds the objects that are events in a stream of JSON, by braces and brackets alone. */
class Splitter {
  #buffer: Buffer = Buffer.alloc(0);
  /** Where to go on in the buffer. */
  #at = 0;
  /** The place of the object that may be an event. */
  #start = -1;
  /** Brackets and braces that are open, outside of lists of events. */
  #depth = 0;
  #inText = false;
  /** How many wrappers and lists of events are around. */
  #around = 0;
  /** Whether what is around is a list of events. */
  #inList = false;

  /** Bytes that came before those in the buffer. */
  #before = 0;

  get isWhole(): boolean {
    return this.#depth === 0 && this.#around === 0 && !this.#inText;
  }

  *push(chunk: Buffer): Iterable<{ readonly text: string; readonly offset: number }> {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const buffer = this.#buffer;
    let at = this.#at;
    for (; at < buffer.length; at++) {
      if (this.#inText) {
        at = endOfText(buffer, at);
        if (at >= buffer.length) break;
        this.#inText = false;
        continue;
      }
      const byte = buffer[at]!;
      if (byte === QUOTE) this.#inText = true;
      else if (byte === BRACE) this.#open(at);
      else if (byte === BRACKET) this.#openList(at);
      else if (byte === END_BRACE || byte === END_BRACKET) {
        const offset = this.#before + this.#start;
        const text = this.#close(at);
        if (text !== undefined) yield { text, offset };
      }
    }
    // Whether a quote ends a text shows by the backslashes before it.
    const kept = this.#start >= 0 ? this.#start : Math.max(0, at - (this.#inText ? LONGEST_ESCAPE : 0));
    this.#before += Math.min(kept, buffer.length);
    this.#buffer = buffer.subarray(Math.min(kept, buffer.length));
    this.#at = Math.min(at, buffer.length) - Math.min(kept, buffer.length);
    if (this.#start >= 0) this.#start = 0;
    if (this.#buffer.length > MOST) throw new PolicyTestError(`an event takes more than ${MOST / 1024 / 1024} MB.`);
  }

  /** What stands behind the list in its wrapper is passed over. */
  get #isBeside(): boolean {
    return this.#around > 0 && !this.#inList;
  }

  #open(at: number): void {
    if (this.#depth++ === 0 && !this.#isBeside) this.#start = at;
  }

  #openList(at: number): void {
    if (this.#depth === 0 && this.#around === 0) {
      this.#around = 1;
      this.#inList = true;
    } else if (this.#depth === 1 && this.#around === 0 && LIST.test(this.#buffer.toString("latin1", this.#start, at))) {
      // What began as an event is what events are wrapped in.
      this.#depth = 0;
      this.#start = -1;
      this.#around = 2;
      this.#inList = true;
    } else this.#depth++;
  }

  #close(at: number): string | undefined {
    if (this.#depth === 0) {
      if (this.#around === 0) throw new PolicyTestError("is not JSON.");
      this.#around--;
      this.#inList = false;
      return undefined;
    }
    if (--this.#depth > 0 || this.#start < 0) return undefined;
    const text = this.#buffer.toString("utf8", this.#start, at + 1);
    this.#start = -1;
    return text;
  }
}

/** The place of the quote that ends a text, or where to go on looking for it. */
function endOfText(buffer: Buffer, from: number): number {
  for (let at = from; ; at++) {
    at = buffer.indexOf(QUOTE!, at);
    if (at < 0) return buffer.length;
    let backslashes = 0;
    while (backslashes < at && buffer[at - backslashes - 1] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
}
