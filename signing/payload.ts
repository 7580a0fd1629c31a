import { createHash } from "node:crypto";
import { PassThrough, Transform } from "node:stream";
import { AwsChunkedDecoder } from "./aws-chunked.ts";
import type { BodyPlan } from "./body-plan.ts";
import { checkHash } from "./service-signature.ts";

/** A body on its way to where it is used. */
export interface ProvenPayload {
  /**
   * Takes the body as it comes off the wire and gives its content, out of aws-chunked. The last piece is withheld until all is
   * proven, so that nobody downstream ever has the whole of a body that is not the signed one. Fails with a SigningError in S3's words:
   * XAmzContentSHA256Mismatch, SignatureDoesNotMatch, IncompleteBody, InvalidChunkSizeError, MalformedTrailerError, BadDigest, InvalidRequest.
   */
  readonly stream: Transform;
  /** The trailers, by their names in lower case, once the stream has ended. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** What a plan asks to be done with a body; all of it may throw a SigningError. */
interface Check {
  push(bytes: Buffer): void;
  end(): void;
  readonly trailers: ReadonlyMap<string, string>;
}

/**
 * Carries out the plan for a body. Memory is one piece, or one chunk where chunks are signed. An empty body has no last piece to withhold:
 * whoever knows that there is none must not begin before the stream has ended.
 */
export function provenPayload(plan: BodyPlan): ProvenPayload {
  switch (plan.kind) {
    case "verified":
    case "unsigned":
      return { stream: new PassThrough(), trailers: new Map() };
    case "hash":
      return checked((pass) => hashCheck(plan.sha256, pass));
    case "chunks":
      return checked((pass) => chunksCheck(plan, pass));
  }
}

function checked(checkOf: (pass: (content: Buffer) => void) => Check): ProvenPayload {
  let held: Buffer | undefined;
  const check = checkOf((content) => {
    if (content.length === 0) return;
    if (held !== undefined) stream.push(held);
    held = content;
  });
  const stream = new Transform({
    transform(bytes: Buffer, _encoding, done) {
      done(failureOf(() => check.push(bytes)));
    },
    flush(done) {
      const failure = failureOf(() => check.end());
      if (failure === null && held !== undefined) stream.push(held);
      done(failure);
    },
  });
  return { stream, trailers: check.trailers };
}

function failureOf(step: () => void): Error | null {
  try {
    step();
    return null;
  } catch (error) {
    return error as Error;
  }
}

function hashCheck(sha256: string, pass: (content: Buffer) => void): Check {
  const hash = createHash("sha256");
  return {
    push(bytes) {
      hash.update(bytes);
      pass(bytes);
    },
    end: () => checkHash(sha256, hash.digest("hex")),
    trailers: new Map(),
  };
}

function chunksCheck(plan: Extract<BodyPlan, { kind: "chunks" }>, pass: (content: Buffer) => void): Check {
  const decoder = new AwsChunkedDecoder(plan, pass);
  return {
    push: (bytes) => decoder.push(bytes),
    end: () => decoder.end(),
    trailers: decoder.trailers.values,
  };
}
