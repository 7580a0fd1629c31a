import { hash } from "node:crypto";
import type { BodyPlan } from "./body-plan.ts";
import { readSignature, type ReadOptions, type Signature } from "./read-signature.ts";
import { readS3Signature } from "./read-s3-signature.ts";
import { s3Mismatch } from "./s3-errors.ts";
import { SIGNED_CHUNKS, UNSIGNED, UNSIGNED_CHUNKS_TRAILER, type S3Payload } from "./s3-payload.ts";
import { header, type RequestHead } from "./signed-request.ts";
import { incomplete, SigningError } from "./signing-error.ts";
import { signingKeyHex } from "./signing-key.ts";
import { rulesOf, signsAsS3 } from "./signing-rules.ts";
import { compareSignature, mismatch, stringToSign, verifySignature } from "./sigv4.ts";

// Signature Version 4 of any service: which rules hold follows from the service in the scope, which is signed itself.

/** What a request to a service says about its signature; not yet verified. */
export interface ServiceSignature extends Signature {
  /** What an S3 request declares of its body; undefined for other services. */
  readonly payload?: S3Payload;
}

/** `service` is whose endpoint was called, where that is known before the signature is read. */
export interface ServiceReadOptions extends Pick<ReadOptions, "times" | "regionValid"> {
  readonly service?: string;
}

/** The service in the scope of a request's signature, in header or query; undefined where there is none to be read. */
export function signedService({ rawHeaders, target }: Pick<RequestHead, "rawHeaders" | "target">): string | undefined {
  const authorization = header(rawHeaders, "authorization");
  const credential =
    authorization === undefined
      ? /[?&]X-Amz-Credential=([^&]+)/.exec(target)?.[1]?.replace(/%2F/gi, "/")
      : /^AWS4-[\w-]+ (?:.*?[\s,])?Credential=([^,\s]+)/.exec(authorization)?.[1];
  return /\/([a-z\d-]{1,64})\/aws4_request$/.exec(credential ?? "")?.[1];
}

/** The same; the forms of Signature Version 2 that S3 alone has had, in header and query, stand for S3. */
export function claimedService(request: Pick<RequestHead, "rawHeaders" | "target">): string | undefined {
  const { rawHeaders, target } = request;
  const isOld =
    header(rawHeaders, "authorization")?.startsWith("AWS ") ??
    (/[?&]AWSAccessKeyId=/.test(target) && /[?&]Expires=/.test(target) && /[?&]Signature=/.test(target));
  return isOld ? "s3" : signedService(request);
}

/**
 * Reads the signature of a request to any service, and checks all that can be checked without the secret.
 * Throws a SigningError, which `gate/signing-errors.ts` puts in the words of the service: MissingAuthenticationToken where
 * there is no signature, which S3 takes for an anonymous call.
 */
export function readServiceSignature(request: RequestHead, options: ServiceReadOptions): ServiceSignature {
  const service = options.service ?? claimedService(request);
  if (service !== undefined && signsAsS3(service)) return readS3Signature(request, options);
  return readSignature(request, { ...options, service, rules: rulesOf(service ?? "") });
}

/**
 * Whether the signature can be checked before the body has come: S3 says in its head what stands for the body, and a request to
 * another service may have declared its hash.
 */
export const provesHeadAlone = (request: Pick<RequestHead, "rawHeaders">, { payload }: ServiceSignature): boolean =>
  payload !== undefined || declaredHash(request) !== undefined;

const declaredHash = ({ rawHeaders }: Pick<RequestHead, "rawHeaders">): string | undefined => {
  const declared = header(rawHeaders, "x-amz-content-sha256");
  return declared !== undefined && /^[0-9a-f]{64}$/.test(declared) ? declared : undefined;
};

/**
 * Checks the signature with the secret of its access key, and says how what is still to come of the body must be checked
 * (`signing/payload.ts` does it). `body` is the whole body; absent where it is streamed. A body in aws-chunked is never looked
 * at here: its plan has to be carried out in either case. `rootSecret` only helps to tell why.
 * Throws a SigningError: SignatureDoesNotMatch, in S3's words for S3; XAmzContentSHA256Mismatch; IncompleteSignature without a body
 * where the head alone proves nothing.
 */
export function verifyServiceSignature(
  request: RequestHead,
  signature: ServiceSignature,
  secret: string,
  body?: Uint8Array,
  rootSecret: string = secret,
): BodyPlan {
  if (signature.payload !== undefined) return verifyS3(request, signature, signature.payload, secret, body, rootSecret);
  if (body !== undefined) {
    verifySignature({ ...request, body }, signature, secret, rootSecret);
    return { kind: "verified" };
  }
  const sha256 = declaredHash(request);
  if (sha256 === undefined)
    throw incomplete("The hash of a body that is streamed has to be declared in x-amz-content-sha256.");
  const { matches, canonical } = compareSignature(request, signature, secret, sha256);
  if (!matches) throw mismatch({ request, signature, secret, rootSecret, canonical, declaredHash: sha256 });
  return { kind: "hash", sha256 };
}

function verifyS3(
  request: RequestHead,
  signature: ServiceSignature,
  payload: S3Payload,
  secret: string,
  body: Uint8Array | undefined,
  rootSecret: string,
): BodyPlan {
  const { declared, chunked } = payload;
  const { matches, canonical } = compareSignature(request, signature, secret, declared);
  if (!matches) {
    const { detail } = mismatch({ request, signature, secret, rootSecret, canonical, declaredHash: declared });
    const { accessKeyId, signature: sent } = signature;
    throw s3Mismatch({
      accessKeyId,
      signature: sent,
      stringToSign: stringToSign(canonical, signature),
      canonical,
      detail,
    });
  }
  if (chunked !== undefined) return chunksPlan(signature, declared, chunked, secret);
  if (declared === UNSIGNED) return { kind: "unsigned" };
  if (body === undefined) return { kind: "hash", sha256: declared };
  checkHash(declared, hash("sha256", body, "hex"));
  return { kind: "verified" };
}

function chunksPlan(
  { signature: seed, timestamp, date, region, service }: ServiceSignature,
  declared: string,
  { decodedLength, trailers }: NonNullable<S3Payload["chunked"]>,
  secret: string,
): BodyPlan {
  const plan = { kind: "chunks", trailer: declared !== SIGNED_CHUNKS, decodedLength, trailers } as const;
  if (declared === UNSIGNED_CHUNKS_TRAILER) return plan;
  const key = signingKeyHex(secret, date, region, service);
  return { ...plan, signed: { key, seed, timestamp, date, region, service } };
}

/** Throws XAmzContentSHA256Mismatch. */
export function checkHash(declared: string, computed: string): void {
  if (declared === computed) return;
  throw new SigningError(
    "XAmzContentSHA256Mismatch",
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    "The body is not the one that was signed: it was changed on the way.",
    { ClientComputedContentSHA256: declared, S3ComputedContentSHA256: computed },
  );
}
