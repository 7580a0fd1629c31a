import { accessKeyId, secretAccessKey } from "../data/ids.ts";
import type { Session } from "./caller.ts";
import { PackedPolicyTooLarge, type WireError } from "./errors.ts";
import type { Context } from "./operation.ts";

/** The largest session token that STS issues, in bytes. */
const MAXIMUM_TOKEN_SIZE = 4096;

/** What an operation decides about a session; keys and times are added when it is issued. */
export type Grant = Omit<Session, "accessKeyId" | "secret" | "issuedAt" | "expiresAt">;

/** The part of the answer that all operations that issue credentials share. */
interface IssuedSession {
  readonly Credentials: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
    readonly Expiration: Date;
  };
  /** Percent of the largest token. */
  readonly SessionTokenUtilization: number;
  /** Bytes. */
  readonly SessionTokenSize: number;
}

/**
 * Issues temporary credentials for `seconds`, counted from the whole second (evidence: id-expiration). A token shorter
 * than `minimumTokenSize` bytes is padded to that size. Throws PackedPolicyTooLarge if policies and tags make the token
 * larger than STS allows. AWS publishes neither its packed format nor that format's limit; so the token itself counts,
 * which is how the API reference defines PackedPolicySize since June 2026.
 */
export function issueSession(grant: Grant, seconds: number, context: Context, minimumTokenSize = 0): IssuedSession {
  const { now, random, sessions } = context;
  const session: Session = {
    ...grant,
    accessKeyId: accessKeyId("ASIA", grant.account, random),
    secret: secretAccessKey(random),
    issuedAt: now,
    expiresAt: Math.floor(now / 1000) * 1000 + seconds * 1000,
  };
  const token = sessions.seal(session, minimumTokenSize);
  const utilization = percentOf(token.length, MAXIMUM_TOKEN_SIZE);
  if (utilization > 100) throw tokenTooLarge(grant, utilization);
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secret,
      SessionToken: token,
      Expiration: new Date(session.expiresAt),
    },
    SessionTokenUtilization: utilization,
    SessionTokenSize: token.length,
  };
}

/** PackedPolicySize: the utilization, only for sessions with policies or tags (evidence: sts-packed-policy-size). */
export const packedPolicySize = (
  { policy, policyArns, tags }: Pick<Grant, "policy" | "policyArns" | "tags">,
  issued: IssuedSession,
): number | undefined => ((policy ?? policyArns ?? tags) === undefined ? undefined : issued.SessionTokenUtilization);

/** Rounded up, so that one byte too many gives 101. */
export const percentOf = (size: number, limit: number): number => Math.ceil((100 * size) / limit);

/** The refusal of a session policy that is too large. */
export const policyTooLarge = (percent: number): WireError =>
  PackedPolicyTooLarge(`Packed policy consumes ${percent}% of allotted space, please use smaller policy.`);

/** Which text AWS uses if there are both policies and tags is not known (evidence: sts-packed-too-large). */
const tokenTooLarge = ({ policy, policyArns }: Grant, percent: number): WireError =>
  (policy ?? policyArns) === undefined
    ? PackedPolicyTooLarge(`Packed size of session tags consumes ${percent}% of allotted space.`)
    : policyTooLarge(percent);
