import { hiddenField, link, postForm } from "../components.ts";
import { ENTITY_PATHS, entityOf } from "../entity.ts";
import { html } from "../html.ts";
import { field, redirect, type SignedInPage } from "../page.ts";
import { policyList } from "../sections/policy-list.ts";

/** Chooses the managed policy that is to bound what a user or role may do at most. */
const permissionsBoundary = (kind: "User" | "Role"): SignedInPage => ({
  path: `${ENTITY_PATHS[kind]}/boundary`,
  title: "Set permissions boundary",
  access: "signed-in",
  async GET(view) {
    const { called, home } = entityOf(kind, view);
    return {
      title: `Set the permissions boundary of ${called}`,
      body: html`<p>
          A boundary grants nothing: it is the most that the policies of ${called} can grant.
          ${link(home, `Back to ${called}`)}
        </p>
        ${await policyList(view, (arn, name) =>
          postForm(view, { submit: "Set", about: `${name} as boundary` }, hiddenField("arn", arn)),
        )}`,
    };
  },
  async POST(view) {
    const { input, called, home } = entityOf(kind, view);
    const PermissionsBoundary = field(view, "arn");
    await view.call(`Put${kind}PermissionsBoundary`, { ...input, PermissionsBoundary });
    return redirect(home, `${PermissionsBoundary.split("/").at(-1)} is the permissions boundary of ${called} now.`);
  },
});

export const userBoundary = permissionsBoundary("User");
export const roleBoundary = permissionsBoundary("Role");
