import { uuid } from "../../data/random.ts";
import type { Caller } from "../../handlers/caller.ts";
import { detailText, type Detail } from "../../signing/detail.ts";
import type { UserIdentity } from "../trail-event.ts";
import { eventHead, userIdentity, writtenEntry } from "../trail.ts";
import type { View } from "./page.ts";

interface ConsoleLogin {
  /** Where the browser was going. */
  readonly loginTo: string;
  /** The serial number of the device that was used, or asked for. */
  readonly device?: string | undefined;
  /** CloudTrail's words for a sign-in that failed. */
  readonly failure?: "Failed authentication" | "No username found in supplied account" | undefined;
  /** What went wrong. The person who fails to sign in is not told. */
  readonly detail?: Detail | undefined;
}

/**
 * Notes a sign-in in the trail in CloudTrail's form (CloudTrail User Guide, "AWS Management Console sign-in events").
 */
export function recordConsoleLogin(who: Caller | UserIdentity, view: View, login: ConsoleLogin): void {
  const { loginTo, device, failure, detail } = login;
  recordSignInEvent("ConsoleLogin", "principal" in who ? signInIdentity(who) : who, view, {
    failure,
    detail,
    data: {
      LoginTo: loginTo,
      MobileVersion: "No",
      MFAUsed: device === undefined ? "No" : "Yes",
      ...(device !== undefined && failure === undefined && { MFAIdentifier: device }),
    },
  });
}

interface SignInEvent {
  readonly failure?: ConsoleLogin["failure"];
  readonly detail?: ConsoleLogin["detail"];
  /** What CloudTrail puts into `additionalEventData`. */
  readonly data?: Readonly<Record<string, string>>;
}

/** Notes in the trail what the sign-in service has done outside of any API operation. */
export function recordSignInEvent(
  eventName: "ConsoleLogin" | "PasswordUpdated" | "SwitchRole" | "ExitRole",
  identity: UserIdentity,
  { emulation, now, from }: View,
  { failure, detail, data }: SignInEvent,
): void {
  const id = uuid(emulation.random);
  const event = {
    ...eventHead("signin", eventName, now, { id, region: emulation.options.region, ...from }),
    userIdentity: identity,
    requestParameters: null,
    responseElements: { [eventName]: failure === undefined ? "Success" : "Failure" },
    ...(data && { additionalEventData: data }),
    readOnly: false,
    httpStatus: failure === undefined ? 200 : 403,
    ...(failure !== undefined && { errorMessage: failure }),
    ...(detail !== undefined && { errorDetail: detailText(detail) }),
    recipientAccountId: identity.accountId,
  };
  emulation.era.trail.record(writtenEntry(event, []));
}

/** Before the sign-in is done there is neither a session nor a key. */
export function signInIdentity(caller: Caller): UserIdentity {
  const { sessionContext: _none, ...identity } = userIdentity(caller);
  return { ...identity, accessKeyId: "" };
}

/**
 * For a name that no user of the account has: CloudTrail hides the name, since people type passwords there by mistake.
 */
export const unknownUser = (accountId: string): UserIdentity => ({
  type: "IAMUser",
  accountId,
  accessKeyId: "",
  userName: "HIDDEN_DUE_TO_SECURITY_REASONS",
});
