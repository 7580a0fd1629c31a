import { code, facts, href, link, section, table, time } from "../components.ts";
import { html } from "../html.ts";
import { all } from "../listing.ts";
import type { Page, SignedInView } from "../page.ts";
import { permissions, policiesOf } from "../sections/policies.ts";

/** One user group: its members, and what it allows them. */
export const group: Page = {
  path: "/groups/:groupName",
  title: "User group",
  access: "signed-in",
  async GET(view) {
    const GroupName = view.params["groupName"]!;
    const { Group } = await view.call("GetGroup", { GroupName, MaxItems: 1 });
    const { GroupName: name = "", Arn, Path, GroupId, CreateDate } = Group!;
    return {
      title: `User group ${name}`,
      body: html`${facts([
        ["ARN", code(Arn!)],
        ["Path", Path],
        ["Group ID", code(GroupId!)],
        ["Created", time(CreateDate)],
      ])}
      ${await permissions(policiesOf("Group", name, view))} ${section("Users", await members(name, view))}`,
    };
  },
};

async function members(GroupName: string, view: SignedInView) {
  const found = await all(async (paging) => {
    const { Users, Marker } = await view.call("GetGroup", { GroupName, ...paging });
    return { items: Users, marker: Marker };
  });
  return table(
    "Users in this group",
    ["User name", "ARN"],
    found.map(({ UserName = "", Arn }) => [link(href`/console/users/${UserName}`, UserName), code(Arn!)]),
    "Nobody is in this group.",
  );
}
