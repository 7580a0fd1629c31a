import type { DelegationRequest } from "../../data/entities/delegation.ts";
import { accountIn } from "../../policy/arn.ts";
import { InvalidInput } from "../errors.ts";
import { operation, type Input } from "../operation.ts";
import { type StatementStructure, structureOf } from "../../policy/structure.ts";
import { existingRequest, noRequest, requestPermission } from "./delegation-states.ts";

/** The model's limit for SummaryContent. */
const MAXIMUM_LENGTH = 10_000;

/**
 * On AWS a language model writes the summary. This one is composed from the request and its policy, in English only.
 */
export const GetHumanReadableSummary = operation("GetHumanReadableSummary", {
  permissions(input, context) {
    const id = requestId(input);
    const action = "iam:GetHumanReadableSummary";
    return [
      id === undefined ? { action, resource: { arn: input.EntityArn! } } : requestPermission(action, id, context),
    ];
  },
  handle(input, context) {
    const id = requestId(input);
    if (id === undefined) throw InvalidInput(`${input.EntityArn} is not the ARN of a delegation-request.`);
    if ((accountIn(input.EntityArn!) ?? context.account) !== context.account) throw noRequest(id);
    const request = existingRequest(id, context);
    const { Locale = "en" } = input;
    if (!/^en(?:[-_]|$)/i.test(Locale)) return { Locale, SummaryState: "NOT_SUPPORTED" as const };
    return { SummaryContent: summary(request).slice(0, MAXIMUM_LENGTH), Locale, SummaryState: "AVAILABLE" as const };
  },
});

/** The request id in an ARN; undefined for the ARN of anything else. */
const requestId = ({ EntityArn = "" }: Input<"GetHumanReadableSummary">): string | undefined =>
  /^arn:aws:iam::(?:\d{12})?:delegation-request\/([\w-]+)$/.exec(EntityArn)?.[1];

function summary({ requestorName, requestor, description, document, sessionSeconds }: DelegationRequest): string {
  const { statements } = structureOf(document);
  const hours = sessionSeconds / 3600;
  const time = Number.isInteger(hours) ? `${hours} hour${hours === 1 ? "" : "s"}` : `${sessionSeconds} seconds`;
  return [
    `${requestorName} (account ${requestor}) asks for access for ${time}, with no more permissions than whoever accepts has: ${description}`,
    ...statements.map(sentence),
  ].join("\n");
}

function sentence(statement: StatementStructure): string {
  const { effect, actions, notActions, resources, notResources, conditions } = statement;
  const what = actions ? actions.join(", ") : `everything but ${(notActions ?? []).join(", ")}`;
  const where = resources ? resources.join(", ") : `everything but ${(notResources ?? []).join(", ")}`;
  const when = conditions
    .map(({ operator, key, values }) => `${key} ${operator} ${values.join(" or ")}`)
    .join(", and ");
  return `- ${effect === "Deny" ? "Not allowed" : "Allowed"}: ${what} on ${where}${when && `, if ${when}`}.`;
}
