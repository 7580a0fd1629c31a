import type { IncomingMessage, ServerResponse } from "node:http";

/** What pages may send, and read of an answer besides its body and type. */
export interface Shared {
  readonly methods: string;
  readonly exposed: string;
}

const OF_QUERY: Shared = {
  methods: "GET, POST",
  exposed: "x-amzn-RequestId, x-amz-sts-extended-request-id, x-iam-local-unchecked, Date",
};
/** Two hours, which is the longest that Chromium remembers an answer to a preflight. */
const PREFLIGHT_SECONDS = 7200;

/**
 * Lets pages of `allowedOrigins` read the answer (Fetch standard, "HTTP extensions": the CORS protocol). True if the
 * request was a preflight and is hereby answered.
 */
export function shareWithOrigins(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  allowedOrigins: readonly string[],
  { methods, exposed }: Shared = OF_QUERY,
): boolean {
  if (allowedOrigins.length === 0) return false;
  response.setHeader("Vary", "Origin");
  const { origin } = headers;
  if (origin === undefined || !allowedOrigins.includes(origin)) return false;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Expose-Headers", exposed);
  if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return false;
  response
    .writeHead(204, {
      "Access-Control-Allow-Methods": methods,
      "Access-Control-Allow-Headers": headers["access-control-request-headers"] ?? "",
      "Access-Control-Max-Age": PREFLIGHT_SECONDS,
      Vary: "Origin, Access-Control-Request-Headers",
    })
    .end();
  return true;
}
