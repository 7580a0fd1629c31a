import { outboundFederations, type Tag } from "../../data/entities/accounts.ts";
import { organizationAccounts } from "../../data/entities/organizations.ts";
import { uuid } from "../../data/random.ts";
import { signToken } from "../../signing/json-web-token.ts";
import type { Caller } from "../caller.ts";
import { principalTags } from "../context-keys.ts";
import {
  InvalidParameterValue,
  JWTPayloadSizeExceededException,
  OutboundWebIdentityFederationDisabledException,
  SessionDurationEscalationException,
  ValidationError,
} from "../errors.ts";
import { issuerOf } from "../iam/outbound-federation.ts";
import { operation, type Context, type Input } from "../operation.ts";
import { createPermissions, requestTagKeys } from "../tags.ts";
import { signingKeyOf, type TokenAlgorithm } from "../token-signing-keys.ts";
import { admits } from "./admission.ts";

const DEFAULT_SECONDS = 300;
/** The maximum size of the claims as JSON, in bytes (evidence: outbound-limits). */
const MAXIMUM_PAYLOAD = 14_984;

export const GetWebIdentityToken = operation("GetWebIdentityToken", {
  admit: admits("GetWebIdentityToken"),
  permissions(input, { account }) {
    const get = {
      action: "sts:GetWebIdentityToken",
      resource: { arn: `arn:aws:sts::${account}:self` },
      keys: {
        "sts:IdentityTokenAudience": input.Audience!,
        "sts:SigningAlgorithm": input.SigningAlgorithm!,
        "sts:DurationSeconds": String(input.DurationSeconds ?? DEFAULT_SECONDS),
        ...requestTagKeys(input.Tags),
      },
    };
    return createPermissions(get, "sts:TagGetWebIdentityToken", input.Tags);
  },
  handle(input, context) {
    const { tx, account, now, caller, settings } = context;
    const alg = supportedAlgorithm(input.SigningAlgorithm!);
    const requestTags = distinctTags(input.Tags ?? []);
    refuseOriginIdentity(input);
    const federation = tx.get(outboundFederations, account);
    if (!federation?.enabled) {
      throw OutboundWebIdentityFederationDisabledException("OutboundWebIdentityFederation is disabled.");
    }
    const { DurationSeconds: seconds = DEFAULT_SECONDS } = input;
    const issuedAt = Math.floor(now / 1000);
    if (caller.session && (issuedAt + seconds) * 1000 > caller.session.expiresAt) {
      throw SessionDurationEscalationException(
        "The requested token duration would extend the session beyond its original expiration time.",
      );
    }
    // In AWS's order (evidence: outbound-claims).
    const claims = {
      aud: input.Audience!.length === 1 ? input.Audience![0] : input.Audience,
      sub: subjectOf(caller),
      "https://sts.amazonaws.com/": identityClaims(context, requestTags),
      iss: issuerOf(federation, settings),
      exp: issuedAt + seconds,
      iat: issuedAt,
      jti: uuid(context.random),
    };
    if (Buffer.byteLength(JSON.stringify(claims)) > MAXIMUM_PAYLOAD) {
      throw JWTPayloadSizeExceededException(
        "The requested token payload size exceeds the maximum allowed size. Reduce the number of request tags included in the GetWebIdentityToken API call to reduce the token payload size.",
      );
    }
    const { kid, privateKey } = signingKeyOf(account, alg, tx)!;
    return {
      WebIdentityToken: signToken({ alg, kid }, claims, privateKey),
      Expiration: new Date(now + seconds * 1000),
    };
  },
});

function supportedAlgorithm(asked: string): TokenAlgorithm {
  if (asked === "RS256" || asked === "ES384") return asked;
  throw ValidationError(
    "Requested SigningAlgorithm is not supported. See the GetWebIdentityToken documentation for supported algorithms",
  );
}

/** Unlike session tags these may begin with `aws:` (evidence: outbound-validation). */
function distinctTags(sent: NonNullable<Input<"GetWebIdentityToken">["Tags"]>): readonly Tag[] {
  const tags = sent.map(({ Key = "", Value = "" }): Tag => ({ Key, Value }));
  if (new Set(tags.map(({ Key }) => Key.toLowerCase())).size < tags.length) {
    throw InvalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  return tags;
}

/**
 * The other subject mode, and its scope, are for sessions with a trusted identity propagation context, which the
 * emulator's sessions never have. The texts are our own; AWS's are not known.
 */
function refuseOriginIdentity({ SubjectMode: mode = "AWSIdentity", Scope }: Input<"GetWebIdentityToken">): void {
  if (mode === "OriginIdentity") {
    throw ValidationError("The calling session has no trusted identity propagation context with an origin identity.");
  }
  if (mode !== "AWSIdentity") throw ValidationError("SubjectMode must be AWSIdentity or OriginIdentity.");
  if (Scope !== undefined) throw ValidationError("Scope can be specified only when SubjectMode is OriginIdentity.");
}

/** The ARN of the user, or of the session's role, with its path. */
const subjectOf = ({ arn, principal }: Caller): string => (principal.type === "role" ? principal.roleArn : arn);

/** The claims in AWS's name; those that do not apply are left out (evidence: outbound-claims). */
function identityClaims(context: Context, requestTags: readonly Tag[]): object {
  const { caller, account, tx, request } = context;
  const { session } = caller;
  const member = tx.get(organizationAccounts, account);
  const principal = [...principalTags(context)];
  return {
    ...(member && { org_id: member.organization }),
    aws_account: account,
    ...(member && { ou_path: [`${[member.organization, ...member.path].join("/")}/`] }),
    ...(requestTags.length > 0 && { request_tags: asObject(requestTags) }),
    ...(session && { original_session_exp: new Date(session.expiresAt).toISOString().replace(/\.\d+Z$/, "Z") }),
    source_region: request.region,
    ...(session?.sourceIdentity !== undefined && { source_identity: session.sourceIdentity }),
    ...(session?.federatedProvider !== undefined && { federated_provider: session.federatedProvider }),
    principal_id: subjectOf(caller),
    ...(principal.length > 0 && { principal_tags: asObject(principal) }),
  };
}

const asObject = (tags: readonly Tag[]): object => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
