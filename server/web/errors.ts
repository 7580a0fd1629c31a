import { messageOf } from "../../handlers/message-length.ts";

/** A refusal by the emulator itself; operations refuse with WireErrors. Each site decides how to show it. */
export class WebError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(code: string, status: number, message: string) {
    super(messageOf(message));
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

export const webError = (code: string, status: number) => (message: string) => new WebError(code, status, message);

export const InvalidRequest = webError("InvalidRequest", 400);
export const Forbidden = webError("Forbidden", 403);
export const NotFound = webError("NotFound", 404);
export const MethodNotAllowed = webError("MethodNotAllowed", 405);
export const Conflict = webError("Conflict", 409);
export const RequestTooLarge = webError("RequestTooLarge", 413);
export const UnsupportedMediaType = webError("UnsupportedMediaType", 415);
