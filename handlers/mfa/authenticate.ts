import { refuse } from "../../data/store.ts";
import type { Detail } from "../../signing/detail.ts";
import { AccessDenied } from "../errors.ts";
import type { Context } from "../operation.ts";
import { checkCode } from "./codes.ts";
import { whyNoCodeOf } from "./code-device.ts";

/**
 * Checks the MFA parameters of GetSessionToken and AssumeRole. Returns the time (milliseconds) at which the code was
 * accepted, or undefined if there are none; from then on the code is used, whatever becomes of the request. Runs in a
 * transaction of its own, before authorization. Throws AccessDenied in AWS's texts (evidence: mfa-sts-texts); a refusal
 * leaves only the counted attempt, or nothing if no device of the caller was consulted. `usedFor` is the operation.
 */
export function authenticateMfa(
  { SerialNumber, TokenCode }: { SerialNumber?: string | undefined; TokenCode?: string | undefined },
  usedFor: string,
  context: Pick<Context, "tx" | "caller" | "account" | "now">,
): number | undefined {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined;
  if (SerialNumber === undefined || TokenCode === undefined) {
    throw AccessDenied(
      "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
      `There is no ${SerialNumber === undefined ? "SerialNumber" : "TokenCode"} in the request.`,
    );
  }
  const whyNone = whyNoCodeOf(SerialNumber, context);
  if (whyNone !== undefined) throw unableToValidate(whyNone);
  const { verdict, why, record } = checkCode(SerialNumber, TokenCode, usedFor, context);
  if (verdict !== "accepted") throw refuse(verdict === "refused" ? invalidCode(why) : unableToValidate(why), record);
  record(context.tx);
  return context.now;
}

// The blanks are AWS's: one at the end of the first text, two inside the second.
const invalidCode = (detail: Detail | undefined) =>
  AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ", detail);

const unableToValidate = (detail: Detail | undefined) =>
  AccessDenied(
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
    detail,
  );
