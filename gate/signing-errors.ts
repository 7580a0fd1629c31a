import { MISMATCH, type SigningError } from "../signing/signing-error.ts";
import type { Signature } from "../signing/read-signature.ts";
import type { Protocol } from "./call.ts";

// Refusals of signatures and credentials in the words of the service that was called: the verifier and the emulator know IAM's
// codes, and S3's for S3 (evidence: gate-error-codes, gate-s3-texts).

/** A refusal as IAM words it, or as `signing` words it for S3. Without a code it is AWS's bare 400. */
export type CredentialError = Pick<SigningError, "code" | "status" | "wireMessage"> &
  Partial<Pick<SigningError, "elements">>;

/** What goes over the wire, whatever it is wrapped in. */
export interface ServiceRefusal {
  readonly code: string;
  readonly status: number;
  /** Absent where AWS leaves it out. */
  readonly message: string | undefined;
  /** What S3's answer tells besides, by the names of its elements. */
  readonly elements: Readonly<Record<string, string>>;
}

/** `signature` is what was read of it before the refusal, if it was, and `service` its name in scopes, such as `dynamodb`. */
export function refusalOf(
  error: CredentialError,
  protocol: Protocol,
  { service, signature }: { readonly service: string; readonly signature?: Partial<Signature> | undefined },
): ServiceRefusal {
  switch (protocol) {
    case "s3":
      return inS3(error, signature ?? {});
    case "ec2":
      return inEc2(elsewhere(error));
    case "query":
    case "rest-xml":
      return elsewhere(error);
    case "json":
    case "cbor":
      return inJson(elsewhere(error), 400, service);
    case "rest-json":
      return inJson(elsewhere(error), 403, service);
  }
}

const refusal = (
  code: string,
  status: number,
  message: string | undefined,
  elements: ServiceRefusal["elements"] = {},
): ServiceRefusal => ({ code, status, message, elements });

function inS3(
  { code, status, wireMessage, elements }: CredentialError,
  { accessKeyId = "", securityToken }: Partial<Signature>,
): ServiceRefusal {
  switch (code) {
    case undefined:
    case "MalformedQueryString":
      return refusal("InvalidURI", 400, "Couldn't parse the specified URI.");
    case "MissingAuthenticationToken":
      return refusal("AccessDenied", 403, "Access Denied");
    case "InvalidClientTokenId":
      return securityToken === undefined
        ? refusal("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.", {
            AWSAccessKeyId: accessKeyId,
          })
        : refusal("InvalidToken", 400, "The provided token is malformed or otherwise invalid.", {
            "Token-0": securityToken,
          });
    case "ExpiredToken":
      return refusal("ExpiredToken", 400, "The provided token has expired.", { "Token-0": securityToken ?? "" });
    default:
      return refusal(code, status, wireMessage, elements);
  }
}

/** The codes of the Query protocol; what only S3 has a code for, a body that is not the signed one, is a wrong signature. */
function elsewhere({ code, status, wireMessage }: CredentialError): ServiceRefusal {
  if (code === undefined) return refusal("MalformedQueryString", 400, "The request target cannot be read.");
  if (code !== "XAmzContentSHA256Mismatch") return refusal(code, status, wireMessage);
  return refusal("SignatureDoesNotMatch", 403, MISMATCH);
}

const JSON_CODES: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch: "InvalidSignatureException",
  InvalidClientTokenId: "UnrecognizedClientException",
  ExpiredToken: "ExpiredTokenException",
  MissingAuthenticationToken: "MissingAuthenticationTokenException",
  IncompleteSignature: "IncompleteSignatureException",
  MalformedQueryString: "MalformedHttpRequestException",
};

function inJson(error: ServiceRefusal, status: number, service: string): ServiceRefusal {
  const code = JSON_CODES[error.code];
  if (code === undefined) return error;
  const message =
    error.code !== "MissingAuthenticationToken"
      ? error.message
      : service === "dynamodb"
        ? "Request must contain either a valid (registered) AWS access key ID or X.509 certificate."
        : "Missing Authentication Token";
  return refusal(code, error.code === "MalformedQueryString" ? 400 : status, message);
}

function inEc2(error: ServiceRefusal): ServiceRefusal {
  switch (error.code) {
    case "ExpiredToken":
      return REQUEST_EXPIRED;
    case "SignatureDoesNotMatch":
      return error.message?.startsWith("Signature expired") ? REQUEST_EXPIRED : AUTH_FAILURE;
    case "InvalidClientTokenId":
      return AUTH_FAILURE;
    case "MissingAuthenticationToken":
      return refusal("MissingParameter", 400, "The request must contain the parameter AWSAccessKeyId");
    default:
      return error;
  }
}

const AUTH_FAILURE = refusal("AuthFailure", 401, "AWS was not able to validate the provided access credentials");
const REQUEST_EXPIRED = refusal("RequestExpired", 400, "Request has expired.");
