import { hash } from "node:crypto";
import type { BodyPlan } from "./body-plan.ts";
import { HmacKey } from "./hmac.ts";
import { s3Mismatch } from "./s3-errors.ts";
import { TERMINATOR } from "./signature-scope.ts";
import { sameText } from "./sigv4.ts";

// Each chunk's signature covers the one before it, and the first the request's own: none can be left out, moved or taken from another
// request (evidence: gate-s3-chunks).

export type SignedChunks = NonNullable<Extract<BodyPlan, { kind: "chunks" }>["signed"]>;

const HASH_OF_NOTHING = hash("sha256", "", "hex");

export class ChunkChain {
  readonly #key: HmacKey;
  readonly #scope: string;
  /** In hex. */
  #previous: string;

  constructor({ key, seed, timestamp, date, region, service }: SignedChunks) {
    this.#key = new HmacKey(Buffer.from(key, "hex"));
    this.#scope = `${timestamp}\n${date}/${region}/${service}/${TERMINATOR}`;
    this.#previous = seed;
  }

  /** The next chunk, by the hash of its content in hex. Throws SignatureDoesNotMatch in S3's words. */
  prove(contentHash: string, signature: string | undefined): void {
    this.#check(
      `AWS4-HMAC-SHA256-PAYLOAD\n${this.#scope}\n${this.#previous}\n${HASH_OF_NOTHING}\n${contentHash}`,
      signature,
    );
  }

  /** The trailers, as lines that each end with a line feed, after the last chunk. Throws likewise. */
  proveTrailers(lines: string, signature: string | undefined): void {
    const linesHash = hash("sha256", Buffer.from(lines, "latin1"), "hex");
    this.#check(`AWS4-HMAC-SHA256-TRAILER\n${this.#scope}\n${this.#previous}\n${linesHash}`, signature);
  }

  #check(stringToSign: string, signature: string | undefined): void {
    const expected = this.#key.hex(stringToSign);
    if (signature === undefined || !sameText(expected, signature)) {
      throw s3Mismatch({
        signature: signature ?? "",
        stringToSign,
        detail:
          "The signature of a chunk or of the trailers is not the one that was calculated: the body was changed on the way.",
      });
    }
    this.#previous = expected;
  }
}
