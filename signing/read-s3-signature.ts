import { pairsOf, readSignedHeaders } from "./authorization-header.ts";
import { parameter, pathAsSent, queryParameters, type QueryParameter } from "./canonical-request.ts";
import { atSecond, span } from "./detail.ts";
import type { ReadOptions, Signature } from "./read-signature.ts";
import { readS3Payload, type S3Payload } from "./s3-payload.ts";
import {
  accessDenied,
  invalidArgument,
  invalidRequest,
  malformedHeader,
  malformedQuery,
  tooSkewed,
} from "./s3-errors.ts";
import { ALGORITHM, splitCredential, TERMINATOR, type Credential } from "./signature-scope.ts";
import { whyNotOfNow } from "./signature-mismatch.ts";
import { header, type RequestHead } from "./signed-request.ts";
import { missingToken, SigningError } from "./signing-error.ts";
import { LONGEST_PRESIGNED, rulesOf, signsAsS3 } from "./signing-rules.ts";
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
  const sent = readSent(request, parameters);
  const { form, credential, signedHeaders, signature, timestamp, securityToken } = sent;
  if (!signedHeaders.includes("host") && !signedHeaders.includes(":authority")) throw headersNotSigned(["host"]);
  if (!options.regionValid(credential.region)) {
    throw fault(form, `the region '${credential.region}' is wrong; expecting 'us-east-1'`, { Region: "us-east-1" });
  }
  checkCurrent(sent, options.times);
  const unsigned = unsignedHeaders(request.rawHeaders, signedHeaders);
  if (unsigned.length > 0) throw headersNotSigned(unsigned);
  const payload = readS3Payload(request.rawHeaders, form, parameter(parameters, "X-Amz-Content-Sha256"));
  const { accessKeyId, date, region, service } = credential;
  const scope = { accessKeyId, date, region, service };
  const { text, time: signedAt } = timestamp;
  return { form, ...scope, signedHeaders, signature, securityToken, timestamp: text, signedAt, payload };
}

function readSent(request: RequestHead, parameters: readonly QueryParameter[]): Sent {
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
  if (authorization !== undefined) return headerParts(request, authorization);
  if (algorithm !== undefined) return queryParts(parameters, algorithm);
  if (version2) throw invalidRequest(OLD_VERSION);
  throw missingToken("The request is not signed: S3 takes it for an anonymous one.");
}

const OLD_VERSION = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
const ASYMMETRIC = "AWS4-ECDSA-P256-SHA256";
const asymmetric = (): SigningError =>
  new SigningError(
    "NotImplemented",
    501,
    `Signatures of ${ASYMMETRIC} (SigV4A, multi-region access points) cannot be verified here. Please use ${ALGORITHM}.`,
  );

function headerParts({ rawHeaders }: RequestHead, authorization: string): Sent {
  const algorithm = authorization.split(" ", 1)[0]!;
  if (algorithm === ASYMMETRIC) throw asymmetric();
  if (algorithm === "AWS") throw invalidRequest(OLD_VERSION);
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
    credential: scopeOf("header", credential, timestamp),
    signedHeaders: readSignedHeaders(signedHeaders),
    signature,
    timestamp,
    securityToken: header(rawHeaders, "x-amz-security-token"),
    expires: undefined,
  };
}

function queryParts(parameters: readonly QueryParameter[], algorithm: string): Sent {
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
    credential: scopeOf("query", credential, timestamp),
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

/** A sentence about a credential, where the two forms word it apart. */
const fault = (form: "header" | "query", text: string, elements?: Readonly<Record<string, string>>): SigningError =>
  form === "header"
    ? malformedHeader(text, elements)
    : malformedQuery(`Error parsing the X-Amz-Credential parameter; ${text}`);

function scopeOf(form: "header" | "query", text: string, timestamp: Timestamp): Credential {
  const credential = splitCredential(text);
  if (credential === undefined) {
    throw fault(form, 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  if (credential.accessKeyId === "")
    throw fault(form, "a non-empty Access Key (AKID) must be provided in the credential.");
  const day = timestamp.text.slice(0, 8);
  if (credential.date !== day) {
    throw fault(
      form,
      `Invalid credential date "${credential.date}". This date is not the same as X-Amz-Date: "${day}".`,
    );
  }
  if (!signsAsS3(credential.service)) {
    throw fault(form, `incorrect service "${credential.service}". This endpoint belongs to "s3".`);
  }
  if (credential.terminator !== TERMINATOR) {
    throw fault(form, `incorrect terminal "${credential.terminator}". This endpoint uses "${TERMINATOR}".`);
  }
  return credential;
}

/** A signed header says when; a presigned request lives from its date on, and may not be of the future (evidence: gate-presigned). */
function checkCurrent({ credential, timestamp, expires }: Sent, times: readonly number[]): void {
  const { skew } = rulesOf(credential.service);
  const { time: signedAt } = timestamp;
  const now = times[0]!;
  const ages = times.map((time) => Math.floor(time / 1000) - signedAt / 1000);
  if (expires === undefined) {
    if (ages.some((age) => Math.abs(age) <= skew)) return;
    throw tooSkewed(signedAt, now, skew, whyNotOfNow(signedAt, times));
  }
  if (ages.some((age) => age >= -skew && age <= expires)) return;
  if (ages[0]! < 0) throw accessDenied("Request is not yet valid", whyNotOfNow(signedAt, times));
  const ended = signedAt + expires * 1000;
  throw accessDenied("Request has expired", `The presigned URL ended ${span(now - ended)} ago.`, {
    "X-Amz-Expires": String(expires),
    Expires: atSecond(ended),
    ServerTime: atSecond(now),
  });
}

/** Headers that would mean something to S3 and were not signed, in lower case. */
function unsignedHeaders(rawHeaders: readonly string[], signedHeaders: readonly string[]): readonly string[] {
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => name.startsWith("x-amz-") && !signedHeaders.includes(name));
}

const headersNotSigned = (names: readonly string[]): SigningError =>
  accessDenied("There were headers present in the request which were not signed", undefined, {
    HeadersNotSigned: names.join(", "),
  });
