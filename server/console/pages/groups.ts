import { actions, buttonLink, code, href, link, time } from "../components.ts";
import { html } from "../html.ts";
import { listing } from "../listing.ts";
import type { Page } from "../page.ts";

/** The user groups of the account. */
export const groups: Page = {
  path: "/groups",
  title: "User groups",
  nav: "IAM",
  access: "signed-in",
  GET: async (view) =>
    html`${actions(buttonLink("/console/create-group", "Create group"))}
    ${await listing(view, {
      caption: "User groups",
      headings: ["Group name", "Path", "ARN", "Created"],
      none: "There are no user groups.",
      async list(paging) {
        const { Groups, Marker } = await view.call("ListGroups", paging);
        return { items: Groups, marker: Marker };
      },
      nameOf: ({ GroupName }) => GroupName!,
      row: ({ GroupName = "", Path, Arn, CreateDate }) => [
        link(href`/console/groups/${GroupName}`, GroupName),
        Path,
        code(Arn!),
        time(CreateDate),
      ],
    })}`,
};
