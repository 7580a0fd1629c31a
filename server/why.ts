import { refusedRequestId, withoutDetails } from "../handlers/authorization-details.ts";
import { decisionReport, type DecisionReport } from "../handlers/decision-report.ts";
import type { TrailEvent } from "./trail-event.ts";
import { isRefusal, type Trail } from "./trail.ts";

/** An event with its decisions, in order. */
export type ExplainedEvent = TrailEvent & { readonly decisions: readonly DecisionReport[] };

/**
 * The event of a request with its decisions, by its id or by the authorization id in its refusal; undefined if it is no
 * longer kept.
 */
export function explainedEvent(id: string, trail: Pick<Trail, "find">): ExplainedEvent | undefined {
  const entry = trail.find(refusedRequestId(id) ?? id);
  return entry && { ...entry.event(), decisions: entry.authorizations.map(decisionReport) };
}

/** What a request was refused with, or would have been, in a few lines; none if it was not refused. */
export function refusalLines(event: TrailEvent): string[] {
  // The rest of a detail is only shown by `why`.
  const [detail = ""] = (event.errorDetail ?? "").split("\n", 1);
  return [...errorLines(event), detail].filter((line) => line !== "");
}

function errorLines({ errorCode, errorMessage, uncheckedDenial }: TrailEvent): string[] {
  const error = [errorCode, errorMessage].filter(Boolean).join(": ");
  const unchecked = uncheckedDenial === undefined ? "" : `not enforced: ${uncheckedDenial}`;
  return [error, unchecked].filter((line) => line !== "").map(withoutDetails);
}

/** Who called what, when, its request id, and the replica that answered, if there are several. */
export function headLine({ eventTime, eventName, userIdentity, httpStatus, requestID, replica }: TrailEvent): string {
  const caller = userIdentity?.arn ?? "(nobody)";
  return `${eventTime}  ${httpStatus}  ${eventName || "(no action)"}  ${caller}  ${requestID}${replica === undefined ? "" : `  ${replica}`}`;
}

/** `iam:GetUser on arn:aws:iam::000000000000:user/alice: denied` */
export function verdictOf({ action, resource, decision }: DecisionReport): string {
  return `${action} on ${resource}: ${decision === "allowed" ? "allowed" : "denied"}`;
}

/** Why a request ended as it did, apart from its decisions; undefined if those explain it. */
export function whyBesides(event: ExplainedEvent): string | undefined {
  const { decisions, errorDetail, eventSource } = event;
  if (errorDetail !== undefined) return errorDetail;
  const allowed = decisions.every(({ decision }) => decision === "allowed");
  if (isRefusal(event) && event.uncheckedDenial === undefined) {
    if (decisions.length > 0)
      return allowed ? "The permission was there: it is the operation that refused." : undefined;
    return "It was refused for what the message says, before permissions were looked at.";
  }
  if (decisions.length > 0) return undefined;
  if (eventSource === "signin.amazonaws.com") return "The sign-in service asks no policies.";
  return "It needs no permission, or permissions are not checked.";
}

/**
 * The condition keys that policies have asked for, and AWS would have had, and nobody here can know; undefined where there are
 * none.
 */
export function whatIsUnknown({ additionalEventData, decisions }: ExplainedEvent): string | undefined {
  const unknown = additionalEventData?.["unknownConditionKeys"]?.split(", ") ?? [];
  const asked = decisions.flatMap(({ matched, unmet }) =>
    [...matched, ...unmet].flatMap(({ conditions }) => conditions),
  );
  const isUnknown = (key: string) =>
    unknown.some((name) => (name.endsWith("*") ? key.startsWith(name.slice(0, -1)) : key === name));
  const keys = new Set(asked.filter(({ key, actual }) => actual === undefined && isUnknown(key)).map(({ key }) => key));
  return keys.size === 0 ? undefined : `AWS would know ${[...keys].join(", ")}; the gate cannot, so that it is absent.`;
}

/** A request and why it ended as it did, as text. */
export function explanation(event: ExplainedEvent): string {
  const besides = whyBesides(event);
  const unknown = whatIsUnknown(event);
  return [
    headLine(event),
    ...errorLines(event).map((line) => `    ${line}`),
    ...(besides === undefined ? [] : ["", besides]),
    ...event.decisions.flatMap((made) => ["", verdictOf(made), ...made.reasons.map((reason) => `  ${reason}`)]),
    ...(unknown === undefined ? [] : ["", unknown]),
  ].join("\n");
}

/**
 * The reason for a request's outcome, by its id or by the error that an SDK has thrown; by default the last refusal. If
 * there is nothing to tell, the text says so.
 */
export function whyRequest(request: unknown, trail: Trail): string {
  const id = request === undefined ? trail.list().find(isRefusal)?.requestID : requestIdOf(request);
  if (id === undefined) {
    return request === undefined
      ? "No request that the trail holds was refused."
      : "There is no request id ($metadata.requestId): whatever failed, it was no answer of the emulator.";
  }
  const event = explainedEvent(id, trail);
  return event
    ? explanation(event)
    : `The trail holds no request ${id}: it was another emulator's, or is too long ago.`;
}

function requestIdOf(request: unknown): string | undefined {
  if (typeof request === "string") return request;
  const { $metadata } = Object(request) as { readonly $metadata?: { readonly requestId?: string } };
  return $metadata?.requestId;
}
