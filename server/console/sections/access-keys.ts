import type { Output } from "../../../handlers/operation.ts";
import { code, facts, hiddenField, link, postForm, section, table, time } from "../components.ts";
import { html, type Html, type Value } from "../html.ts";
import { field, redirect, type Answer, type SignedInView } from "../page.ts";
import { named, nameOf, type Subject } from "../subject.ts";
import { unlessRefused } from "../unless-refused.ts";

/** The access keys of the subject, with forms to change them. */
export async function accessKeys(subject: Subject, view: SignedInView): Promise<Html> {
  const list = await unlessRefused(async () => {
    const { AccessKeyMetadata: keys = [] } = await view.call("ListAccessKeys", named(subject));
    const rows: Value[][] = [];
    for (const key of keys) rows.push(await row(key, view));
    return table(
      "Access keys",
      ["Access key ID", "Status", "Created", "Last used", "Actions"],
      rows,
      "There are no access keys.",
    );
  });
  return section(
    "Access keys",
    html`<p>Access keys sign requests of the AWS CLI, SDKs and tools.</p>`,
    subject.userName === undefined &&
      html`<p>The root keys that the emulator was started with are not IAM's and not among these.</p>`,
    list,
    postForm(view, { submit: "Create access key", name: "create-access-key" }),
  );
}

type ListedKey = NonNullable<Output<"ListAccessKeys">["AccessKeyMetadata"]>[number];

async function row({ AccessKeyId: id, Status, CreateDate }: ListedKey, view: SignedInView): Promise<Value[]> {
  const active = Status === "Active";
  const keyForm = (name: string, submit: string, danger = false) =>
    postForm(view, { name, submit, about: `access key ${id}`, danger }, hiddenField("accessKeyId", id!));
  const lastUsed = await unlessRefused(async () => {
    const { AccessKeyLastUsed: use } = await view.call("GetAccessKeyLastUsed", { AccessKeyId: id! });
    return use?.LastUsedDate ? html`${time(use.LastUsedDate)}, ${use.ServiceName}, ${use.Region}` : "Never";
  });
  return [
    code(id!),
    Status,
    time(CreateDate),
    lastUsed,
    html`${active ? keyForm("deactivate-access-key", "Deactivate") : keyForm("activate-access-key", "Activate")}
    ${keyForm("delete-access-key", "Delete", true)}`,
  ];
}

/** The actions of the section's forms. */
export const accessKeyActions = {
  async "create-access-key"(subject: Subject, view: SignedInView): Promise<Answer> {
    const { AccessKey: key } = await view.call("CreateAccessKey", named(subject));
    return {
      title: "Retrieve access key",
      body: html`<p>
          This is the access key of ${nameOf(subject)}. The secret access key is shown now and never again: if it is
          lost, delete the key and create another.
        </p>
        ${facts([
          ["Access key ID", code(key!.AccessKeyId!)],
          ["Secret access key", code(key!.SecretAccessKey!)],
        ])}
        <p>${link(subject.home, "Done")}</p>`,
    };
  },
  "activate-access-key": (subject: Subject, view: SignedInView) => setStatus("Active", subject, view),
  "deactivate-access-key": (subject: Subject, view: SignedInView) => setStatus("Inactive", subject, view),
  async "delete-access-key"(subject: Subject, view: SignedInView): Promise<Answer> {
    const id = field(view, "accessKeyId");
    await view.call("DeleteAccessKey", { ...named(subject), AccessKeyId: id });
    return redirect(subject.home, `The access key ${id} has been deleted.`);
  },
};

async function setStatus(Status: "Active" | "Inactive", subject: Subject, view: SignedInView): Promise<Answer> {
  const id = field(view, "accessKeyId");
  await view.call("UpdateAccessKey", { ...named(subject), AccessKeyId: id, Status });
  return redirect(subject.home, `The access key ${id} is ${Status.toLowerCase()} now.`);
}
