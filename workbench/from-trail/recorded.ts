import { accountIn, splitArn } from "../../policy/arn.ts";
import { actionsOfEvent } from "./cloudtrail-actions.ts";
import { resourcesOfEvent } from "./cloudtrail-resources.ts";

/** What a call needed to be allowed. */
export interface RecordedCall {
  /** Such as `s3 GetObject`. */
  readonly operation: string;
  readonly eventId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly who: Who;
  /** Whether the credentials were got with MFA, or a code came with the request. */
  readonly mfa: boolean;
  readonly needs: readonly Need[];
  /** Set where no action is known for the operation. */
  readonly unmapped: boolean;
}

export interface Need {
  readonly action: string;
  readonly resource: string;
  readonly denied: boolean;
}

/** Whose call it was: the caller's ARN, and `user/NAME` or `role/NAME`. */
export interface Who {
  readonly arn: string;
  readonly name: string;
}

interface EventLike {
  readonly eventSource?: unknown;
  readonly eventName?: unknown;
  readonly eventTime?: unknown;
  readonly eventID?: unknown;
  readonly awsRegion?: unknown;
  readonly recipientAccountId?: unknown;
  readonly errorCode?: unknown;
  readonly uncheckedDenial?: unknown;
  readonly requestParameters?: unknown;
  readonly resources?: unknown;
  readonly decisions?: unknown;
  readonly detail?: unknown;
  readonly userIdentity?: {
    readonly arn?: string;
    readonly type?: string;
    readonly userName?: string;
    readonly accountId?: string;
    readonly sessionContext?: {
      readonly attributes?: { readonly mfaAuthenticated?: string };
      readonly sessionIssuer?: { readonly arn?: string; readonly userName?: string };
    };
  } | null;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Whether that is an event at all, whatever it is about. */
export const isOfTrail = (read: Record<string, unknown>): boolean =>
  [read, read["detail"]].some((one) => typeof (one as EventLike | null | undefined)?.eventName === "string");

/** Reads an event of CloudTrail, of EventBridge, or of an emulator's trail; undefined for what is no call of an AWS API. */
export function recordedCall(read: Record<string, unknown>): RecordedCall | undefined {
  const event: EventLike = typeof read["detail"] === "object" && read["detail"] !== null ? read["detail"] : read;
  const [source, name] = [text(event.eventSource), text(event.eventName)];
  if (!source.endsWith(".amazonaws.com") || name === "" || source.startsWith("signin.")) return undefined;
  const made = decisionsIn(event.decisions);
  const needs = made ?? needsOf(event, source, name);
  return {
    operation: `${source.replace(/\.amazonaws\.com$/, "")} ${name}`,
    eventId: text(event.eventID),
    time: Date.parse(text(event.eventTime)),
    who: whoOf(event),
    mfa: event.userIdentity?.sessionContext?.attributes?.mfaAuthenticated === "true",
    needs: needs ?? [],
    unmapped: needs === undefined,
  };
}

/** What an emulator has decided about the call, which says exactly what was needed. */
function decisionsIn(decisions: unknown): Need[] | undefined {
  if (!Array.isArray(decisions)) return undefined;
  return decisions.map(({ action, resource, decision }: { action: string; resource: string; decision: string }) => ({
    action,
    resource,
    denied: decision !== "allowed",
  }));
}

function needsOf(event: EventLike, source: string, name: string): Need[] | undefined {
  const actions = actionsOfEvent(source, name);
  if (actions === undefined) return undefined;
  const listed = Array.isArray(event.resources) ? (event.resources as { ARN?: string; arn?: string }[]) : [];
  const arns = listed.flatMap(({ ARN, arn }) => ARN ?? arn ?? []);
  const caller = event.userIdentity?.arn ?? "";
  const where = {
    partition: splitArn(caller)?.[1] ?? "aws",
    region: text(event.awsRegion),
    account: text(event.recipientAccountId) || (event.userIdentity?.accountId ?? accountIn(caller) ?? "*"),
  };
  const denied = isDenial(text(event.errorCode)) || event.uncheckedDenial !== undefined;
  const copied = copySource(event.requestParameters, where.partition);
  const targets = arns.filter((arn) => arn !== copied);
  const needs = actions.flatMap((action) =>
    resourcesOfEvent(action, targets, event.requestParameters, where).map((resource) => ({ action, resource, denied })),
  );
  return copied === undefined ? needs : [...needs, { action: "s3:GetObject", resource: copied, denied }];
}

/** The object that another is made a copy of, which is read for that. */
function copySource(parameters: unknown, partition: string): string | undefined {
  const header = text((parameters as { readonly "x-amz-copy-source"?: unknown } | null)?.["x-amz-copy-source"]);
  const [, object] = /^\/?([^/?]+\/[^?]+)/.exec(header) ?? [];
  return object === undefined ? undefined : `arn:${partition}:s3:::${decodedOr(object)}`;
}

function decodedOr(object: string): string {
  try {
    return decodeURIComponent(object);
  } catch {
    return object;
  }
}

const isDenial = (errorCode: string): boolean =>
  /AccessDenied|UnauthorizedOperation|NotAuthorized|Forbidden|AuthorizationError/i.test(errorCode);

function whoOf({ userIdentity }: EventLike): Who {
  const arn = userIdentity?.arn ?? "";
  const issuer = userIdentity?.sessionContext?.sessionIssuer;
  if (issuer?.arn !== undefined) return { arn, name: `role/${issuer.arn.slice(issuer.arn.lastIndexOf("/") + 1)}` };
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (role !== undefined) return { arn, name: `role/${role}` };
  return {
    arn,
    name: userIdentity?.userName === undefined ? (userIdentity?.type ?? "nobody") : `user/${userIdentity.userName}`,
  };
}

/** Whether a call was a principal's: `user/NAME`, `role/NAME`, or the ARN of a user, a role or a session. */
export function isBy(principal: string, { arn, name }: Who): boolean {
  if (principal === arn || principal === name) return true;
  const [, kind, path = ""] = /^arn:[^:]*:iam::\d{12}:(user|role)\/(.+)$/.exec(principal) ?? [];
  const isSameAccount = accountIn(principal) === accountIn(arn);
  return kind !== undefined && isSameAccount && name === `${kind}/${path.slice(path.lastIndexOf("/") + 1)}`;
}
