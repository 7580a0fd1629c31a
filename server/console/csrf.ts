import { createHmac, timingSafeEqual } from "node:crypto";
import type { Random } from "../../data/random.ts";

/** Tokens that only this console's pages contain: a form must send the token of the visitor who submits it. */
export interface CsrfTokens {
  tokenFor(visitorId: string): string;
  isRight(visitorId: string, token: string): boolean;
}

export function csrfTokens(random: Random): CsrfTokens {
  const key = random.bytes(32);
  const digest = (visitorId: string) => createHmac("sha256", key).update(visitorId).digest();
  return {
    tokenFor: (visitorId) => digest(visitorId).toString("base64url"),
    isRight(visitorId, token) {
      const given = Buffer.from(token, "base64url");
      const right = digest(visitorId);
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
