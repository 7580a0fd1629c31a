import { createHmac, timingSafeEqual } from "node:crypto";
import type { Random } from "../../data/random.ts";

/** Tokens that only pages of this console have: forms must bring the one of the visitor who sends them. */
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
