import { hash, timingSafeEqual } from "node:crypto";
import {
  canonicalPath,
  canonicalRequest,
  decodeComponent,
  queryParameters,
  type QueryParameter,
} from "./canonical-request.ts";
import type { Detail } from "./detail.ts";
import { mismatchDetail, scopeHint, whyNotOfNow } from "./signature-mismatch.ts";
import { SigningError } from "./signing-error.ts";
import { signingKey } from "./signing-key.ts";
import { isoBasic, parseHttpDate, parseIsoBasic, type Timestamp } from "./timestamp.ts";

// AWS Signature Version 4, the receiving side. First everything that the request alone tells (`readSignature`), then,
// when the key id has led to a secret, the signature itself (`verifySignature`). The order of the checks and the texts
// are AWS's (evidence: sigv4-check-order, sigv4-texts).

const ALGORITHM = "AWS4-HMAC-SHA256";
const TERMINATOR = "aws4_request";
const LIFE = 15 * 60 * 1000;

/** A request as it came over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** The request target as on the wire, such as `/?Action=GetCallerIdentity`. */
  readonly target: string;
  /** Node's flat list of name, value, name, value, decoded as latin1. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

export interface ReadOptions {
  /** Whose endpoint was called; undefined where nothing tells, and then either service will do. */
  readonly service: "iam" | "sts" | undefined;
  /** Milliseconds: the emulator's time, which error texts show, and the machine's where the two differ. */
  readonly times: readonly number[];
  readonly regionValid: (region: string) => boolean;
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
  const signedHeaders = sent.signedHeaders.toLowerCase().split(";");
  if (!isSorted(signedHeaders)) signedHeaders.sort();
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
  let credential: string | undefined;
  let signature: string | undefined;
  let signedHeaders: string | undefined;
  for (const untrimmed of authorization.slice(ALGORITHM.length).split(",")) {
    const part = untrimmed.trim();
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals < 0) {
      throw incomplete(
        `'${part}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
      );
    }
    const name = part.slice(0, equals);
    const value = part.slice(equals + 1);
    if (name === "Credential") credential = value;
    else if (name === "Signature") signature = value;
    else if (name === "SignedHeaders") signedHeaders = value;
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

// Good for 15 minutes either way by any of the clocks; the text tells the time of the first. Clients read the server's
// time out of it (evidence: sigv4-clock), hence whole seconds here as well.
function checkTime(signedAt: number, times: readonly number[]): void {
  if (times.some((time) => Math.abs(signedAt - Math.floor(time / 1000) * 1000) <= LIFE)) return;
  const now = times[0]!;
  throw doesNotMatch(
    signedAt < now
      ? `Signature expired: ${isoBasic(signedAt)} is now earlier than ${isoBasic(now - LIFE)} (${isoBasic(now)} - 15 min.)`
      : `Signature not yet current: ${isoBasic(signedAt)} is still later than ${isoBasic(now + LIFE)} (${isoBasic(now)} + 15 min.)`,
    whyNotOfNow(signedAt, times),
  );
}

interface Credential {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

function readCredential(text: string): Credential {
  const parts = text.split("/");
  if (parts.length !== 5) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${text}'`,
    );
  }
  return { accessKeyId: parts[0]!, date: parts[1]!, region: parts[2]!, service: parts[3]!, terminator: parts[4]! };
}

// All faults in one message; each text but the last ends with a blank (evidence: sigv4-scope-texts).
function checkScope(scope: Credential, timestamp: string, { service, regionValid }: ReadOptions): void {
  const day = timestamp.slice(0, 8);
  const serviceValid =
    service === undefined ? scope.service === "iam" || scope.service === "sts" : scope.service === service;
  let faults = "";
  if (!regionValid(scope.region)) faults += `Credential should be scoped to a valid region, not '${scope.region}'. `;
  if (!serviceValid) faults += `Credential should be scoped to correct service: '${service ?? "iam"}'. `;
  if (scope.terminator !== TERMINATOR) {
    faults += `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${scope.terminator}'. `;
  }
  if (scope.date !== day) {
    faults +=
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
      `'${scope.date}' != '${day}', from '${timestamp}'.`;
  }
  if (faults !== "") throw doesNotMatch(faults, scopeHint(scope, service));
}

/** The first value of a header in node's flat list; `name` in lower case. */
export function header(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const sent = rawHeaders[i]!;
    if (sent.length === name.length && sent.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}

/** The first value of a query parameter, decoded. */
function parameter(parameters: readonly QueryParameter[], name: string): string | undefined {
  const found = parameters.find((candidate) => candidate.name === name);
  return found && decodeComponent(found.value);
}

// Clients send them in order, and to see that costs a tenth of sorting.
const isSorted = (names: readonly string[]): boolean => names.every((name, i) => i === 0 || names[i - 1]! <= name);

/** Compares in constant time; only the length of the sent text shows. */
function sameText(expected: string, sent: string): boolean {
  const expectedBytes = Buffer.from(expected, "utf8");
  const sentBytes = Buffer.from(sent, "utf8");
  return expectedBytes.length === sentBytes.length && timingSafeEqual(expectedBytes, sentBytes);
}

const missingToken = (detail: Detail): SigningError =>
  new SigningError("MissingAuthenticationToken", 403, "Request is missing Authentication Token", detail);
const incomplete = (message: string): SigningError => new SigningError("IncompleteSignature", 400, message);
const doesNotMatch = (message: string | undefined, detail: Detail): SigningError =>
  new SigningError("SignatureDoesNotMatch", 403, message, detail);
