import { hiddenField, inputField, postForm, section, table } from "../components.ts";
import type { Html } from "../html.ts";
import { field, redirect, type Answer, type SignedInView } from "../page.ts";

interface Tag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

/** The tags of a resource that nobody can change. */
export const fixedTags = (list: readonly Tag[] = []): Html =>
  section(
    "Tags",
    table(
      "Tags",
      ["Key", "Value"],
      list.map(({ Key, Value }) => [Key, Value]),
      "There are no tags.",
    ),
  );

/** The tags of a resource, to be set and removed by `tagActions`. */
export const tags = (list: readonly Tag[] = [], view: SignedInView): Html =>
  section(
    "Tags",
    table(
      "Tags",
      ["Key", "Value", "Actions"],
      list.map(({ Key = "", Value }) => [
        Key,
        Value,
        postForm(view, { submit: "Remove", about: `tag ${Key}`, name: "untag", danger: true }, hiddenField("key", Key)),
      ]),
      "There are no tags.",
    ),
    postForm(
      view,
      { submit: "Add tag", name: "tag" },
      inputField(view, { name: "tagKey", label: "Key" }),
      inputField(view, { name: "tagValue", label: "Value", required: false }),
    ),
  );

type TaggedKind = "User" | "Role" | "Policy" | "OpenIDConnectProvider" | "SAMLProvider" | "MFADevice";

/** A resource as the operations for its tags name it. */
type Naming =
  | { readonly UserName: string }
  | { readonly RoleName: string }
  | { readonly PolicyArn: string }
  | { readonly OpenIDConnectProviderArn: string }
  | { readonly SAMLProviderArn: string }
  | { readonly SerialNumber: string };

/** What the forms of the tags of one kind of resource do. They lead back to their page. */
export const tagActions = <T>(kind: TaggedKind, named: (resource: T) => Naming) => ({
  async tag(resource: T, view: SignedInView): Promise<Answer> {
    const tag = { Key: field(view, "tagKey"), Value: field(view, "tagValue") };
    await view.call(`Tag${kind}`, { ...named(resource), Tags: [tag] });
    return redirect(view.path, `The tag ${tag.Key} has been set.`);
  },
  async untag(resource: T, view: SignedInView): Promise<Answer> {
    const key = field(view, "key");
    await view.call(`Untag${kind}`, { ...named(resource), TagKeys: [key] });
    return redirect(view.path, `The tag ${key} has been removed.`);
  },
});
