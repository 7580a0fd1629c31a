import { hiddenField, href, link, postForm, table, time } from "../components.ts";
import { html, type Html } from "../html.ts";
import { field, redirect, type Answer, type SignedInView } from "../page.ts";

/** IAM User Guide, "IAM and STS quotas": versions of a managed policy. */
export const MOST_VERSIONS = 5;

/** The versions of a managed policy, the newest first. */
export const versionsOf = async (PolicyArn: string, { call }: SignedInView) =>
  // They fit a page.
  (await call("ListPolicyVersions", { PolicyArn })).Versions ?? [];

/** The versions with what can be done with each, if the policy is the account's own. */
export async function versionTable(PolicyArn: string, isOwn: boolean, view: SignedInView): Promise<Html> {
  const versions = await versionsOf(PolicyArn, view);
  const current = versions.find(({ IsDefaultVersion }) => IsDefaultVersion)?.VersionId ?? "";
  const button = (name: string, submit: string, id: string, danger = false) =>
    postForm(view, { name, submit, about: `version ${id}`, danger }, hiddenField("version", id));
  return table(
    "Policy versions",
    ["Version", "Type", "Created", "Actions"],
    versions.map(({ VersionId: id = "", IsDefaultVersion, CreateDate }) => [
      link(href`/console/policy?arn=${PolicyArn}&version=${id}`, id),
      IsDefaultVersion ? "Default" : "",
      time(CreateDate),
      html`${
        !IsDefaultVersion &&
        link(
          href`/console/policy/compare?arn=${PolicyArn}&from=${id}&to=${current}`,
          html`Compare<span class="unseen"> version ${id} with the default</span>`,
        )
      }
      ${isOwn && !IsDefaultVersion && button("set-default", "Make default", id)}
      ${isOwn && !IsDefaultVersion && button("delete-version", "Delete", id, true)}`,
    ]),
    "There are no versions.",
  );
}

/** What the forms of the table do. */
export const versionActions: Readonly<Record<string, (PolicyArn: string, view: SignedInView) => Promise<Answer>>> = {
  async "set-default"(PolicyArn, view) {
    const VersionId = field(view, "version");
    await view.call("SetDefaultPolicyVersion", { PolicyArn, VersionId });
    return redirect(href`/console/policy?arn=${PolicyArn}`, `Version ${VersionId} is the default version now.`);
  },
  async "delete-version"(PolicyArn, view) {
    const VersionId = field(view, "version");
    await view.call("DeletePolicyVersion", { PolicyArn, VersionId });
    return redirect(href`/console/policy?arn=${PolicyArn}`, `Version ${VersionId} has been deleted.`);
  },
};
