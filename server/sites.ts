import type { SiteAddress } from "./web/site.ts";

const PRIVATE = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

/** Headers that keep other pages from embedding, reading or scripting the console's. */
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
  // Not "no-referrer": with it browsers send forms with the origin "null".
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), geolocation=(), microphone=()",
};

/** Every site besides the Query endpoint, which has all remaining paths. server/app.ts has what each site answers. */
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
  // Its address ends in a slash (server/credentials/instance.ts), and some clients begin the path with another one.
  instanceMetadata: { name: "instance metadata", at: ["/latest", "//latest"], headers: PRIVATE },
} as const satisfies Readonly<Record<string, SiteAddress>>;

export type SiteName = keyof typeof SITES;

const PREFIXES: readonly string[] = Object.values<SiteAddress>(SITES).flatMap(({ at, only = [""] }) =>
  at.flatMap((start) => only.map((path) => start + path)),
);

/** Whether a request's target belongs to a site, and not to the Query endpoint. */
export const isOnSite = (target: string): boolean =>
  target !== "/" &&
  PREFIXES.some((prefix) => target.startsWith(prefix) && ["/", "?", undefined].includes(target[prefix.length]));
