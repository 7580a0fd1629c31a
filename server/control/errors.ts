import { messageOf } from "../../handlers/errors.ts";

/** A refusal of the control plane, answered as `{"error": {"code", "message"}}`. */
export class ControlError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(code: string, status: number, message: string) {
    super(messageOf(message));
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

const controlError = (code: string, status: number) => (message: string) => new ControlError(code, status, message);

export const InvalidRequest = controlError("InvalidRequest", 400);
export const Forbidden = controlError("Forbidden", 403);
export const NotFound = controlError("NotFound", 404);
export const IdentityProviderOff = controlError("IdentityProviderOff", 404);
export const ControlPlaneOff = controlError("ControlPlaneOff", 404);
export const MethodNotAllowed = controlError("MethodNotAllowed", 405);
export const RequestTooLarge = controlError("RequestTooLarge", 413);
export const UnsupportedMediaType = controlError("UnsupportedMediaType", 415);
