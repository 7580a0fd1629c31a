import { generateSync } from "otplib";

/** The code that an authenticator app with this seed (base32) shows at `time`, in milliseconds, and the one after it. */
export function appCodes(secret: string, time: number): readonly [code: string, next: string] {
  const epoch = Math.floor(time / 1000);
  return [generateSync({ secret, epoch }), generateSync({ secret, epoch: epoch + 30 })];
}
