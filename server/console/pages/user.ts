import { code, facts, hiddenField, href, inputField, link, postForm, section, table, time } from "../components.ts";
import { html, type Value } from "../html.ts";
import { all } from "../listing.ts";
import { field, formAction, redirect, type Page, type SignedInView } from "../page.ts";
import { permissions, policiesOf } from "../sections/policies.ts";
import { tags } from "../sections/tags.ts";
import { unlessRefused } from "../unless-refused.ts";

/** One user: identity, permissions, groups and tags. */
export const user: Page = {
  path: "/users/:userName",
  title: "User",
  access: "signed-in",
  async GET(view) {
    const { User } = await view.call("GetUser", { UserName: view.params["userName"]! });
    const { UserName = "", Arn, Path, UserId, CreateDate, PasswordLastUsed, PermissionsBoundary, Tags } = User!;
    const boundary = { arn: PermissionsBoundary?.PermissionsBoundaryArn };
    return {
      title: `User ${UserName}`,
      body: html`${facts([
          ["ARN", code(Arn!)],
          ["Path", Path],
          ["User ID", code(UserId!)],
          ["Created", time(CreateDate)],
          ["Password last used", time(PasswordLastUsed)],
        ])}
        <p>
          ${link(href`/console/users/${UserName}/security-credentials`, "Security credentials")} ·
          ${link(href`/console/users/${UserName}/delete`, "Delete user")}
        </p>
        ${await permissions(policiesOf("User", UserName, view), boundary)}
        ${section("User groups", await groups(UserName, view))}
        ${tags(
          Tags,
          (key) =>
            postForm(
              view,
              { submit: "Remove", about: `tag ${key}`, name: "untag", danger: true },
              hiddenField("key", key),
            ),
          postForm(
            view,
            { submit: "Add tag", name: "tag" },
            inputField(view, { name: "tagKey", label: "Key" }),
            inputField(view, { name: "tagValue", label: "Value", required: false }),
          ),
        )}`,
    };
  },
  async POST(view) {
    const UserName = view.params["userName"]!;
    const notice = await formAction(ACTIONS, view)(UserName, view);
    return redirect(href`/console/users/${UserName}`, notice);
  },
};

/** Each returns what has been done. */
const ACTIONS: Readonly<Record<string, (UserName: string, view: SignedInView) => Promise<string>>> = {
  async tag(UserName, view) {
    const tag = { Key: field(view, "tagKey"), Value: field(view, "tagValue") };
    await view.call("TagUser", { UserName, Tags: [tag] });
    return `The tag ${tag.Key} has been set.`;
  },
  async untag(UserName, view) {
    const key = field(view, "key");
    await view.call("UntagUser", { UserName, TagKeys: [key] });
    return `The tag ${key} has been removed.`;
  },
};

const groups = (UserName: string, view: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    const found = await all(async (paging) => {
      const { Groups, Marker } = await view.call("ListGroupsForUser", { UserName, ...paging });
      return { items: Groups, marker: Marker };
    });
    return table(
      "User groups",
      ["Group name", "ARN"],
      found.map(({ GroupName = "", Arn }) => [link(href`/console/groups/${GroupName}`, GroupName), code(Arn!)]),
      "The user is in no group.",
    );
  });
