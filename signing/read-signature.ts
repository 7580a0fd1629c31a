import { canonicalPath, decodeComponent, queryParameters, type QueryParameter } from "./canonical-request.ts";
import { remembered } from "./remembered.ts";
import { checkScope, checkTime, readCredential, type ScopeOptions } from "./signature-scope.ts";
import { header, type SignedRequest } from "./signed-request.ts";
import { doesNotMatch, incomplete, missingToken } from "./signing-error.ts";
import { parseHttpDate, parseIsoBasic, type Timestamp } from "./timestamp.ts";

// AWS Signature Version 4, the receiving side: everything that the request alone tells. The order of the checks and the
// texts are AWS's (evidence: sigv4-check-order, sigv4-texts).

export const ALGORITHM = "AWS4-HMAC-SHA256";

export interface ReadOptions extends ScopeOptions {
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
}

/**
 * Reads the signature of a request and checks all that can be checked without the secret.
 * Throws a SigningError: MissingAuthenticationToken, IncompleteSignature, SignatureDoesNotMatch (host not signed, time,
 * scope), MalformedQueryString, or one without a code for a malformed path.
 */
export function readSignature(request: SignedRequest, options: ReadOptions): Signature {
  canonicalPath(request.target);
  const sent = readParts(request);
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
  checkTime(signedAt, options.times);
  const credential = readCredential(sent.credential);
  checkScope(credential, timestamp, options);
  const { form, signature, securityToken } = sent;
  const { accessKeyId, date, region, service } = credential;
  return { form, accessKeyId, date, region, service, signedHeaders, signature, securityToken, timestamp, signedAt };
}

function readParts(request: SignedRequest): SentParts {
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
  return queryParts(parameters);
}

function headerParts(request: SignedRequest, authorization: string): SentParts {
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

// X-Amz-Expires is not read: a presigned request of IAM or STS lives 15 minutes, whatever it says
// (evidence: sigv4-presigned).
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

/** The parts of an Authorization header behind the algorithm, as far as they mean something. */
interface Pairs {
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
  /** The first part that is no pair. */
  readonly invalid: string | undefined;
}

/** The last of several of one name counts. Up to the last comma, which is before the signature, a client's requests have one text. */
function pairsOf(authorization: string): Pairs {
  const comma = authorization.lastIndexOf(",");
  if (comma < 0) return readPairs(authorization.slice(ALGORITHM.length));
  const first = readFirstPairs(authorization.slice(ALGORITHM.length, comma));
  const last = readPairs(authorization.slice(comma + 1));
  return {
    credential: last.credential ?? first.credential,
    signedHeaders: last.signedHeaders ?? first.signedHeaders,
    signature: last.signature ?? first.signature,
    invalid: first.invalid ?? last.invalid,
  };
}

function readPairs(text: string): Pairs {
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  let invalid: string | undefined;
  for (const untrimmed of text.split(",")) {
    const part = untrimmed.trim();
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals < 0) invalid ??= part;
    const name = part.slice(0, equals);
    const value = part.slice(equals + 1);
    if (name === "Credential") credential = value;
    else if (name === "Signature") signature = value;
    else if (name === "SignedHeaders") signedHeaders = value;
  }
  return { credential, signedHeaders, signature, invalid };
}

const readFirstPairs = remembered(readPairs);

/** Names in lower case and sorted. */
const readSignedHeaders = remembered((text: string): readonly string[] => text.toLowerCase().split(";").sort());

/** The first value of a query parameter, decoded. */
function parameter(parameters: readonly QueryParameter[], name: string): string | undefined {
  const found = parameters.find((candidate) => candidate.name === name);
  return found && decodeComponent(found.value);
}
