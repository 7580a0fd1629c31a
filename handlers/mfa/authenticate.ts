import { refuse } from "../../data/store.ts";
import { AccessDenied } from "../errors.ts";
import type { Context } from "../operation.ts";
import { checkCode } from "./codes.ts";
import { findDevice } from "./devices.ts";
import { kinds } from "./kinds.ts";

/**
 * Checks the MFA parameters of GetSessionToken and AssumeRole: the time (milliseconds) at which the code was accepted,
 * or undefined where none were sent. From here on the code is used, whatever becomes of the request. Runs in a
 * transaction of its own, before any word on permission. AccessDenied in AWS's texts (evidence: mfa-sts-texts); of a
 * refusal only the counted attempt stays, and where no device of the caller was consulted, nothing.
 */
export function authenticateMfa(
  { SerialNumber, TokenCode }: { SerialNumber?: string | undefined; TokenCode?: string | undefined },
  context: Pick<Context, "tx" | "caller" | "account" | "now">,
): number | undefined {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined;
  if (SerialNumber === undefined || TokenCode === undefined) {
    throw AccessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.");
  }
  if (!isOwnCodeDevice(SerialNumber, context)) throw unableToValidate();
  const { verdict, record } = checkCode(SerialNumber, TokenCode, context);
  if (verdict !== "accepted") throw refuse(verdict === "refused" ? invalidCode() : unableToValidate(), record);
  record(context.tx);
  return context.now;
}

/**
 * Whether the caller has this device enabled, and its kind is one whose codes STS takes.
 *
 * Three answers are choices, since AWS's are not on record (evidence: mfa-sts-other-kinds). U2F and SMS serials with
 * six digits: the guide says that STS takes neither, and "unable to validate" is what AWS says of a device it cannot
 * check. Root's own device: the guide says that MFA-protected API access is not for root, so neither is its device. A
 * session: that of GetSessionToken is its user, with the user's devices; roles and federated users have none.
 */
function isOwnCodeDevice(serialNumber: string, context: Pick<Context, "tx" | "caller" | "account">): boolean {
  const { principal } = context.caller;
  if (principal.type !== "user") return false;
  const device = findDevice(serialNumber, context);
  return device !== undefined && kinds[device.kind].sts && device.owner === principal.id;
}

// The blanks are AWS's: one at the end of the first, two inside the second.
const invalidCode = () => AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");

const unableToValidate = () =>
  AccessDenied(
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
  );
