import { href, inputField, link, postForm } from "../components.ts";
import { field, numberField, redirect, type Page } from "../page.ts";

/** Edits what a role has besides its policies: its description, and how long its sessions may last. */
export const editRole: Page = {
  path: "/roles/:roleName/edit",
  title: "Edit role",
  access: "signed-in",
  async GET(view) {
    const { Role } = await view.call("GetRole", { RoleName: view.params["roleName"]! });
    const { RoleName = "", Path, Description, MaxSessionDuration } = Role!;
    // Of a service-linked role AWS sets it.
    const hasDuration = !Path!.startsWith("/aws-service-role/");
    return {
      title: `Edit the role ${RoleName}`,
      body: postForm(
        view,
        { submit: "Save changes", besides: link(href`/console/roles/${RoleName}`, "Cancel") },
        inputField(view, { name: "description", label: "Description", value: Description, required: false }),
        hasDuration &&
          inputField(view, {
            name: "maxSession",
            label: "Maximum session duration",
            hint: "In seconds: from 3600, an hour, to 43200, twelve hours.",
            type: "number",
            value: MaxSessionDuration,
          }),
      ),
    };
  },
  async POST(view) {
    const RoleName = view.params["roleName"]!;
    const MaxSessionDuration = numberField(view, "maxSession");
    await view.call("UpdateRole", {
      RoleName,
      Description: field(view, "description"),
      ...(MaxSessionDuration !== undefined && { MaxSessionDuration }),
    });
    return redirect(href`/console/roles/${RoleName}`, `The role ${RoleName} has been saved.`);
  },
};
