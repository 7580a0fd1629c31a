import { canonicalPath, pathAsSent } from "./canonical-request.ts";

// Where AWS's services differ in how they read a Signature Version 4.

export interface SigningRules {
  /** The path as it is signed, from the request target. Throws a bare 400. */
  readonly path: (target: string) => string;
  /** Seconds that a signature's time may be off, either way. */
  readonly skew: number;
  /** Whether a presigned request lives as long as its X-Amz-Expires says. */
  readonly expires: boolean;
}

/** Seconds: a week (evidence: gate-presigned). */
export const LONGEST_PRESIGNED = 604_800;

/** IAM and STS do not read X-Amz-Expires: a presigned request lives 15 minutes, whatever it says (evidence: sigv4-presigned). */
export const IAM_RULES: SigningRules = { path: canonicalPath, skew: 15 * 60, expires: false };

/** (evidence: gate-s3-path, gate-skew) */
const S3_RULES: SigningRules = { path: pathAsSent, skew: 15 * 60, expires: true };

/** (evidence: gate-skew) */
const OTHER_RULES: SigningRules = { path: canonicalPath, skew: 5 * 60, expires: true };

/** The services that sign as S3 does, by the names in their scopes. */
const S3_FAMILY: ReadonlySet<string> = new Set(["s3", "s3express", "s3-outposts", "s3-object-lambda"]);

export const signsAsS3 = (service: string): boolean => S3_FAMILY.has(service);

/** The rules of a service, by its name in the scope of signatures. */
export function rulesOf(service: string): SigningRules {
  if (signsAsS3(service)) return S3_RULES;
  return service === "iam" || service === "sts" ? IAM_RULES : OTHER_RULES;
}
