import {
  actions,
  code,
  dangerLink,
  facts,
  hiddenField,
  href,
  inputField,
  link,
  postForm,
  section,
  table,
  time,
} from "../components.ts";
import { entityNamed, entityOf, type Entity } from "../entity.ts";
import { html, type Html } from "../html.ts";
import { all, inPages } from "../listing.ts";
import { field, formAction, redirect, type Answer, type Page, type SignedInView } from "../page.ts";
import { permissionActions, permissions } from "../sections/policies.ts";

/** One user group: its members, and what it allows them. */
export const group: Page = {
  path: "/groups/:groupName",
  title: "User group",
  access: "signed-in",
  async GET(view) {
    const { name: asked } = entityOf("Group", view);
    const { Group } = await view.call("GetGroup", { GroupName: asked, MaxItems: 1 });
    const { GroupName: name = "", Arn, Path, GroupId, CreateDate } = Group!;
    return {
      title: `User group ${name}`,
      body: html`${facts([
        ["ARN", code(Arn!)],
        ["Path", Path],
        ["Group ID", code(GroupId!)],
        ["Created", time(CreateDate)],
      ])}
      ${actions(dangerLink(href`/console/groups/${name}/delete`, "Delete group"))}
      ${await permissions(entityNamed("Group", name), view)} ${section("Users", await members(name, view))}`,
    };
  },
  POST: (view) => formAction(ACTIONS, view)(entityOf("Group", view), view),
};

async function members(GroupName: string, view: SignedInView): Promise<Html> {
  const found = await all(async (paging) => {
    const { Users, Marker } = await view.call("GetGroup", { GroupName, ...paging });
    return { items: Users, marker: Marker };
  });
  const { shown, pager } = inPages(found, view);
  return html`${table(
    "Users in this group",
    ["User name", "ARN", "Actions"],
    shown.map(({ UserName = "", Arn }) => [
      link(href`/console/users/${UserName}`, UserName),
      code(Arn!),
      postForm(
        view,
        { submit: "Remove", about: UserName, name: "remove-user", danger: true },
        hiddenField("userName", UserName),
      ),
    ]),
    "Nobody is in this group.",
  )}
  ${pager}
  ${postForm(view, { submit: "Add user", name: "add-user" }, inputField(view, { name: "userName", label: "User name" }))}`;
}

const ACTIONS: Readonly<Record<string, (group: Entity, view: SignedInView) => Promise<Answer>>> = {
  ...permissionActions,
  async "add-user"({ name: GroupName, home }, view) {
    const UserName = field(view, "userName").trim();
    await view.call("AddUserToGroup", { GroupName, UserName });
    return redirect(home, `The user ${UserName} is in the group now.`);
  },
  async "remove-user"({ name: GroupName, home }, view) {
    const UserName = field(view, "userName");
    await view.call("RemoveUserFromGroup", { GroupName, UserName });
    return redirect(home, `The user ${UserName} has left the group.`);
  },
};
