import { SigningError } from "./signing-error.ts";
import { isoBasic } from "./timestamp.ts";
import { atSecond, type Detail } from "./detail.ts";

// S3's refusals of signatures: it has codes, texts and elements of its own (evidence: gate-s3-texts).

/** A sentence of S3 about an Authorization header. */
export const malformedHeader = (fault: string, elements: Readonly<Record<string, string>> = {}): SigningError =>
  new SigningError(
    "AuthorizationHeaderMalformed",
    400,
    `The authorization header is malformed; ${fault}`,
    undefined,
    elements,
  );

/** A sentence of S3 about the parameters of a presigned request. */
export const malformedQuery = (message: string): SigningError =>
  new SigningError("AuthorizationQueryParametersError", 400, message);

export const invalidArgument = (message: string, name: string, value: string): SigningError =>
  new SigningError("InvalidArgument", 400, message, undefined, { ArgumentName: name, ArgumentValue: value });

export const invalidRequest = (message: string): SigningError => new SigningError("InvalidRequest", 400, message);

/** Of Signature Version 2 (evidence: gate-s3-version-2). */
export const oldVersion = (): SigningError =>
  invalidRequest("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");

export const ASYMMETRIC = "AWS4-ECDSA-P256-SHA256";
/** Our own refusal (evidence: gate-sigv4a). */
export const asymmetric = (): SigningError =>
  new SigningError(
    "NotImplemented",
    501,
    `Signatures of ${ASYMMETRIC} (SigV4A, for multi-region access points) cannot be verified here. Please use AWS4-HMAC-SHA256.`,
  );

export const accessDenied = (
  message: string,
  detail?: Detail,
  elements: Readonly<Record<string, string>> = {},
): SigningError => new SigningError("AccessDenied", 403, message, detail, elements);

/** `skew` is in seconds; `now` is what S3 takes for the time. */
export const tooSkewed = (signedAt: number, now: number, skew: number, detail: Detail): SigningError =>
  new SigningError(
    "RequestTimeTooSkewed",
    403,
    "The difference between the request time and the current time is too large.",
    detail,
    {
      RequestTime: isoBasic(signedAt),
      ServerTime: atSecond(now),
      MaxAllowedSkewMilliseconds: String(skew * 1000),
    },
  );

/** A signature that does not match, with everything that helps a client to find out where the two have parted. */
export function s3Mismatch(mismatch: {
  readonly accessKeyId?: string;
  /** As it was sent. */
  readonly signature: string;
  readonly stringToSign: string;
  /** In latin1; there is none of a chunk. */
  readonly canonical?: string;
  readonly detail: Detail | undefined;
}): SigningError {
  const { accessKeyId, signature, stringToSign, canonical, detail } = mismatch;
  const elements: Record<string, string> = {};
  if (accessKeyId !== undefined) elements.AWSAccessKeyId = accessKeyId;
  elements.StringToSign = stringToSign;
  elements.SignatureProvided = signature;
  elements.StringToSignBytes = hexBytes(Buffer.from(stringToSign));
  if (canonical !== undefined) {
    elements.CanonicalRequest = fromLatin1(canonical);
    elements.CanonicalRequestBytes = hexBytes(Buffer.from(canonical, "latin1"));
  }
  return new SigningError(
    "SignatureDoesNotMatch",
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    detail,
    elements,
  );
}

const fromLatin1 = (text: string): string => Buffer.from(text, "latin1").toString("utf8");
const hexBytes = (bytes: Buffer): string => bytes.toString("hex").replace(/..(?=.)/g, "$& ");
