import { remembered } from "./remembered.ts";
import { scopeHint, whyNotOfNow } from "./signature-mismatch.ts";
import { doesNotMatch, incomplete } from "./signing-error.ts";
import { isoBasic } from "./timestamp.ts";

// What a signature is good for: a time, a region and a service.

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const TERMINATOR = "aws4_request";
const SECOND = 1000;

export interface ScopeOptions {
  /** Whose endpoint was called; undefined where nothing tells, and then either of IAM and STS will do. */
  readonly service: string | undefined;
  readonly regionValid: (region: string) => boolean;
}

/** For how many seconds before and after its time a signature is good. */
export interface Life {
  readonly before: number;
  readonly after: number;
}

/**
 * Good by any of the clocks; the text tells the time of the first. Clients read the server's time out of it
 * (evidence: sigv4-clock), hence whole seconds here as well. Throws a SigningError.
 */
export function checkTime(signedAt: number, times: readonly number[], { before, after }: Life): void {
  const current = (time: number): boolean => {
    const age = Math.floor(time / SECOND) * SECOND - signedAt;
    return age <= after * SECOND && age >= -before * SECOND;
  };
  if (times.some(current)) return;
  const now = times[0]!;
  throw doesNotMatch(
    signedAt < now
      ? `Signature expired: ${isoBasic(signedAt)} is now earlier than ${isoBasic(now - after * SECOND)} (${isoBasic(now)} - ${minutes(after)})`
      : `Signature not yet current: ${isoBasic(signedAt)} is still later than ${isoBasic(now + before * SECOND)} (${isoBasic(now)} + ${minutes(before)})`,
    whyNotOfNow(signedAt, times),
  );
}

const minutes = (seconds: number): string => (seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`);

export interface Credential {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

/** The five parts of a credential; undefined where there are not five. */
export function splitCredential(text: string): Credential | undefined {
  const parts = text.split("/");
  if (parts.length !== 5) return undefined;
  return { accessKeyId: parts[0]!, date: parts[1]!, region: parts[2]!, service: parts[3]!, terminator: parts[4]! };
}

export const readCredential = remembered((text: string): Credential => {
  const credential = splitCredential(text);
  if (credential) return credential;
  throw incomplete(
    `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${text}'`,
  );
});

/** Throws a SigningError: all faults in one message; each text but the last ends with a blank (evidence: sigv4-scope-texts). */
export function checkScope(scope: Credential, timestamp: string, { service, regionValid }: ScopeOptions): void {
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
