import { pairsOf, readSignedHeaders } from "./authorization-header.ts";
import { parameter, queryParameters, type QueryParameter } from "./canonical-request.ts";
import { ALGORITHM, checkScope, checkTime, readCredential, type ScopeOptions } from "./signature-scope.ts";
import { header, type RequestHead } from "./signed-request.ts";
import { doesNotMatch, incomplete, missingToken } from "./signing-error.ts";
import { IAM_RULES, LONGEST_PRESIGNED, type SigningRules } from "./signing-rules.ts";
import { parseHttpDate, parseIsoBasic, type Timestamp } from "./timestamp.ts";

// AWS Signature Version 4, the receiving side: everything that the request alone tells. The order of the checks and the
// texts are AWS's (evidence: sigv4-check-order, sigv4-texts).

export interface ReadOptions extends ScopeOptions {
  /** IAM's and STS's where they are absent. */
  readonly rules?: SigningRules;
  /** Milliseconds: the emulator's time, which error texts show, and the machine's where the two differ. */
  readonly times: readonly number[];
}

/** What a request says about its signature; not yet verified. */
export interface Signature {
  readonly form: "header" | "query";
  readonly accessKeyId: string;
  /** The day in the credential scope, `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower-case and sorted. */
  readonly signedHeaders: readonly string[];
  /** Hex, as it was sent. */
  readonly signature: string;
  readonly securityToken?: string;
  /** `YYYYMMDDThhmmssZ`, as it was signed. */
  readonly timestamp: string;
  /** The same in milliseconds. */
  readonly signedAt: number;
}

/** A signature's parts as they were sent, in either form. */
interface SentParts {
  readonly form: "header" | "query";
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly date: string;
  /** What `date` says; undefined where it says nothing. */
  readonly timestamp: Timestamp | undefined;
  readonly securityToken: string | undefined;
  /** Seconds that a presigned request is good for, if it says so and the service reads it. */
  readonly expires?: number | undefined;
}

/**
 * Reads the signature of a request and checks all that can be checked without the secret.
 * Throws a SigningError: MissingAuthenticationToken, IncompleteSignature, SignatureDoesNotMatch (host not signed, time,
 * scope), MalformedQueryString, or one without a code for a malformed path.
 */
export function readSignature(request: RequestHead, options: ReadOptions): Signature {
  const { rules = IAM_RULES } = options;
  rules.path(request.target);
  const sent = readParts(request, rules);
  const signedHeaders = readSignedHeaders(sent.signedHeaders);
  if (!signedHeaders.includes("host") && !signedHeaders.includes(":authority")) {
    throw doesNotMatch(
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
      "A signature that does not cover the host would be good for any server.",
    );
  }
  if (sent.timestamp === undefined) {
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${sent.date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  const { time: signedAt, text: timestamp } = sent.timestamp;
  checkTime(signedAt, options.times, { before: rules.skew, after: sent.expires ?? rules.skew });
  const credential = readCredential(sent.credential);
  checkScope(credential, timestamp, options);
  const { form, signature, securityToken } = sent;
  const { accessKeyId, date, region, service } = credential;
  return { form, accessKeyId, date, region, service, signedHeaders, signature, securityToken, timestamp, signedAt };
}

function readParts(request: RequestHead, rules: SigningRules): SentParts {
  const parameters = queryParameters(request.target);
  const authorization = header(request.rawHeaders, "authorization");
  const queryAlgorithm = parameter(parameters, "X-Amz-Algorithm");
  if (authorization !== undefined && queryAlgorithm !== undefined)
    throw doesNotMatch(undefined, "It is signed twice: in the Authorization header and in the query string.");
  if (authorization !== undefined) return headerParts(request, authorization);
  if (queryAlgorithm !== ALGORITHM) {
    throw missingToken(
      "The request is not signed: it has no Authorization header, and no X-Amz-Algorithm in its query string. The client has no credentials, or was told to send none.",
    );
  }
  const sent = queryParts(parameters);
  return rules.expires ? { ...sent, expires: readExpires(parameters) } : sent;
}

function headerParts(request: RequestHead, authorization: string): SentParts {
  const algorithm = authorization.split(" ", 1)[0]!;
  if (algorithm !== ALGORITHM) {
    // Of another AWS4 algorithm (SigV4A) AWS says that it is not supported; Basic, Bearer and the like are no attempt
    // to sign. The sources disagree on the latter (evidence: sigv4-scheme).
    throw algorithm.startsWith("AWS4-")
      ? incomplete(`Unsupported AWS 'algorithm': '${algorithm}'.`)
      : missingToken("The Authorization header is of another kind than AWS4-HMAC-SHA256, the only one that signs.");
  }
  const { invalid, credential, signedHeaders, signature } = pairsOf(authorization);
  if (invalid !== undefined) {
    throw incomplete(
      `'${invalid}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
    );
  }
  const amzDate = header(request.rawHeaders, "x-amz-date");
  const date = amzDate ?? header(request.rawHeaders, "date");
  if (credential === undefined || signature === undefined || signedHeaders === undefined || date === undefined) {
    const missing = [
      credential === undefined && "Authorization header requires 'Credential' parameter.",
      signature === undefined && "Authorization header requires 'Signature' parameter.",
      signedHeaders === undefined && "Authorization header requires 'SignedHeaders' parameter.",
      date === undefined && "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
      `Authorization=${authorization}`,
    ];
    throw incomplete(missing.filter(Boolean).join(" "));
  }
  const timestamp = parseIsoBasic(date) ?? (amzDate === undefined ? parseHttpDate(date) : undefined);
  const securityToken = header(request.rawHeaders, "x-amz-security-token");
  return { form: "header", credential, signedHeaders, signature, date, timestamp, securityToken };
}

function queryParts(parameters: readonly QueryParameter[]): SentParts {
  const credential = parameter(parameters, "X-Amz-Credential");
  const signature = parameter(parameters, "X-Amz-Signature");
  const signedHeaders = parameter(parameters, "X-Amz-SignedHeaders");
  const date = parameter(parameters, "X-Amz-Date");
  if (credential === undefined || signature === undefined || signedHeaders === undefined || date === undefined) {
    const missing = [
      credential === undefined && "AWS query-string parameters must include 'X-Amz-Credential'.",
      signature === undefined && "AWS query-string parameters must include 'X-Amz-Signature'.",
      signedHeaders === undefined && "AWS query-string parameters must include 'X-Amz-SignedHeaders'.",
      date === undefined && "AWS query-string parameters must include 'X-Amz-Date'.",
      "Re-examine the query-string parameters.",
    ];
    throw incomplete(missing.filter(Boolean).join(" "));
  }
  const securityToken = parameter(parameters, "X-Amz-Security-Token");
  return { form: "query", credential, signedHeaders, signature, date, timestamp: parseIsoBasic(date), securityToken };
}

/** Seconds; undefined where there is no X-Amz-Expires. Throws IncompleteSignature (evidence: gate-presigned). */
function readExpires(parameters: readonly QueryParameter[]): number | undefined {
  const text = parameter(parameters, "X-Amz-Expires");
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST_PRESIGNED) return seconds;
  throw incomplete(`X-Amz-Expires must be a number of seconds from 1 to ${LONGEST_PRESIGNED}, not '${text}'.`);
}
