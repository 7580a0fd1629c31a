import { facts, inputField, postForm, section, selectField, time } from "../components.ts";
import { html, type Html } from "../html.ts";
import { field, redirect, Refused, type Answer, type SignedInView, type View } from "../page.ts";
import { changeOwnPassword } from "../own-password.ts";
import { changeRootPassword } from "../root-password.ts";
import type { Subject } from "../subject.ts";
import { ifExists, unlessRefused } from "../unless-refused.ts";

/** The password for the console: one's own to change, another user's to set. */
export const password = async (subject: Subject, view: SignedInView): Promise<Html> =>
  subject.self ? ownPassword(subject, view) : section("Console password", await othersPassword(subject, view));

function ownPassword({ userName }: Subject, view: SignedInView): Html {
  return section(
    "Password",
    html`<p>
      ${
        userName === undefined
          ? "The root user's password has at least 8 characters of three of the four types: uppercase and lowercase letters, numbers, symbols."
          : "The account's password policy says what a password must be like."
      }
      Your sessions in other browsers end with the change.
    </p>`,
    postForm(view, { submit: "Change password", name: "change-password" }, changeFields(view)),
  );
}

/** The old password, the new one, and the new one again: see `newPasswordIn`. */
export const changeFields = (view: View, focus = false): Html =>
  html`${(
    [
      ["oldPassword", "Old password", "current-password"],
      ["newPassword", "New password", "new-password"],
      ["again", "New password again", "new-password"],
    ] as const
  ).map(([name, label, autocomplete], place) =>
    inputField(view, { name, label, type: "password", autocomplete, focus: focus && place === 0 }),
  )}`;

/** What was typed into `changeFields`. Throws Refused if the new password was not typed the same way twice. */
export function newPasswordIn(view: View): { readonly OldPassword: string; readonly NewPassword: string } {
  const NewPassword = field(view, "newPassword");
  if (NewPassword !== field(view, "again")) throw new Refused(400, "The two new passwords are not the same.");
  return { OldPassword: field(view, "oldPassword"), NewPassword };
}

const othersPassword = ({ userName }: Subject, view: SignedInView) =>
  unlessRefused(async () => {
    const found = await ifExists(view.call("GetLoginProfile", { UserName: userName }));
    if (!found) {
      return html`<p class="none">The user has no password and cannot sign in to the console.</p>
        ${postForm(view, { submit: "Enable console access", name: "create-password" }, setFields(view))}`;
    }
    const { CreateDate, PasswordResetRequired } = found.LoginProfile!;
    return html`${facts([
      ["Console access", "Enabled"],
      ["Password since", time(CreateDate)],
      ["At next sign-in", PasswordResetRequired ? "The user must set a new password" : "Nothing more is asked for"],
    ])}
    ${postForm(view, { submit: "Reset password", name: "reset-password" }, setFields(view))}
    ${postForm(view, { submit: "Disable console access", name: "remove-password", danger: true })}`;
  });

const setFields = (view: View): Html =>
  html`${inputField(view, { name: "password", label: "Console password", type: "password", autocomplete: "new-password" })}
  ${mustChangeField(view)}`;

export const mustChangeField = (view: View): Html =>
  selectField(view, {
    name: "mustChange",
    label: "Users must create a new password at next sign-in",
    options: [
      { value: "yes", label: "Yes" },
      { value: "no", label: "No" },
    ],
  });

export const mustChange = (view: View): boolean => field(view, "mustChange") !== "no";

/** The actions of the section's forms. */
export const passwordActions = {
  async "change-password"({ userName, home }: Subject, view: SignedInView): Promise<Answer> {
    const passwords = newPasswordIn(view);
    if (userName === undefined) await changeRootPassword(passwords, view);
    else await changeOwnPassword(passwords, view);
    return redirect(home, "Your password has been changed.");
  },
  async "create-password"({ userName, home }: Subject, view: SignedInView): Promise<Answer> {
    const profile = { Password: field(view, "password"), PasswordResetRequired: mustChange(view) };
    await view.call("CreateLoginProfile", { UserName: userName, ...profile });
    return redirect(home, `${userName} can sign in to the console now.`);
  },
  async "reset-password"({ userName, home }: Subject, view: SignedInView): Promise<Answer> {
    const profile = { Password: field(view, "password"), PasswordResetRequired: mustChange(view) };
    await view.call("UpdateLoginProfile", { UserName: userName, ...profile });
    return redirect(home, `The password of ${userName} has been reset.`);
  },
  async "remove-password"({ userName, home }: Subject, view: SignedInView): Promise<Answer> {
    await view.call("DeleteLoginProfile", { UserName: userName });
    return redirect(home, `${userName} can no longer sign in to the console.`);
  },
};
