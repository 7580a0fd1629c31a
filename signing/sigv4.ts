import { hash, timingSafeEqual } from "node:crypto";
import { canonicalRequest } from "./canonical-request.ts";
import { ALGORITHM, type Signature } from "./read-signature.ts";
import { mismatchDetail } from "./signature-mismatch.ts";
import { TERMINATOR } from "./signature-scope.ts";
import { header, type SignedRequest } from "./signed-request.ts";
import { doesNotMatch } from "./signing-error.ts";
import { signingKey } from "./signing-key.ts";

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
  const canonical = canonicalRequest(
    { method: request.method, target: request.target, rawHeaders: request.rawHeaders, bodyHash },
    signature.signedHeaders,
    signature.form === "query",
  );
  const key = signingKey(secret, signature.date, signature.region, signature.service);
  const expected = key.hex(stringToSign(canonical, signature));
  if (!sameText(expected, signature.signature) || (declaredHash !== undefined && declaredHash !== bodyHash)) {
    throw doesNotMatch(
      "The request signature we calculated does not match the signature you provided. " +
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
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
function sameText(expected: string, sent: string): boolean {
  const expectedBytes = Buffer.from(expected, "utf8");
  const sentBytes = Buffer.from(sent, "utf8");
  return expectedBytes.length === sentBytes.length && timingSafeEqual(expectedBytes, sentBytes);
}
