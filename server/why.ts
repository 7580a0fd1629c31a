import type { DecisionReport } from "../handlers/decision-report.ts";
import type { TrailEvent } from "./trail.ts";

/** An event with the decisions that were made about it, in their order. */
export type ExplainedEvent = TrailEvent & { readonly decisions: readonly DecisionReport[] };

/** What a request was refused with, or would have been; nothing where it was not. */
export function refusalLines({ errorCode, errorMessage, errorDetail, uncheckedDenial }: TrailEvent): string[] {
  const error = [errorCode, errorMessage].filter(Boolean).join(": ");
  return [error, errorDetail ?? "", uncheckedDenial === undefined ? "" : `not enforced: ${uncheckedDenial}`].filter(
    (line) => line !== "",
  );
}

/** `iam:GetUser on arn:aws:iam::000000000000:user/alice: denied` */
export function verdictOf({ action, resource, decision }: DecisionReport): string {
  return `${action} on ${resource}: ${decision === "allowed" ? "allowed" : "denied"}`;
}

/** Why there are no decisions about a request; undefined where there are some. */
export function whyUndecided({ decisions, errorCode, eventSource }: ExplainedEvent): string | undefined {
  if (decisions.length > 0) return undefined;
  if (errorCode !== undefined) return "It was refused before policies were asked.";
  if (eventSource === "signin.amazonaws.com") return "The sign-in service asks no policies.";
  return "It needs no permission, or permissions are not checked.";
}
