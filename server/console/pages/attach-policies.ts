import { hiddenField, link, postForm } from "../components.ts";
import { ENTITY_PATHS, entityOf, type EntityKind } from "../entity.ts";
import { html } from "../html.ts";
import { field, redirect, type SignedInPage } from "../page.ts";
import { attachedPolicies } from "../sections/policies.ts";
import { policyList } from "../sections/policy-list.ts";
import { unlessRefused } from "../unless-refused.ts";

/** Attaches managed policies to an entity, one after the other. */
const attachPolicies = (kind: EntityKind): SignedInPage => ({
  path: `${ENTITY_PATHS[kind]}/attach-policies`,
  title: "Attach policies",
  access: "signed-in",
  async GET(view) {
    const entity = entityOf(kind, view);
    const attached = new Set<string>();
    const refusal = await unlessRefused(async () => {
      for (const { PolicyArn = "" } of await attachedPolicies(entity, view)) attached.add(PolicyArn);
      return undefined;
    });
    return {
      title: `Attach policies to ${entity.called}`,
      body: html`<p>${link(entity.home, `Back to ${entity.called}`)}</p>
        ${refusal}
        ${await policyList(view, (arn, name) =>
          attached.has(arn)
            ? "Attached"
            : postForm(view, { submit: "Attach", about: `policy ${name}` }, hiddenField("arn", arn)),
        )}`,
    };
  },
  async POST(view) {
    const { input, called } = entityOf(kind, view);
    const PolicyArn = field(view, "arn");
    await view.call(`Attach${kind}Policy`, { ...input, PolicyArn });
    return redirect(view.path, `The policy ${PolicyArn.split("/").at(-1)} has been attached to ${called}.`);
  },
});

export const attachUserPolicies = attachPolicies("User");
export const attachGroupPolicies = attachPolicies("Group");
export const attachRolePolicies = attachPolicies("Role");
