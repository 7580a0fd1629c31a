import { StoreFailed } from "../../data/store.ts";
import { WireError } from "../../handlers/errors.ts";
import { Answer } from "./answer.ts";
import { WebError } from "./errors.ts";

/** Why a request failed, as far as the client may know. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly cause: unknown;
}

/**
 * The failure for anything thrown while `site` (its name in the log) answered. Anything that is not a refusal is
 * logged.
 */
export function failureOf(cause: unknown, site: string): Failure {
  if (cause instanceof WebError || cause instanceof WireError) {
    const { status, code, message } = cause;
    return { status, code, message, cause };
  }
  if (cause instanceof StoreFailed) return { status: 500, code: "ServiceFailure", message: cause.told, cause };
  // Errors of Express and its body parsers have a status of their own.
  const { status, limit, message } = cause as Readonly<{ status?: unknown; limit?: number; message: string }>;
  if (status === 413)
    return { status, code: "RequestTooLarge", message: `The body is larger than ${size(limit!)}.`, cause };
  if (status === 415) {
    return { status, code: "UnsupportedMediaType", message: `The body must be text in UTF-8: ${message}.`, cause };
  }
  if (typeof status === "number" && status < 500)
    return { status, code: "InvalidRequest", message: `${message}.`, cause };
  console.error(`iam-local: a request to ${site} failed inside:`, cause);
  const inside = "The request failed inside the emulator; its log says why.";
  return { status: 500, code: "InternalFailure", message: inside, cause };
}

/** Limits are whole kilobytes. */
const size = (bytes: number): string => (bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20}mb` : `${bytes / 2 ** 10}kb`);

/** The format of the emulator's own errors: `{"error": {"code", "message"}}`. */
export const jsonError = ({ status, code, message }: Failure): Answer =>
  Answer.json({ error: { code, message } }, status);
