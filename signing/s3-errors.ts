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

/** The text of a mismatch, with everything that helps a client to find out where the two have parted. */
export function s3Mismatch(
  accessKeyId: string,
  signature: string,
  stringToSign: string,
  canonical: string | undefined,
  detail?: Detail,
): SigningError {
  const request: Readonly<Record<string, string>> =
    canonical === undefined
      ? {}
      : { CanonicalRequest: fromLatin1(canonical), CanonicalRequestBytes: hexBytes(Buffer.from(canonical, "latin1")) };
  return new SigningError(
    "SignatureDoesNotMatch",
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    detail,
    {
      AWSAccessKeyId: accessKeyId,
      StringToSign: stringToSign,
      SignatureProvided: signature,
      StringToSignBytes: hexBytes(Buffer.from(stringToSign)),
      ...request,
    },
  );
}

const fromLatin1 = (text: string): string => Buffer.from(text, "latin1").toString("utf8");
const hexBytes = (bytes: Buffer): string => bytes.toString("hex").replace(/..(?=.)/g, "$& ");
