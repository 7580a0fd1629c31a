import { hiddenField, href, inputField, link, postForm, section, table } from "../components.ts";
import type { Entity } from "../entity.ts";
import { html, type Html } from "../html.ts";
import { all } from "../listing.ts";
import { field, redirect, type Answer, type SignedInView } from "../page.ts";
import { unlessRefused } from "../unless-refused.ts";

/** The groups of the account, by name. */
export const groupNames = async ({ call }: SignedInView): Promise<string[]> =>
  (
    await all(async (paging) => {
      const { Groups, Marker } = await call("ListGroups", paging);
      return { items: Groups, marker: Marker };
    })
  ).map(({ GroupName }) => GroupName!);

/** The groups that a user is in, with leaving and joining them. */
export async function groupsOfUser(UserName: string, view: SignedInView): Promise<Html> {
  const names = new Set<string>();
  const list = await unlessRefused(async () => {
    const found = await all(async (paging) => {
      const { Groups, Marker } = await view.call("ListGroupsForUser", { UserName, ...paging });
      return { items: Groups, marker: Marker };
    });
    for (const { GroupName = "" } of found) names.add(GroupName);
    return table(
      "User groups",
      ["Group name", "Actions"],
      found.map(({ GroupName = "" }) => [
        link(href`/console/groups/${GroupName}`, GroupName),
        postForm(
          view,
          { submit: "Remove", about: `from group ${GroupName}`, name: "leave-group", danger: true },
          hiddenField("groupName", GroupName),
        ),
      ]),
      "The user is in no group.",
    );
  });
  const others = await unlessRefused(async () => {
    const suggestions = (await groupNames(view)).filter((name) => !names.has(name));
    if (suggestions.length === 0) {
      return html`<p>There is no other group. ${link("/console/create-group", "Create a group")}</p>`;
    }
    return postForm(
      view,
      { submit: "Add to group", name: "join-group" },
      inputField(view, { name: "groupName", label: "Group name", suggestions }),
    );
  });
  return section("User groups", list, others);
}

/** What the forms of a user's groups do. */
export const membershipActions = {
  async "join-group"({ name: UserName, home }: Entity, view: SignedInView): Promise<Answer> {
    const GroupName = field(view, "groupName");
    await view.call("AddUserToGroup", { UserName, GroupName });
    return redirect(home, `The user ${UserName} is in the group ${GroupName} now.`);
  },
  async "leave-group"({ name: UserName, home }: Entity, view: SignedInView): Promise<Answer> {
    const GroupName = field(view, "groupName");
    await view.call("RemoveUserFromGroup", { UserName, GroupName });
    return redirect(home, `The user ${UserName} has left the group ${GroupName}.`);
  },
};
