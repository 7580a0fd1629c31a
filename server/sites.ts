import type { SiteAddress } from "./web/site.ts";

const PRIVATE = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

/** What keeps other pages from embedding, reading or scripting those of the console. */
const CONSOLE = {
  ...PRIVATE,
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
  // Not "no-referrer", with which browsers send forms under the origin "null".
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), geolocation=(), microphone=()",
};

/** Every site besides the Query endpoint, which has all paths that are nobody's. What each answers, server/app.ts knows. */
export const SITES = {
  controlPlane: { name: "the control plane", at: ["/_emulator"], headers: PRIVATE },
  console: { name: "the console", at: ["/console"], headers: CONSOLE },
  signin: {
    name: "the sign-in service",
    at: ["/v1"],
    only: ["/authorize", "/token"],
    headers: { "Cache-Control": "no-store" },
  },
  federation: { name: "the federation endpoint", at: ["/federation"], headers: { "Cache-Control": "no-store" } },
  localStack: { name: "LocalStack's paths", at: ["/_localstack"], headers: PRIVATE },
  identityProvider: { name: "the identity provider", at: ["/_idp"], headers: PRIVATE },
  // Keys may change at any time in a test.
  tokenIssuers: { name: "the issuers of tokens", at: ["/_oidc"], headers: { "Cache-Control": "no-cache" } },
  containerCredentials: { name: "container credentials", at: ["/v2/credentials"], headers: PRIVATE },
  // Its address ends in a slash (server/credentials/instance.ts), and there are clients that begin the path with one too.
  instanceMetadata: { name: "instance metadata", at: ["/latest", "//latest"], headers: PRIVATE },
} as const satisfies Readonly<Record<string, SiteAddress>>;

export type SiteName = keyof typeof SITES;

const PREFIXES: readonly string[] = Object.values<SiteAddress>(SITES).flatMap(({ at, only = [""] }) =>
  at.flatMap((start) => only.map((path) => start + path)),
);

/** Whether a request's target is a site's, and not the Query endpoint's. */
export const isOnSite = (target: string): boolean =>
  target !== "/" &&
  PREFIXES.some((prefix) => target.startsWith(prefix) && ["/", "?", undefined].includes(target[prefix.length]));
