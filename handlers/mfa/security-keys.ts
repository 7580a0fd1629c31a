import { createECDH } from "node:crypto";
import { mfaDevices, type SecurityKey, type U2fDevice } from "../../data/entities/mfa.ts";
import { base32 } from "../../data/ids.ts";
import type { Random } from "../../data/random.ts";
import type { Context } from "../operation.ts";
import { withinBudget, type CodeCheck } from "./attempts.ts";

/**
 * A U2F key in software: its private key is at hand, so it can be registered, and later sign in, without a person to
 * touch it. It claims FIDO certification level 1, which software can reach.
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

/** The end of a U2F device's ARN: its name and 26 characters of `A-Z2-7` (evidence: id-mfa-serial-numbers). */
export const u2fTokenId = (name: string, random: Random): string => `${name}-${base32(random.bytes(17)).slice(0, 26)}`;

/** A key's answer to a challenge, after its signature was verified. */
export interface Touch {
  readonly credentialId: string;
  readonly signCount: number;
}

/** Whether the key may be a clone: its counter has not risen since last time, unless it never counts. */
export const isClone = ({ signCount: last }: SecurityKey, { signCount }: Touch): boolean =>
  signCount <= last && (signCount > 0 || last > 0);

/**
 * Checks a touch of an enabled key within the device's budget of attempts; undefined stands for one that could not be
 * verified. A key that may be a clone is refused (WebAuthn, section 6.1.1, leaves that to the relying party).
 */
export function checkTouch(
  device: U2fDevice,
  touch: Touch | undefined,
  context: Pick<Context, "tx" | "now">,
): CodeCheck {
  return withinBudget(device.serialNumber, context, () => {
    const { securityKey: key } = device;
    const accepted = touch?.credentialId === key.credentialId && !isClone(key, touch);
    return {
      accepted,
      why: accepted ? undefined : whyNotTouched(key, touch),
      useUp(tx) {
        if (accepted) tx.put(mfaDevices, { ...device, securityKey: { ...key, signCount: touch.signCount } });
      },
    };
  });
}

const whyNotTouched = (key: SecurityKey, touch: Touch | undefined): string =>
  touch && isClone(key, touch)
    ? `The key's signature counter is ${touch.signCount} and was ${key.signCount} before: one of the two is a clone.`
    : "The key's answer is missing, is not to the challenge of this sign-in, or is not signed by the key.";
