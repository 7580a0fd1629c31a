import { createECDH } from "node:crypto";
import type { SecurityKey } from "../../data/entities/mfa.ts";
import { base32 } from "../../data/ids.ts";
import type { Random } from "../../data/random.ts";

/**
 * A U2F key that is software: its key pair is at hand, so that it can be registered and later sign in without anybody to
 * tap it. It calls itself certified at FIDO's first level, the one that software can reach.
 */
export function softwareSecurityKey(random: Random): SecurityKey {
  const pair = createECDH("prime256v1");
  const d = random.bytes(32);
  pair.setPrivateKey(d);
  // 0x04, then the two coordinates.
  const point = pair.getPublicKey();
  return {
    credentialId: random.bytes(32).toString("base64url"),
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
    d: d.toString("base64url"),
    signCount: 0,
    certifications: { FIDO: "L1" },
  };
}

/** The end of a U2F device's ARN: its name and 26 characters of `A-Z2-7` (facts B3). */
export const u2fTokenId = (name: string, random: Random): string => `${name}-${base32(random.bytes(17)).slice(0, 26)}`;
