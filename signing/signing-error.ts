import type { Detail } from "./detail.ts";

/**
 * A refusal by this folder: what the client is told, but not in which protocol. The server turns it into a wire error.
 * `code` is absent if AWS answers with the bare status and an empty body (evidence: sigv4-bare-400); `wireMessage` is
 * absent if AWS leaves out the `<Message>` element (both signatures at once; evidence: sigv4-texts).
 */
export class SigningError extends Error {
  readonly code: string | undefined;
  readonly status: number;
  readonly wireMessage: string | undefined;
  /** For the trail alone. */
  readonly detail: Detail | undefined;
  /** What S3's answer tells besides, by the names of its elements. */
  readonly elements: Readonly<Record<string, string>>;

  constructor(
    code: string | undefined,
    status: number,
    message?: string,
    detail?: Detail,
    elements: Readonly<Record<string, string>> = {},
  ) {
    super(message ?? code ?? `HTTP ${status}`);
    this.name = "SigningError";
    this.code = code;
    this.status = status;
    this.wireMessage = message;
    this.detail = detail;
    this.elements = elements;
  }
}

/** What AWS says of a signature that is not the expected one; S3 says it in other words. */
export const MISMATCH =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

export const missingToken = (detail: Detail): SigningError =>
  new SigningError("MissingAuthenticationToken", 403, "Request is missing Authentication Token", detail);
export const incomplete = (message: string): SigningError => new SigningError("IncompleteSignature", 400, message);
export const doesNotMatch = (message: string | undefined, detail: Detail): SigningError =>
  new SigningError("SignatureDoesNotMatch", 403, message, detail);
