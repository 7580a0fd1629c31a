import { atSecond, span } from "./detail.ts";
import { accessDenied, invalidArgument, malformedHeader, malformedQuery, tooSkewed } from "./s3-errors.ts";
import { splitCredential, TERMINATOR, type Credential } from "./signature-scope.ts";
import { whyNotOfNow } from "./signature-mismatch.ts";
import type { SigningError } from "./signing-error.ts";
import { rulesOf, signsAsS3 } from "./signing-rules.ts";
import type { Timestamp } from "./timestamp.ts";

// What a signature for S3 is good for: a time, a region and a service.

export type RegionValid = (region: string) => boolean;

/** Where a credential stands: in the Authorization header, in the query, in the form of an upload. */
type Place = "header" | "query" | "form";

/** Reads a credential. Throws a SigningError, each fault in S3's words for its place (evidence: gate-s3-texts). */
export function readS3Scope(place: Place, text: string, timestamp: Timestamp, regionValid: RegionValid): Credential {
  const fault = (sentence: string, elements?: Readonly<Record<string, string>>): SigningError =>
    FAULTS[place](sentence, text, elements);
  const credential = splitCredential(text);
  if (credential === undefined) {
    throw fault('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  const { accessKeyId, date, region, service, terminator } = credential;
  if (accessKeyId === "") throw fault("a non-empty Access Key (AKID) must be provided in the credential.");
  const day = timestamp.text.slice(0, 8);
  if (date !== day) {
    throw fault(`Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${day}".`);
  }
  if (!regionValid(region)) {
    throw fault(`the region '${region}' is wrong; expecting 'us-east-1'`, { Region: "us-east-1" });
  }
  if (!signsAsS3(service)) throw fault(`incorrect service "${service}". This endpoint belongs to "s3".`);
  if (terminator !== TERMINATOR) {
    throw fault(`incorrect terminal "${terminator}". This endpoint uses "${TERMINATOR}".`);
  }
  return credential;
}

const FAULTS: Readonly<
  Record<Place, (sentence: string, text: string, elements?: Readonly<Record<string, string>>) => SigningError>
> = {
  header: (sentence, _, elements) => malformedHeader(sentence, elements),
  query: (sentence) => malformedQuery(`Error parsing the X-Amz-Credential parameter; ${sentence}`),
  form: (sentence, text) => invalidArgument(sentence, "X-Amz-Credential", text),
};

/**
 * A signed header is good around its time; a presigned request, which has `expires` in seconds, from its time on, and it may not be of
 * the future (evidence: gate-presigned). Throws RequestTimeTooSkewed or AccessDenied.
 */
export function checkS3Time(
  {
    credential,
    timestamp: { time: signedAt },
    expires,
  }: {
    readonly credential: Credential;
    readonly timestamp: Timestamp;
    readonly expires: number | undefined;
  },
  times: readonly number[],
): void {
  const { skew } = rulesOf(credential.service);
  const now = times[0]!;
  const ages = times.map((time) => Math.floor(time / 1000) - signedAt / 1000);
  if (ages.some((age) => age >= -skew && age <= (expires ?? skew))) return;
  if (expires === undefined) throw tooSkewed(signedAt, now, skew, whyNotOfNow(signedAt, times));
  if (ages[0]! < 0) throw accessDenied("Request is not yet valid", whyNotOfNow(signedAt, times));
  const ended = signedAt + expires * 1000;
  throw accessDenied("Request has expired", `The presigned URL ended ${span(now - ended)} ago.`, {
    "X-Amz-Expires": String(expires),
    Expires: atSecond(ended),
    ServerTime: atSecond(now),
  });
}
