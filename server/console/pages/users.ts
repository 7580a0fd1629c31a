import { actions, buttonLink, code, href, inputField, link, time } from "../components.ts";
import { html } from "../html.ts";
import { listing } from "../listing.ts";
import type { Page } from "../page.ts";

/** The users of the account. */
export const users: Page = {
  path: "/users",
  title: "Users",
  nav: "IAM",
  access: "signed-in",
  async GET(view) {
    const path = view.query.get("path") ?? "";
    return html`${actions(buttonLink("/console/create-user", "Create user"))}
    ${await listing(view, {
      caption: "Users",
      headings: ["User name", "Path", "ARN", "Created", "Password last used"],
      none: "There are no users.",
      filters: inputField(view, { name: "path", label: "Path begins with", value: path, required: false }),
      async list(paging) {
        const input = { ...paging, ...(path !== "" && { PathPrefix: path }) };
        const { Users, Marker } = await view.call("ListUsers", input);
        return { items: Users, marker: Marker };
      },
      nameOf: ({ UserName }) => UserName!,
      row: ({ UserName = "", Path, Arn, CreateDate, PasswordLastUsed }) => [
        link(href`/console/users/${UserName}`, UserName),
        Path,
        code(Arn!),
        time(CreateDate),
        time(PasswordLastUsed),
      ],
    })}`;
  },
};
