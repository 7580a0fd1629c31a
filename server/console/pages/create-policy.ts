import { inputField, link, postForm } from "../components.ts";
import { documentField, documentIn, EDIT_BUTTONS, insertField, withEditor } from "../document-editor.ts";
import { href } from "../components.ts";
import { field, optionalField, redirect, type Page } from "../page.ts";
import { html } from "../html.ts";

/** Creates a customer managed policy. */
export const createPolicy: Page = withEditor({
  path: "/create-policy",
  title: "Create policy",
  access: "signed-in",
  GET: async (view) =>
    postForm(
      view,
      { submit: "Create policy", besides: html`${EDIT_BUTTONS} ${link("/console/policies", "Cancel")}` },
      inputField(view, {
        name: "policyName",
        label: "Policy name",
        hint: "At most 128 letters, digits and +=,.@-_ characters.",
        focus: true,
      }),
      await documentField(view, "identity"),
      inputField(view, { name: "description", label: "Description", required: false }),
      inputField(view, { name: "path", label: "Path", hint: "Such as /division/team/.", required: false }),
      await insertField(view),
    ),
  async POST(view) {
    const [Path, Description] = [optionalField(view, "path"), optionalField(view, "description")];
    const { Policy } = await view.call("CreatePolicy", {
      PolicyName: field(view, "policyName"),
      PolicyDocument: documentIn(view),
      ...(Path !== undefined && { Path }),
      ...(Description !== undefined && { Description }),
    });
    return redirect(
      href`/console/policy?arn=${Policy!.Arn!}`,
      `The policy ${Policy!.PolicyName} has been created. Attach it on the page of a user, group or role.`,
    );
  },
});
