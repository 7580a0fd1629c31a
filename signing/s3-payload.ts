import { invalidArgument, invalidRequest } from "./s3-errors.ts";
import { header } from "./signed-request.ts";
import { SigningError } from "./signing-error.ts";

// What a request to S3 declares of its body (evidence: gate-s3-payload).

export interface S3Payload {
  /** What stands for the body in the canonical request: a hash in hex, or one of S3's words. */
  readonly declared: string;
  /** Of a body in aws-chunked: how long it is once decoded, in bytes, and the names of the headers that follow it. */
  readonly chunked?: { readonly decodedLength: number; readonly trailers: readonly string[] };
}

export const UNSIGNED = "UNSIGNED-PAYLOAD";
export const SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
export const SIGNED_CHUNKS_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
export const UNSIGNED_CHUNKS_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const CHUNKED = [SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER, UNSIGNED_CHUNKS_TRAILER];

/** `inQuery` is the parameter X-Amz-Content-Sha256. Throws a SigningError in S3's words. */
export function readS3Payload(
  rawHeaders: readonly string[],
  form: "header" | "query",
  inQuery: string | undefined,
): S3Payload {
  const sent = header(rawHeaders, "x-amz-content-sha256");
  if (form === "query") return readDeclared(sent ?? inQuery ?? UNSIGNED, rawHeaders);
  if (sent === undefined) throw invalidRequest("Missing required header for this request: x-amz-content-sha256");
  return readDeclared(sent, rawHeaders);
}

function readDeclared(declared: string, rawHeaders: readonly string[]): S3Payload {
  if (declared === UNSIGNED || /^[0-9a-f]{64}$/.test(declared)) return { declared };
  if (!CHUNKED.includes(declared)) {
    throw invalidArgument(
      `x-amz-content-sha256 must be ${UNSIGNED}, ${CHUNKED.join(", ")}, or a valid sha256 value.`,
      "x-amz-content-sha256",
      declared,
    );
  }
  const length = header(rawHeaders, "x-amz-decoded-content-length");
  if (length === undefined) {
    throw new SigningError("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
  }
  const decodedLength = /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  if (decodedLength === undefined) {
    throw invalidArgument("The decoded length is not a number of bytes.", "x-amz-decoded-content-length", length);
  }
  const trailers = declared === SIGNED_CHUNKS ? [] : trailerNames(header(rawHeaders, "x-amz-trailer"));
  return { declared, chunked: { decodedLength, trailers } };
}

const trailerNames = (text = ""): readonly string[] =>
  text
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
