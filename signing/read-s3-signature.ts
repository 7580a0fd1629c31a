import { pairsOf, readSignedHeaders } from "./authorization-header.ts";
import { parameter, pathAsSent, queryParameters, type QueryParameter } from "./canonical-request.ts";
import type { ReadOptions, Signature } from "./read-signature.ts";
import { readS3Payload, type S3Payload } from "./s3-payload.ts";
import {
  accessDenied,
  ASYMMETRIC,
  asymmetric,
  invalidArgument,
  malformedHeader,
  malformedQuery,
  oldVersion,
} from "./s3-errors.ts";
import { checkS3Time, readS3Scope, type RegionValid } from "./s3-scope.ts";
import { ALGORITHM, type Credential } from "./signature-scope.ts";
import { header, type RequestHead } from "./signed-request.ts";
import { missingToken, type SigningError } from "./signing-error.ts";
import { LONGEST_PRESIGNED } from "./signing-rules.ts";
import { parseHttpDate, parseIsoBasic, type Timestamp } from "./timestamp.ts";

// The signatures of S3: the same cryptography as elsewhere, with rules, an order and texts of its own
// (evidence: gate-s3-order, gate-s3-texts).

export interface S3Signature extends Signature {
  readonly payload: S3Payload;
}

/** What header and query alike are read into. */
interface Sent {
  readonly form: "header" | "query";
  readonly credential: Credential;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: Timestamp;
  readonly securityToken: string | undefined;
  /** Seconds, of a presigned request. */
  readonly expires: number | undefined;
}

/**
 * Reads the signature of a request to S3 and checks all that can be checked without the secret.
 * Throws a SigningError in S3's words; one without a code for a malformed path, MalformedQueryString for a malformed query,
 * MissingAuthenticationToken where nobody has signed: S3 takes that for an anonymous call.
 */
export function readS3Signature(
  request: RequestHead,
  options: Pick<ReadOptions, "times" | "regionValid">,
): S3Signature {
  pathAsSent(request.target);
  const parameters = queryParameters(request.target);
  const sent = readSent(request, parameters, options.regionValid);
  const { form, credential, signedHeaders, signature, timestamp, securityToken } = sent;
  if (!signedHeaders.includes("host") && !signedHeaders.includes(":authority")) throw headersNotSigned(["host"]);
  checkS3Time(sent, options.times);
  const unsigned = unsignedHeaders(request.rawHeaders, signedHeaders);
  if (unsigned.length > 0) throw headersNotSigned(unsigned);
  const payload = readS3Payload(request.rawHeaders, form, parameter(parameters, "X-Amz-Content-Sha256"));
  const { accessKeyId, date, region, service } = credential;
  const scope = { accessKeyId, date, region, service };
  const { text, time: signedAt } = timestamp;
  return { form, ...scope, signedHeaders, signature, securityToken, timestamp: text, signedAt, payload };
}

function readSent(request: RequestHead, parameters: readonly QueryParameter[], regionValid: RegionValid): Sent {
  const authorization = header(request.rawHeaders, "authorization");
  const algorithm = parameter(parameters, "X-Amz-Algorithm");
  const version2 = parameter(parameters, "AWSAccessKeyId") !== undefined;
  if (authorization !== undefined && (algorithm !== undefined || version2)) {
    throw invalidArgument(
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
      "Authorization",
      authorization,
    );
  }
  if (authorization !== undefined) return headerParts(request, authorization, regionValid);
  if (algorithm !== undefined) return queryParts(parameters, algorithm, regionValid);
  if (version2) throw oldVersion();
  throw missingToken("The request is not signed: S3 takes it for an anonymous one.");
}

function headerParts({ rawHeaders }: RequestHead, authorization: string, regionValid: RegionValid): Sent {
  const algorithm = authorization.split(" ", 1)[0]!;
  if (algorithm === ASYMMETRIC) throw asymmetric();
  if (algorithm === "AWS") throw oldVersion();
  if (algorithm !== ALGORITHM) throw invalidArgument("Unsupported Authorization Type", "Authorization", authorization);
  const { invalid, credential, signedHeaders, signature } = pairsOf(authorization);
  if (credential === undefined || signature === undefined || signedHeaders === undefined || invalid !== undefined) {
    throw malformedHeader(
      "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
    );
  }
  const amzDate = header(rawHeaders, "x-amz-date");
  const date = amzDate ?? header(rawHeaders, "date");
  const timestamp =
    date === undefined ? undefined : (parseIsoBasic(date) ?? (amzDate === undefined ? parseHttpDate(date) : undefined));
  if (timestamp === undefined) throw accessDenied("AWS authentication requires a valid Date or x-amz-date header");
  return {
    form: "header",
    credential: readS3Scope("header", credential, timestamp, regionValid),
    signedHeaders: readSignedHeaders(signedHeaders),
    signature,
    timestamp,
    securityToken: header(rawHeaders, "x-amz-security-token"),
    expires: undefined,
  };
}

function queryParts(parameters: readonly QueryParameter[], algorithm: string, regionValid: RegionValid): Sent {
  if (algorithm === ASYMMETRIC) throw asymmetric();
  if (algorithm !== ALGORITHM) throw malformedQuery(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const [credential, signature, date, signedHeaders, expires] = [
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
  ].map((name) => parameter(parameters, name) || undefined);
  if (!credential || !signature || !date || !signedHeaders || !expires) {
    throw malformedQuery(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  }
  const timestamp = parseIsoBasic(date);
  if (timestamp === undefined) {
    throw malformedQuery(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  return {
    form: "query",
    credential: readS3Scope("query", credential, timestamp, regionValid),
    signedHeaders: readSignedHeaders(signedHeaders),
    signature,
    timestamp,
    securityToken: parameter(parameters, "X-Amz-Security-Token"),
    expires: readExpires(expires),
  };
}

function readExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw malformedQuery("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (seconds < 0) throw malformedQuery("X-Amz-Expires must be non-negative");
  if (seconds > LONGEST_PRESIGNED) {
    throw malformedQuery(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${LONGEST_PRESIGNED} seconds`,
    );
  }
  return seconds;
}

/** Headers that would mean something to S3 and were not signed, in lower case (evidence: gate-s3-headers). */
function unsignedHeaders(rawHeaders: readonly string[], signedHeaders: readonly string[]): readonly string[] {
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => name.startsWith("x-amz-") && !signedHeaders.includes(name));
}

const headersNotSigned = (names: readonly string[]): SigningError =>
  accessDenied("There were headers present in the request which were not signed", undefined, {
    HeadersNotSigned: names.join(", "),
  });
