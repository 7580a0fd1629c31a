import type { Detail } from "../signing/detail.ts";
import { messageOf } from "./message-length.ts";

/**
 * The wire errors, one line each, named by their wire code; a test compares them with the API model. If the message is
 * `undefined`, the `<Message>` element is left out, as AWS does in a few places.
 */
export class WireError extends Error {
  readonly code: string;
  readonly status: number;
  /** The content of `<Message>`; if absent, there is no such element. */
  readonly wireMessage: string | undefined;
  /** For the trail alone. */
  readonly detail: Detail | undefined;
  /** The id of the refused request, with which the trail can explain it; absent until then. */
  requestId?: string;

  constructor(code: string, status: number, text?: string, detail?: Detail) {
    const message = text === undefined ? undefined : messageOf(text);
    super(message ?? code);
    this.name = code;
    this.code = code;
    this.status = status;
    this.wireMessage = message;
    this.detail = detail;
  }
}

const wireError = (code: string, status: number) => (message?: string, detail?: Detail) =>
  new WireError(code, status, message, detail);

// Errors of any request (evidence: query-common-errors).
export const AccessDenied = wireError("AccessDenied", 403);
export const ExpiredToken = wireError("ExpiredToken", 403);
export const IncompleteSignature = wireError("IncompleteSignature", 400);
export const InternalFailure = wireError("InternalFailure", 500);
export const InvalidAction = wireError("InvalidAction", 400);
export const InvalidClientTokenId = wireError("InvalidClientTokenId", 403);
export const InvalidParameterValue = wireError("InvalidParameterValue", 400);
export const MalformedInput = wireError("MalformedInput", 400);
export const MalformedQueryString = wireError("MalformedQueryString", 400);
export const MissingAuthenticationToken = wireError("MissingAuthenticationToken", 403);
export const NotImplemented = wireError("NotImplemented", 501);
/** The emulator's own, for calls of services that it does not implement. */
export const ServiceNotEmulated = wireError("ServiceNotEmulated", 400);
export const SignatureDoesNotMatch = wireError("SignatureDoesNotMatch", 403);
export const ValidationError = wireError("ValidationError", 400);

// Modelled by IAM.
export const AccountNotManagementOrDelegatedAdministratorException = wireError(
  "AccountNotManagementOrDelegatedAdministratorException",
  400,
);
export const CallerIsNotManagementAccountException = wireError("CallerIsNotManagementAccountException", 400);
export const DeleteConflict = wireError("DeleteConflict", 409);
export const DuplicateCertificate = wireError("DuplicateCertificate", 409);
export const DuplicateSSHPublicKey = wireError("DuplicateSSHPublicKey", 400);
export const EntityAlreadyExists = wireError("EntityAlreadyExists", 409);
export const FeatureDisabled = wireError("FeatureDisabled", 404);
export const FeatureEnabled = wireError("FeatureEnabled", 409);
export const InvalidAuthenticationCode = wireError("InvalidAuthenticationCode", 403);
export const InvalidInput = wireError("InvalidInput", 400);
export const InvalidPublicKey = wireError("InvalidPublicKey", 400);
export const InvalidUserType = wireError("InvalidUserType", 400);
export const KeyPairMismatch = wireError("KeyPairMismatch", 400);
export const LimitExceeded = wireError("LimitExceeded", 409);
export const MalformedCertificate = wireError("MalformedCertificate", 400);
export const MalformedPolicyDocument = wireError("MalformedPolicyDocument", 400);
export const NameConflict = wireError("NameConflict", 409);
export const NoSuchEntity = wireError("NoSuchEntity", 404);
export const OrganizationNotFoundException = wireError("OrganizationNotFoundException", 400);
export const OrganizationNotInAllFeaturesModeException = wireError("OrganizationNotInAllFeaturesModeException", 400);
export const PasswordPolicyViolation = wireError("PasswordPolicyViolation", 400);
export const PolicyNotAttachable = wireError("PolicyNotAttachable", 400);
export const ReportExpired = wireError("ReportExpired", 410);
export const ReportGenerationLimitExceeded = wireError("ReportGenerationLimitExceeded", 409);
export const ReportInProgress = wireError("ReportInProgress", 404);
export const ReportNotPresent = wireError("ReportNotPresent", 410);
export const RoleModified = wireError("RoleModified", 409);
export const ServiceAccessNotEnabledException = wireError("ServiceAccessNotEnabledException", 400);
export const ServiceFailure = wireError("ServiceFailure", 500);
export const UnmodifiableEntity = wireError("UnmodifiableEntity", 400);
export const UnrecognizedPublicKeyEncoding = wireError("UnrecognizedPublicKeyEncoding", 400);

// Modelled by STS.
export const ExpiredTokenException = wireError("ExpiredTokenException", 400);
export const ExpiredTradeInTokenException = wireError("ExpiredTradeInTokenException", 400);
export const IDPCommunicationError = wireError("IDPCommunicationError", 400);
export const IDPRejectedClaim = wireError("IDPRejectedClaim", 403);
export const InsufficientSessionLifetime = wireError("InsufficientSessionLifetime", 400);
export const InvalidAuthorizationMessageException = wireError("InvalidAuthorizationMessageException", 400);
export const InvalidContextAssertion = wireError("InvalidContextAssertion", 400);
export const InvalidIdentityToken = wireError("InvalidIdentityToken", 400);
export const InvalidSubjectCredentials = wireError("InvalidSubjectCredentials", 400);
export const JWTPayloadSizeExceededException = wireError("JWTPayloadSizeExceededException", 400);
export const OutboundWebIdentityFederationDisabledException = wireError(
  "OutboundWebIdentityFederationDisabledException",
  403,
);
export const PackedPolicyTooLarge = wireError("PackedPolicyTooLarge", 400);
export const SessionDurationEscalationException = wireError("SessionDurationEscalationException", 403);
