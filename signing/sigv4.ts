import { hash, timingSafeEqual } from "node:crypto";
import { canonicalRequest } from "./canonical-request.ts";
import type { Signature } from "./read-signature.ts";
import { mismatchDetail } from "./signature-mismatch.ts";
import { ALGORITHM, TERMINATOR } from "./signature-scope.ts";
import { header, type RequestHead, type SignedRequest } from "./signed-request.ts";
import { doesNotMatch, MISMATCH, type SigningError } from "./signing-error.ts";
import { signingKey } from "./signing-key.ts";
import { rulesOf } from "./signing-rules.ts";

// AWS Signature Version 4, the receiving side: the signature itself, when the key id has led to a secret
// (evidence: sigv4-check-order, sigv4-texts). What the request alone tells, `readSignature` has read before.

/**
 * Checks the signature with the secret of its access key. The body's real hash counts: what `x-amz-content-sha256`
 * declares has to agree with it, which also refuses UNSIGNED-PAYLOAD and streaming bodies, as only S3 takes them.
 * Throws a SigningError: SignatureDoesNotMatch. `rootSecret` only helps to tell why.
 */
export function verifySignature(
  request: SignedRequest,
  signature: Signature,
  secret: string,
  rootSecret: string = secret,
): void {
  const bodyHash = hash("sha256", request.body, "hex");
  const declaredHash = header(request.rawHeaders, "x-amz-content-sha256");
  const { matches, canonical } = compareSignature(request, signature, secret, bodyHash);
  if (matches && (declaredHash === undefined || declaredHash === bodyHash)) return;
  throw mismatch({ request, signature, secret, rootSecret, canonical, declaredHash });
}

/** Whether a signature is the one that `secret` makes, and the canonical request that it was made of here. `payload` stands for the body. */
export function compareSignature(
  { method, target, rawHeaders }: RequestHead,
  signature: Signature,
  secret: string,
  payload: string,
): { readonly matches: boolean; readonly canonical: string } {
  const canonical = canonicalRequest(
    { method, target, rawHeaders, bodyHash: payload },
    signature.signedHeaders,
    signature.form === "query",
    rulesOf(signature.service).path,
  );
  const key = signingKey(secret, signature.date, signature.region, signature.service);
  return { matches: sameText(key.hex(stringToSign(canonical, signature)), signature.signature), canonical };
}

/** The refusal of a signature that does not match. `rootSecret` is that of the emulator's root keys. */
export function mismatch(failed: {
  readonly request: RequestHead;
  readonly signature: Signature;
  readonly secret: string;
  readonly rootSecret: string;
  readonly canonical: string;
  readonly declaredHash: string | undefined;
}): SigningError {
  const { request, signature, secret, rootSecret, canonical, declaredHash } = failed;
  return doesNotMatch(
    MISMATCH,
    mismatchDetail({
      ...signature,
      canonical,
      stringToSignHead: stringToSignHead(signature),
      secret,
      rootSecret,
      declaredHash,
      target: request.target,
    }),
  );
}

/** What is signed: the time, the scope and the hash of the canonical request. */
export function stringToSign(
  canonical: string,
  signature: Pick<Signature, "timestamp" | "date" | "region" | "service">,
): string {
  return stringToSignHead(signature) + hash("sha256", Buffer.from(canonical, "latin1"), "hex");
}

const stringToSignHead = ({
  timestamp,
  date,
  region,
  service,
}: Pick<Signature, "timestamp" | "date" | "region" | "service">): string =>
  `${ALGORITHM}\n${timestamp}\n${date}/${region}/${service}/${TERMINATOR}\n`;

/** Compares in constant time; only the length of the sent text shows. */
export function sameText(expected: string, sent: string): boolean {
  const expectedBytes = Buffer.from(expected, "utf8");
  const sentBytes = Buffer.from(sent, "utf8");
  return expectedBytes.length === sentBytes.length && timingSafeEqual(expectedBytes, sentBytes);
}
