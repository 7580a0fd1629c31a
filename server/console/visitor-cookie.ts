import type { Request } from "express";

/**
 * Browsers share cookies between the ports and schemes of a host, but emulators side by side must not sign each other's
 * users out. `__Host-` protects cookies set over TLS from pages without TLS (RFC 6265bis, section 4.1.3).
 */
const cookieName = ({ headers }: Request, secure: boolean): string => {
  const port = /:(\d+)$/.exec(headers.host ?? "")?.[1] ?? (secure ? "443" : "80");
  return `${secure ? "__Host-" : ""}iam-local-${port}`;
};

/** The id that the browser sends; undefined if it sends none of our form. */
export function visitorIdOf(request: Request, secure: boolean): string | undefined {
  const name = cookieName(request, secure);
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, value = ""] = pair.trim().split("=");
    if (key === name && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** The header that gives the browser its id, until the browser is closed. */
export function visitorCookie(id: string, request: Request, secure: boolean): string {
  // Lax, since `iam-local login` opens the console from outside.
  return `${cookieName(request, secure)}=${id}; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}
