import { href, link, postForm, tickField } from "../components.ts";
import { documentField, documentIn, EDIT_BUTTONS, formatted, insertField, withEditor } from "../document-editor.ts";
import { html } from "../html.ts";
import { field, redirect, type Page, type SignedInView } from "../page.ts";
import { decoded } from "../sections/policies.ts";
import { MOST_VERSIONS, versionsOf } from "../sections/policy-versions.ts";

/** Makes another version of a managed policy, `?arn=`, out of one that it has, `?version=`: the default one where none is named. */
export const editPolicy: Page = withEditor({
  path: "/policy/edit",
  title: "Edit policy",
  access: "signed-in",
  async GET(view) {
    const arn = view.query.get("arn") ?? "";
    const { Policy } = await view.call("GetPolicy", { PolicyArn: arn });
    const VersionId = view.query.get("version") ?? Policy!.DefaultVersionId!;
    const { PolicyVersion } = await view.call("GetPolicyVersion", { PolicyArn: arn, VersionId });
    return {
      title: `Edit policy ${Policy!.PolicyName}`,
      body: html`<p>From version ${VersionId}. What is saved becomes a version of its own.</p>
        ${postForm(
          view,
          {
            submit: "Save as new version",
            besides: html`${EDIT_BUTTONS} ${link(href`/console/policy?arn=${arn}`, "Cancel")}`,
          },
          await documentField(view, "identity", { value: formatted(decoded(PolicyVersion!.Document)) }),
          tickField(view, {
            name: "setDefault",
            label: "Make it the default version",
            hint: "The default version is the one that counts.",
            ticked: true,
          }),
          await roomField(arn, view),
          await insertField(view),
        )}`,
    };
  },
  async POST(view) {
    const PolicyArn = view.query.get("arn") ?? "";
    const oldest = view.form.has("makeRoom") ? await oldestOf(PolicyArn, view) : undefined;
    if (oldest !== undefined) await view.call("DeletePolicyVersion", { PolicyArn, VersionId: oldest });
    const { PolicyVersion } = await view.call("CreatePolicyVersion", {
      PolicyArn,
      PolicyDocument: documentIn(view),
      SetAsDefault: field(view, "setDefault") === "on",
    });
    return redirect(
      href`/console/policy?arn=${PolicyArn}`,
      `Version ${PolicyVersion!.VersionId} has been saved${oldest === undefined ? "" : `, and ${oldest} been deleted`}.`,
    );
  },
});

/** Where a policy has all the versions that it can have: whether the oldest is to go. */
async function roomField(PolicyArn: string, view: SignedInView) {
  const oldest = await oldestOf(PolicyArn, view);
  return (
    oldest !== undefined &&
    tickField(view, {
      name: "makeRoom",
      label: `Delete version ${oldest}`,
      hint: `A policy has ${MOST_VERSIONS} versions at most: this is the oldest that is not the default.`,
      ticked: true,
    })
  );
}

/** The oldest version that can be deleted; undefined while there is room for another. */
async function oldestOf(PolicyArn: string, view: SignedInView): Promise<string | undefined> {
  const versions = await versionsOf(PolicyArn, view);
  return versions.length < MOST_VERSIONS
    ? undefined
    : versions.findLast(({ IsDefaultVersion }) => !IsDefaultVersion)?.VersionId;
}
