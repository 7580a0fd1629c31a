import { href, inputField, link, postForm } from "../components.ts";
import { field, optionalField, redirect, type Page } from "../page.ts";

/** Creates a user group. */
export const createGroup: Page = {
  path: "/create-group",
  title: "Create user group",
  access: "signed-in",
  GET: (view) =>
    postForm(
      view,
      { submit: "Create group", besides: link("/console/groups", "Cancel") },
      inputField(view, {
        name: "groupName",
        label: "Group name",
        hint: "At most 128 letters, digits and +=,.@-_ characters.",
        focus: true,
      }),
      inputField(view, { name: "path", label: "Path", hint: "Such as /division/team/.", required: false }),
    ),
  async POST(view) {
    const Path = optionalField(view, "path");
    const { Group } = await view.call("CreateGroup", {
      GroupName: field(view, "groupName"),
      ...(Path !== undefined && { Path }),
    });
    return redirect(
      href`/console/groups/${Group!.GroupName!}`,
      `The group ${Group!.GroupName} has been created. Attach policies and add users.`,
    );
  },
};
