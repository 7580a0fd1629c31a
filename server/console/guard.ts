import type { RequestHandler } from "express";
import type { Guard } from "../web/guard.ts";
import { Refused } from "./page.ts";

const HEADERS = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "X-Frame-Options": "DENY",
  "X-Content-Type-Options": "nosniff",
  // Not "no-referrer", with which browsers send forms under the origin "null".
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), geolocation=(), microphone=()",
  "Cache-Control": "no-store",
};

/** What keeps other pages from embedding, reading or scripting this one. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set(HEADERS);
  next();
};

/** Keeps out the pages of others, as the control plane does. */
export const refuseForeign =
  (guard: Guard): RequestHandler =>
  ({ headers }, _response, next) => {
    const reason = guard.whyForeign(headers, { links: true, origins: false });
    if (reason !== undefined) throw new Refused(403, reason);
    next();
  };
