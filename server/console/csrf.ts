import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Emulation } from "../emulation.ts";

/** Tokens that only this console's pages contain: a form must send the token of the visitor who submits it. */
export interface CsrfTokens {
  tokenFor(visitorId: string): string;
  isRight(visitorId: string, token: string): boolean;
}

/** Their key is made of the one that seals sessions, so that all who share the state take each other's forms. */
export function csrfTokens(emulation: Pick<Emulation, "era">): CsrfTokens {
  const digest = (visitorId: string) => createHmac("sha256", keyOf(emulation.era)).update(visitorId).digest();
  return {
    tokenFor: (visitorId) => digest(visitorId).toString("base64url"),
    isRight(visitorId, token) {
      const given = Buffer.from(token, "base64url");
      const right = digest(visitorId);
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}

const keyOf = ({ sealingKey }: Emulation["era"]): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", sealingKey, "", "iam-local forms of the console", 32));
