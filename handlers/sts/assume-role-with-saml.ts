import { createPrivateKey } from "node:crypto";
import type { SamlProvider } from "../../data/entities/providers.ts";
import type { Role } from "../../data/entities/roles.ts";
import { uuid } from "../../data/random.ts";
import type { SamlAssertion } from "../../signing/saml/response.ts";
import type { SamlError } from "../../signing/saml/xml.ts";
import { accountIn } from "../../policy/arn.ts";
import {
  ExpiredTokenException,
  IDPRejectedClaim,
  InvalidIdentityToken,
  ValidationError,
  type WireError,
} from "../errors.ts";
import { readSamlMetadata } from "../iam/saml-metadata.ts";
import { findSamlProvider } from "../iam/saml-providers.ts";
import { federatedCaller } from "../callers.ts";
import { operation, type Input, type Tools } from "../operation.ts";
import { roleWithArn } from "./assume-role.ts";
import { checkRoleArn, federatedPermissions } from "./federated-roles.ts";
import { issueRoleSession, type RoleGrant } from "./role-sessions.ts";
import {
  nameQualifier,
  samlKeys,
  samlSessionKeys,
  samlSessionRequest,
  subjectType,
  type SamlSessionRequest,
} from "./saml-attributes.ts";
import { sessionPolicies } from "./session-policies.ts";
import { sessionTags } from "./session-tags.ts";

const DEFAULT_SECONDS = 3600;

/** An assertion verified with the provider's metadata, and what it asks for. */
interface Verified {
  readonly provider: SamlProvider;
  readonly assertion: SamlAssertion;
  readonly asked: SamlSessionRequest;
}

export const AssumeRoleWithSAML = operation("AssumeRoleWithSAML", {
  prepare: verifiedAssertion,
  identify: ({ PrincipalArn }, { provider, assertion }) =>
    // As in CloudTrail (CloudTrail User Guide, "userIdentity element", SAMLUser).
    federatedCaller(provider.account, `${nameQualifier(assertion.issuer, provider)}:${assertion.subject}`, {
      proof: "saml",
      provider: PrincipalArn!,
      subject: assertion.subject,
      keys: samlKeys(assertion, provider),
    }),
  permissions: ({ RoleArn }, context, { asked }) =>
    federatedPermissions({ action: "sts:AssumeRoleWithSAML", roleArn: RoleArn!, ...asked }, context),
  handle(input, context, { provider, assertion, asked }) {
    const { tx, now } = context;
    // The provider was read before this turn. If it has been deleted since, the verification does not count.
    const current = findSamlProvider(input.PrincipalArn!, { tx, account: provider.account });
    if (current?.uuid !== provider.uuid || current.metadata !== provider.metadata) throw noProvider(input.PrincipalArn);
    // Authorization has passed, so the role exists.
    const role = roleWithArn(input.RoleArn!, context)!;
    const { sessionName, sourceIdentity, tags, transitiveTagKeys } = asked;
    const seconds = sessionSeconds(input.DurationSeconds, role, asked, assertion, now);
    const grant: RoleGrant = {
      sessionName,
      ...sessionPolicies(input, role.account, context),
      ...sessionTags({ Tags: tags, TransitiveTagKeys: transitiveTagKeys }),
      ...(sourceIdentity !== undefined && { sourceIdentity }),
      federatedProvider: input.PrincipalArn!,
      federatedKeys: samlSessionKeys(assertion, provider),
    };
    const issued = issueRoleSession(role, grant, seconds, context, input.MinimumSessionTokenSize);
    return {
      ...issued,
      PackedPolicySize: issued.SessionTokenUtilization,
      Subject: assertion.subject,
      SubjectType: subjectType(assertion),
      Issuer: assertion.issuer,
      Audience: assertion.recipient,
      NameQualifier: nameQualifier(assertion.issuer, provider),
      SourceIdentity: sourceIdentity,
    };
  },
});

/** Finds the provider in the account that its ARN names, and verifies the assertion with it. */
async function verifiedAssertion(input: Input<"AssumeRoleWithSAML">, tools: Tools): Promise<Verified> {
  const { PrincipalArn = "", RoleArn = "", SAMLAssertion = "" } = input;
  checkRoleArn(RoleArn);
  // evidence: saml-principal-arn-of-no-provider
  if (!/^arn:[^:]+:iam::\d{12}:saml-provider\/./.test(PrincipalArn)) throw ValidationError("Principal ARN is invalid");
  const provider = tools.read((tx) => findSamlProvider(PrincipalArn, { tx, account: accountIn(PrincipalArn) ?? "" }));
  if (!provider) throw noProvider(PrincipalArn);
  const issuers = (await readSamlMetadata(provider.metadata)) ?? [];
  const privateKeys = provider.privateKeys.map(({ pem }) => createPrivateKey(pem));
  // Loaded when needed, as it takes longer to load than the rest of the program, and few ever use it.
  const { verifySamlResponse } = await import("../../signing/saml/response.ts");
  const { SamlError } = await import("../../signing/saml/xml.ts");
  try {
    const trust = { issuers, privateKeys, encryption: provider.encryption };
    const assertion = verifySamlResponse(SAMLAssertion, trust, tools.clock.now());
    return { provider, assertion, asked: samlSessionRequest(assertion.attributes, RoleArn, PrincipalArn) };
  } catch (cause) {
    throw cause instanceof SamlError ? refusal(cause, tools) : cause;
  }
}

const noProvider = (arn = "") =>
  InvalidIdentityToken(
    "Specified provider doesn't exist.",
    `There is no SAML provider ${arn}, or it has been changed since.`,
  );

/** A fault in AWS's words (evidence: saml-texts, saml-documented-texts); the trail has the precise reason. */
function refusal({ fault, message: reason }: SamlError, { random }: Tools): WireError {
  const byService = (text: string) =>
    InvalidIdentityToken(
      `${text} (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; Request ID: ${uuid(random)}; Proxy: null)`,
      reason,
    );
  switch (fault) {
    case "malformed":
      return byService("Invalid base64 SAMLResponse");
    case "unsigned":
      return byService("Response (with optional signature) must contain an assertion with a mandatory signature");
    case "issuer":
      return byService("Issuer not present in specified provider");
    case "signature":
      return InvalidIdentityToken("Response signature invalid", reason);
    case "expired":
      return ExpiredTokenException("Response has expired", reason);
    case "stale":
      // The text is from reports by users of the AWS CLI.
      return ExpiredTokenException("Token must be redeemed within 5 minutes of issuance", reason);
    case "rejected":
      // The code and text of the API reference.
      return IDPRejectedClaim("The identity provider (IdP) reported that authentication failed.", reason);
  }
}

/** The API's duration, which the assertion can only shorten (evidence: saml-durations). */
function sessionSeconds(
  requested = DEFAULT_SECONDS,
  role: Role,
  asked: SamlSessionRequest,
  { sessionExpiresAt = Infinity }: SamlAssertion,
  now: number,
): number {
  if (requested > role.maxSessionSeconds) {
    throw ValidationError("Requested DurationSeconds exceeds MaxSessionDuration set for this role.");
  }
  const left = Math.floor(sessionExpiresAt / 1000) - Math.floor(now / 1000);
  return Math.min(requested, asked.seconds ?? Infinity, left);
}
