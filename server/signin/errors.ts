import { WireError } from "../../handlers/errors.ts";

/** The OAuth code in the body of a refusal, which clients decide by. */
type OAuthCode =
  | "AUTHCODE_EXPIRED"
  | "INSUFFICIENT_PERMISSIONS"
  | "INVALID_REQUEST"
  | "TOKEN_EXPIRED"
  | "USER_CREDENTIALS_CHANGED";

/** A refusal of CreateOAuth2Token: code and status by the model of the Sign-In service. */
export class SigninError extends WireError {
  readonly error: OAuthCode;

  constructor(code: string, status: number, error: OAuthCode, message: string) {
    super(code, status, message);
    this.error = error;
  }
}

export const invalidRequest = (message: string): SigninError =>
  new SigninError("ValidationException", 400, "INVALID_REQUEST", message);

export const tooManyRequests = (message: string): SigninError =>
  new SigninError("TooManyRequestsError", 429, "INVALID_REQUEST", message);

// 401 where signing in once more helps, 403 where more is needed: the model's "Runtime HTTP Status Code Mapping".
export const codeExpired = (): SigninError =>
  denied(401, "AUTHCODE_EXPIRED", "The authorization code has expired, was used before or is not known.");

export const tokenExpired = (): SigninError => denied(401, "TOKEN_EXPIRED", "The session has expired. Sign in again.");

export const credentialsChanged = (): SigninError =>
  denied(403, "USER_CREDENTIALS_CHANGED", "The password has changed since the sign-in. Sign in again.");

export const insufficientPermissions = (message: string): SigninError =>
  denied(403, "INSUFFICIENT_PERMISSIONS", message);

const denied = (status: number, error: OAuthCode, message: string) =>
  new SigninError("AccessDeniedException", status, error, message);
