import { actions, buttonLink } from "../components.ts";
import { html } from "../html.ts";
import type { Page } from "../page.ts";
import { policyList } from "../sections/policy-list.ts";

/** The managed policies that the account can use: its own and AWS's. */
export const policies: Page = {
  path: "/policies",
  title: "Policies",
  nav: "IAM",
  access: "signed-in",
  GET: async (view) =>
    html`${actions(buttonLink("/console/create-policy", "Create policy"))} ${await policyList(view)}`,
};
