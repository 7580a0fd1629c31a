import { fold } from "../../data/entities/accounts.ts";
import { hardwareTokens, mfaDevices } from "../../data/entities/mfa.ts";
import { accountIn } from "../../policy/arn.ts";
import type { Context } from "../operation.ts";
import { devicesOf, findDevice, whoseDevice } from "./devices.ts";
import { kindOf, kinds } from "./kinds.ts";

type DeviceContext = Pick<Context, "tx" | "caller" | "account">;

/**
 * Why STS accepts no code of this device from the caller, for the trail. Undefined if it does: the caller has the
 * device enabled, and STS accepts codes of its kind.
 *
 * AWS's answers in three cases are not on record (evidence: mfa-sts-other-kinds), so these are choices. U2F and SMS
 * serials with six digits: the guide says that STS accepts neither, and "unable to validate" is AWS's text for a device
 * that it cannot check. Root's own device: the guide says that MFA-protected API access is not for root, so its device
 * is refused too. A session: one from GetSessionToken counts as its user, with the user's devices; roles and federated
 * users have none.
 */
export function whyNoCodeOf(serialNumber: string, context: DeviceContext): string | undefined {
  const { principal } = context.caller;
  if (principal.type === "root") {
    return "STS takes no codes of root: MFA-protected API access is for IAM users, root's device for its sign-in at the console.";
  }
  if (principal.type !== "user") {
    return `${context.caller.arn} has no MFA device. Only IAM users have, and their sessions of GetSessionToken.`;
  }
  const device = findDevice(serialNumber, context);
  if (device?.owner !== principal.id) {
    const fault = device ? `${serialNumber} ${whoseDevice(device, context)}` : whyUnknown(serialNumber, context);
    return `${fault} ${ownDevices(principal, context)}`;
  }
  const { sts, title } = kinds[device.kind];
  if (sts) return undefined;
  return (
    `${serialNumber} is ${principal.name}'s ${title.replace(/s$/, "")}: STS takes codes of virtual and hardware devices ` +
    "only. Sign in at the console with it, or by iam-local login."
  );
}

/** Why the account has no such device. */
function whyUnknown(serialNumber: string, { tx, account }: DeviceContext): string {
  if (/^arn:aws:iam::\d{12}:(user\/.*|root)$/.test(serialNumber)) {
    return `${serialNumber} is the ARN of ${serialNumber.endsWith(":root") ? "root" : "a user"} and not of a device.`;
  }
  const kind = kindOf(serialNumber);
  if (!kind) return `${serialNumber} is the serial number of no kind of MFA device.`;
  const owner = accountIn(serialNumber);
  if (owner !== undefined && owner !== account) {
    return `${serialNumber} is a device of account ${owner}, and the caller is of account ${account}.`;
  }
  const spelling = kind === "virtual" && tx.find(mfaDevices, "name", account, fold(serialNumber));
  if (spelling) return `There is no ${serialNumber}; it is spelt ${spelling.serialNumber}.`;
  const elsewhere = tx.find(mfaDevices, "token", serialNumber)?.account;
  if (elsewhere !== undefined) return `${serialNumber} is enabled in account ${elsewhere}.`;
  if (tx.get(hardwareTokens, serialNumber))
    return `${serialNumber} is on the key ring, but was never enabled for anybody.`;
  return `There is no device ${serialNumber} in account ${account}.`;
}

function ownDevices(user: { readonly id: string; readonly name: string }, context: DeviceContext): string {
  const serials = devicesOf(user, context).map((device) => device.serialNumber);
  return serials.length === 0
    ? `${user.name} has no MFA device: aws iam enable-mfa-device gives one.`
    : `${user.name} has ${serials.join(", ")}.`;
}
