import { day, selectField } from "../components.ts";
import type { Html, Value } from "../html.ts";
import { listing } from "../listing.ts";
import type { SignedInView } from "../page.ts";
import { policyLink, policyType } from "./policies.ts";

const SCOPES = [
  { value: "All", label: "All types" },
  { value: "Local", label: "Customer managed" },
  { value: "AWS", label: "AWS managed" },
] as const;

/** The managed policies that the account can use, its own and AWS's; `action` is what can be done with one. */
export function policyList(view: SignedInView, action?: (arn: string, name: string) => Value): Promise<Html> {
  const Scope = SCOPES.find(({ value }) => value === view.query.get("scope"))?.value ?? "All";
  return listing(view, {
    caption: "Policies",
    headings: ["Policy name", "Type", "Attached entities", "Updated", ...(action ? ["Actions"] : [])],
    none: "There are no such policies.",
    filters: selectField(view, { name: "scope", label: "Type", options: SCOPES, value: Scope }),
    async list(paging) {
      const { Policies, Marker } = await view.call("ListPolicies", { Scope, ...paging });
      return { items: Policies, marker: Marker };
    },
    nameOf: ({ PolicyName }) => PolicyName!,
    row: ({ PolicyName = "", Arn = "", AttachmentCount, UpdateDate }) => [
      policyLink(Arn, PolicyName),
      policyType(Arn),
      AttachmentCount,
      day(UpdateDate),
      ...(action ? [action(Arn, PolicyName)] : []),
    ],
  });
}
