import { remembered } from "./remembered.ts";
import { scopeHint, whyNotOfNow } from "./signature-mismatch.ts";
import { doesNotMatch, incomplete } from "./signing-error.ts";
import { isoBasic } from "./timestamp.ts";

// What a signature is good for: a time, a region and a service.

export const TERMINATOR = "aws4_request";
const LIFE = 15 * 60 * 1000;

export interface ScopeOptions {
  /** Whose endpoint was called; undefined where nothing tells, and then either service will do. */
  readonly service: "iam" | "sts" | undefined;
  readonly regionValid: (region: string) => boolean;
}

/**
 * Good for 15 minutes either way by any of the clocks; the text tells the time of the first. Clients read the server's
 * time out of it (evidence: sigv4-clock), hence whole seconds here as well. Throws a SigningError.
 */
export function checkTime(signedAt: number, times: readonly number[]): void {
  if (times.some((time) => Math.abs(signedAt - Math.floor(time / 1000) * 1000) <= LIFE)) return;
  const now = times[0]!;
  throw doesNotMatch(
    signedAt < now
      ? `Signature expired: ${isoBasic(signedAt)} is now earlier than ${isoBasic(now - LIFE)} (${isoBasic(now)} - 15 min.)`
      : `Signature not yet current: ${isoBasic(signedAt)} is still later than ${isoBasic(now + LIFE)} (${isoBasic(now)} + 15 min.)`,
    whyNotOfNow(signedAt, times),
  );
}

export interface Credential {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

export const readCredential = remembered((text: string): Credential => {
  const parts = text.split("/");
  if (parts.length !== 5) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${text}'`,
    );
  }
  return { accessKeyId: parts[0]!, date: parts[1]!, region: parts[2]!, service: parts[3]!, terminator: parts[4]! };
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
