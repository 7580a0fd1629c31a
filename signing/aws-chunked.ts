import { createHash, type Hash } from "node:crypto";
import type { BodyPlan } from "./body-plan.ts";
import { ChunkChain } from "./chunk-chain.ts";
import { SigningError } from "./signing-error.ts";
import { Trailers } from "./trailers.ts";

// The decoder of aws-chunked: takes the framing off, and lets no byte by whose signature is not proven
// (evidence: gate-s3-chunks).

type ChunksPlan = Extract<BodyPlan, { kind: "chunks" }>;

/** Of a chunk that is not the last. */
const LEAST = 8192;
/** A signed chunk is held until its signature is proven; clients send 64 KB to 1 MB. */
const MOST_HELD = 16 * 1024 * 1024;
/** Hex, `;chunk-signature=` and its value; and what a few trailers take. */
const LONGEST_HEAD = 256;
const LONGEST_TRAILERS = 16 * 1024;

const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

const malformed = (fault: string): SigningError =>
  new SigningError("InvalidRequest", 400, `The body is not in aws-chunked: ${fault}`);
const incompleteBody = (message: string): SigningError => new SigningError("IncompleteBody", 400, message);
const tooSmall = (chunk: number, size: number): SigningError =>
  new SigningError(
    "InvalidChunkSizeError",
    403,
    `Only the last chunk is allowed to have a size less than ${LEAST} bytes`,
    undefined,
    { Chunk: String(chunk), BadChunkSize: String(size) },
  );

interface Chunk {
  readonly size: number;
  readonly signature: string | undefined;
  /** What of it has come and is not yet proven, in order; nothing where chunks are not signed. */
  readonly held: Buffer[];
  readonly hash: Hash | undefined;
  /** Bytes that have not come. */
  missing: number;
}

/** Throws a SigningError in S3's words as soon as something is wrong; nothing may be asked of it then. */
export class AwsChunkedDecoder {
  readonly #plan: ChunksPlan;
  readonly #pass: (content: Buffer) => void;
  readonly #chain: ChunkChain | undefined;
  readonly trailers: Trailers;
  #state: "head" | "data" | "data end" | "rest" = "head";
  /** The beginning of a line, or of what follows the last chunk. */
  #pending: Buffer = NOTHING;
  #chunk: Chunk = { size: LEAST, signature: undefined, held: [], hash: undefined, missing: 0 };
  #chunks = 0;
  #decoded = 0;

  /** `pass` is given the content, piece by piece, as soon as it is proven. */
  constructor(plan: ChunksPlan, pass: (content: Buffer) => void) {
    this.#plan = plan;
    this.#pass = pass;
    this.#chain = plan.signed && new ChunkChain(plan.signed);
    this.trailers = new Trailers(plan.trailers);
  }

  push(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#state === "data") rest = this.#data(rest);
      else if (this.#state === "rest") rest = this.#keep(rest, LONGEST_TRAILERS);
      else rest = this.#line(rest);
    }
  }

  /** The body has ended. */
  end(): void {
    if (this.#state !== "rest" || this.#decoded !== this.#plan.decodedLength) {
      throw incompleteBody("The request body terminated unexpectedly");
    }
    const rest = this.#pending.toString("latin1");
    if (this.#plan.trailer) this.trailers.read(rest, this.#chain);
    else if (rest !== "" && rest !== "\r\n") throw malformed("something follows the last chunk.");
  }

  /** All of `bytes` are kept. */
  #keep(bytes: Buffer, most: number): Buffer {
    if (this.#pending.length + bytes.length > most) throw malformed("a line or the trailers are too long.");
    this.#pending = this.#pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#pending, bytes]);
    return NOTHING;
  }

  /** Takes a line, or the beginning of one, and answers what follows. */
  #line(bytes: Buffer): Buffer {
    const end = bytes.indexOf(LINE_FEED);
    if (end < 0) return this.#keep(bytes, LONGEST_HEAD);
    this.#keep(bytes.subarray(0, end), LONGEST_HEAD);
    const line = this.#pending.toString("latin1");
    this.#pending = NOTHING;
    if (!line.endsWith("\r")) throw malformed("a line ends without a carriage return.");
    if (this.#state === "head") this.#head(line.slice(0, -1));
    else if (line === "\r") this.#state = "head";
    else throw malformed("a chunk is longer than it says.");
    return bytes.subarray(end + 1);
  }

  #head(line: string): void {
    const [, hex, signature] = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(line) ?? [];
    if (hex === undefined) throw malformed("a chunk has no size.");
    const size = parseInt(hex, 16);
    if (size > 0 && this.#chunk.size < LEAST) throw tooSmall(this.#chunks, this.#chunk.size);
    if (this.#decoded + size > this.#plan.decodedLength) {
      throw incompleteBody("The body is longer than x-amz-decoded-content-length says");
    }
    if (this.#chain && size > MOST_HELD) throw malformed(`signed chunks may have ${MOST_HELD} bytes here.`);
    this.#chunks++;
    this.#decoded += size;
    this.#chunk = { size, signature, held: [], hash: this.#chain && createHash("sha256"), missing: size };
    this.#state = "data";
    if (size === 0) {
      this.#prove();
      this.#state = "rest";
    }
  }

  #data(bytes: Buffer): Buffer {
    const content = bytes.subarray(0, this.#chunk.missing);
    this.#chunk.missing -= content.length;
    if (this.#chunk.hash) {
      this.#chunk.hash.update(content);
      this.#chunk.held.push(content);
    } else {
      this.#release(content);
    }
    if (this.#chunk.missing === 0) {
      this.#prove();
      this.#state = "data end";
    }
    return bytes.subarray(content.length);
  }

  #prove(): void {
    if (this.#chunk.hash) this.#chain!.prove(this.#chunk.hash.digest("hex"), this.#chunk.signature);
    for (const content of this.#chunk.held.splice(0)) this.#release(content);
  }

  #release(content: Buffer): void {
    this.trailers.add(content);
    this.#pass(content);
  }
}
