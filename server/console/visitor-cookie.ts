import type { Request } from "express";

/**
 * Browsers share cookies between the ports of a host, and between its schemes; emulators beside each other must not sign each
 * other's users out. `__Host-` keeps those that came by TLS from whatever comes without (RFC 6265bis, section 4.1.3).
 */
const cookieName = ({ headers }: Request, secure: boolean): string => {
  const port = /:(\d+)$/.exec(headers.host ?? "")?.[1] ?? (secure ? "443" : "80");
  return `${secure ? "__Host-" : ""}iam-local-${port}`;
};

/** The id that the browser brings; undefined where it brings none that could be ours. */
export function visitorIdOf(request: Request, secure: boolean): string | undefined {
  const name = cookieName(request, secure);
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, value = ""] = pair.trim().split("=");
    if (key === name && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** The header that gives the browser the id by which it is known from now on, for as long as it runs. */
export function visitorCookie(id: string, request: Request, secure: boolean): string {
  // Lax: `iam-local login` opens the console from outside.
  return `${cookieName(request, secure)}=${id}; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}
