import { actions, buttonLink, code, href, link, time } from "../components.ts";
import { html } from "../html.ts";
import { listing } from "../listing.ts";
import type { Page } from "../page.ts";

/** The roles of the account. */
export const roles: Page = {
  path: "/roles",
  title: "Roles",
  nav: "IAM",
  access: "signed-in",
  GET: async (view) =>
    html`${actions(buttonLink("/console/create-role", "Create role"))}
    ${await listing(view, {
      caption: "Roles",
      headings: ["Role name", "Description", "ARN", "Created"],
      none: "There are no roles.",
      async list(paging) {
        const { Roles, Marker } = await view.call("ListRoles", paging);
        return { items: Roles, marker: Marker };
      },
      nameOf: ({ RoleName }) => RoleName!,
      row: ({ RoleName = "", Description, Arn, CreateDate }) => [
        link(href`/console/roles/${RoleName}`, RoleName),
        Description,
        code(Arn!),
        time(CreateDate),
      ],
    })}`,
};
