/**
 * How to check the body of a verified request. Plain data that can be sent as JSON, since the gate may run in another
 * process than the verifier.
 * - `verified`: the whole body was there and its signature is good.
 * - `unsigned`: UNSIGNED-PAYLOAD; nothing to check.
 * - `hash`: its SHA-256 in hex must be this one, which was signed.
 * - `chunks`: aws-chunked; each chunk is signed, beginning with the seed, if `key` is there; with `trailer`, headers follow the
 *   last chunk, signed too if the chunks are. `decodedLength` is in bytes, `trailers` are the names that were announced, in lower case.
 */
export type BodyPlan =
  | { readonly kind: "verified" | "unsigned" }
  | { readonly kind: "hash"; readonly sha256: string }
  | {
      readonly kind: "chunks";
      readonly trailer: boolean;
      readonly decodedLength: number;
      readonly trailers: readonly string[];
      readonly signed?: {
        /** Hex of the signing key of day, region and service. */
        readonly key: string;
        /** Hex of the request's own signature, with which the chain of chunk signatures starts. */
        readonly seed: string;
        readonly timestamp: string;
        readonly date: string;
        readonly region: string;
        readonly service: string;
      };
    };
