import { href, link, postForm } from "../components.ts";
import { documentField, documentIn, EDIT_BUTTONS, formatted, withEditor } from "../document-editor.ts";
import { html } from "../html.ts";
import { redirect, type Page } from "../page.ts";
import { decoded } from "../sections/policies.ts";

/** Edits who may assume a role. */
export const roleTrust: Page = withEditor({
  path: "/roles/:roleName/trust",
  title: "Edit trust policy",
  access: "signed-in",
  async GET(view) {
    const { Role } = await view.call("GetRole", { RoleName: view.params["roleName"]! });
    const value = formatted(decoded(Role!.AssumeRolePolicyDocument));
    return {
      title: `Edit the trust policy of ${Role!.RoleName}`,
      body: html`<p>It says who may assume the role, and on which conditions.</p>
        ${postForm(
          view,
          {
            submit: "Save changes",
            besides: html`${EDIT_BUTTONS} ${link(href`/console/roles/${Role!.RoleName!}`, "Cancel")}`,
          },
          await documentField(view, "trust", { label: "Trust policy", value }),
        )}`,
    };
  },
  async POST(view) {
    const RoleName = view.params["roleName"]!;
    await view.call("UpdateAssumeRolePolicy", { RoleName, PolicyDocument: documentIn(view) });
    return redirect(href`/console/roles/${RoleName}`, `The trust policy of ${RoleName} has been saved.`);
  },
});
