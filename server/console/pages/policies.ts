import { code, selectField, time } from "../components.ts";
import { listing } from "../listing.ts";
import type { Page } from "../page.ts";
import { policyLink } from "../sections/policies.ts";

const SCOPES = [
  { value: "All", label: "All types" },
  { value: "Local", label: "Customer managed" },
  { value: "AWS", label: "AWS managed" },
] as const;

/** The managed policies that the account can use: its own and AWS's. */
export const policies: Page = {
  path: "/policies",
  title: "Policies",
  nav: "IAM",
  access: "signed-in",
  GET(view) {
    const Scope = SCOPES.find(({ value }) => value === view.query.get("scope"))?.value ?? "All";
    return listing(view, {
      caption: "Policies",
      headings: ["Policy name", "ARN", "Attached entities", "Updated"],
      none: "There are no such policies.",
      filters: selectField(view, { name: "scope", label: "Type", options: SCOPES, value: Scope }),
      async list(paging) {
        const { Policies, Marker } = await view.call("ListPolicies", { Scope, ...paging });
        return { items: Policies, marker: Marker };
      },
      nameOf: ({ PolicyName }) => PolicyName!,
      row: ({ PolicyName, Arn = "", AttachmentCount, UpdateDate }) => [
        policyLink(Arn, PolicyName),
        code(Arn),
        AttachmentCount,
        time(UpdateDate),
      ],
    });
  },
};
