import type { Request } from "express";

/** Browsers share cookies between the ports of a host; emulators beside each other must not sign each other's users out. */
const cookieName = ({ headers }: Request): string => `iam-local-${/:(\d+)$/.exec(headers.host ?? "")?.[1] ?? "80"}`;

/** The id that the browser brings; undefined where it brings none that could be ours. */
export function visitorIdOf(request: Request): string | undefined {
  const name = cookieName(request);
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, value = ""] = pair.trim().split("=");
    if (key === name && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** The header that gives the browser the id by which it is known from now on, for as long as it runs. */
export function visitorCookie(id: string, request: Request): string {
  // The emulator speaks plain HTTP, so the cookie cannot be Secure. Lax: `iam-local login` opens the console from outside.
  return `${cookieName(request)}=${id}; Path=/; HttpOnly; SameSite=Lax`;
}
