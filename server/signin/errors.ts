import type { Detail } from "../../signing/detail.ts";
import { WireError } from "../../handlers/errors.ts";

/** The OAuth code in a refusal's body; clients act on it. */
type OAuthCode =
  | "AUTHCODE_EXPIRED"
  | "INSUFFICIENT_PERMISSIONS"
  | "INVALID_REQUEST"
  | "TOKEN_EXPIRED"
  | "USER_CREDENTIALS_CHANGED";

/** A refusal of CreateOAuth2Token, with code and status from the model of the Sign-In service. */
export class SigninError extends WireError {
  readonly error: OAuthCode;

  constructor(code: string, status: number, error: OAuthCode, message: string, detail?: Detail) {
    super(code, status, message, detail);
    this.error = error;
  }
}

export const invalidRequest = (message: string): SigninError =>
  new SigninError("ValidationException", 400, "INVALID_REQUEST", message);

export const tooManyRequests = (message: string): SigninError =>
  new SigninError("TooManyRequestsError", 429, "INVALID_REQUEST", message);

// 401 if signing in again helps, 403 if more is needed: the model's "Runtime HTTP Status Code Mapping".
export const codeExpired = (): SigninError =>
  denied(
    401,
    "AUTHCODE_EXPIRED",
    "The authorization code has expired, was used before or is not known.",
    "A code is good for ten minutes of the emulator's clock and for one try, right or wrong; a reset and a restart end it.",
  );

export const tokenExpired = (detail: Detail): SigninError =>
  denied(401, "TOKEN_EXPIRED", "The session has expired. Sign in again.", detail);

export const credentialsChanged = (): SigninError =>
  denied(
    403,
    "USER_CREDENTIALS_CHANGED",
    "The password has changed since the sign-in. Sign in again.",
    "The password that was signed in with has been changed, replaced or deleted.",
  );

/** The message is the decision's. */
export const insufficientPermissions = (message: string): SigninError =>
  denied(403, "INSUFFICIENT_PERMISSIONS", message);

const denied = (status: number, error: OAuthCode, message: string, detail?: Detail) =>
  new SigninError("AccessDeniedException", status, error, message, detail);
