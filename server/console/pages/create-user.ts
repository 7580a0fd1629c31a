import { href, inputField, link, postForm, textField } from "../components.ts";
import { html } from "../html.ts";
import { field, optionalField, redirect, type Page, type View } from "../page.ts";
import { mustChange, mustChangeField } from "../sections/password.ts";
import { errorSummary } from "../refusals.ts";

/** Creates a user, with a password for the console if one is given. */
export const createUser: Page = {
  path: "/create-user",
  title: "Create user",
  access: "signed-in",
  GET: (view) =>
    html`${postForm(
        view,
        { submit: "Create user" },
        inputField(view, {
          name: "userName",
          label: "User name",
          hint: "At most 64 letters, digits and +=,.@-_ characters.",
        }),
        inputField(view, { name: "path", label: "Path", hint: "Such as /division/team/.", required: false }),
        textField(view, { name: "tags", label: "Tags", hint: "One a line: key=value.", required: false }),
        inputField(view, {
          name: "password",
          label: "Console password",
          hint: "Without one the user cannot sign in to the console.",
          type: "password",
          autocomplete: "new-password",
          required: false,
        }),
        mustChangeField(view),
      )}
      <p>${link("/console/users", "Cancel")}</p>`,
  async POST(view) {
    const Path = optionalField(view, "path");
    const Tags = tagsIn(view);
    const { User } = await view.call("CreateUser", {
      UserName: field(view, "userName"),
      ...(Path !== undefined && { Path }),
      ...(Tags.length > 0 && { Tags }),
    });
    const UserName = User!.UserName!;
    const page = href`/console/users/${UserName}`;
    const Password = optionalField(view, "password");
    if (Password === undefined) return redirect(page, `The user ${UserName} has been created.`);
    try {
      await view.call("CreateLoginProfile", { UserName, Password, PasswordResetRequired: mustChange(view) });
    } catch (cause) {
      // The user exists even though its password was refused, as in AWS's console.
      const { message } = errorSummary(cause);
      return redirect(page, `The user ${UserName} has been created, but without a console password: ${message}`);
    }
    return redirect(page, `The user ${UserName} has been created, with a console password.`);
  },
};

/** Lines of `key=value`. The value may contain equals signs; a line without one is a key with an empty value. */
const tagsIn = (view: View) =>
  field(view, "tags")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, Key = "", Value = ""] = /^([^=]*)=?(.*)$/.exec(line)!;
      return { Key: Key.trim(), Value: Value.trim() };
    });
