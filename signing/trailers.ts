import { checksumKind, checksumOf, type Checksum } from "./checksums.ts";
import type { ChunkChain } from "./chunk-chain.ts";
import { SigningError } from "./signing-error.ts";

const SIGNATURE = "x-amz-trailer-signature";

const malformed = (): SigningError =>
  new SigningError(
    "MalformedTrailerError",
    400,
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
  );

/** The headers that follow a body in aws-chunked. Those that are checksums of the content are compared with it. */
export class Trailers {
  /** As they came, by their names in lower case; only after `read`. */
  readonly values = new Map<string, string>();
  readonly #announced: readonly string[];
  readonly #checksums: ReadonlyMap<string, Checksum>;

  /** `announced` are the names in x-amz-trailer, in lower case. */
  constructor(announced: readonly string[]) {
    this.#announced = announced;
    this.#checksums = new Map(
      announced.flatMap((name) => {
        const kind = checksumKind(name);
        return kind === undefined ? [] : [[name, checksumOf(kind)]];
      }),
    );
  }

  /** The next piece of the content. */
  add(content: Buffer): void {
    for (const checksum of this.#checksums.values()) checksum.update(content);
  }

  /**
   * Reads what follows the last chunk; `chain` where it has to be signed.
   * Throws a SigningError: MalformedTrailerError, SignatureDoesNotMatch, BadDigest.
   */
  read(text: string, chain: ChunkChain | undefined): void {
    for (const line of text.split(/\r?\n/).filter((part) => part !== "")) {
      const colon = line.indexOf(":");
      const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
      const expected = this.#announced.includes(name) || (chain !== undefined && name === SIGNATURE);
      if (!expected || this.values.has(name)) throw malformed();
      this.values.set(name, line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ""));
    }
    const signature = this.values.get(SIGNATURE);
    this.values.delete(SIGNATURE);
    if (this.values.size !== this.#announced.length) throw malformed();
    chain?.proveTrailers([...this.values].map(([name, value]) => `${name}:${value}\n`).join(""), signature);
    for (const [name, checksum] of this.#checksums) {
      if (checksum.digest().toString("base64") === this.values.get(name)) continue;
      const kind = checksumKind(name)!.toUpperCase();
      throw new SigningError("BadDigest", 400, `The ${kind} you specified did not match the calculated checksum.`);
    }
  }
}
