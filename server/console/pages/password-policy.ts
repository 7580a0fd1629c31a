import { inputField, link, postForm, tickField } from "../components.ts";
import { numberField, redirect, type Page } from "../page.ts";
import { ACCOUNT_SETTINGS, passwordPolicyOf } from "../sections/password-policy.ts";

const HOME = `/console${ACCOUNT_SETTINGS}`;

/** The members of the policy that are ticked or not. */
const TICKS = {
  RequireUppercaseCharacters: "At least one upper-case letter",
  RequireLowercaseCharacters: "At least one lower-case letter",
  RequireNumbers: "At least one number",
  RequireSymbols: "At least one symbol",
  AllowUsersToChangePassword: "Users may change their own password",
} as const;

/** Sets or edits the account's password policy. */
export const passwordPolicyPage: Page = {
  path: `${ACCOUNT_SETTINGS}/password-policy`,
  title: "Edit password policy",
  access: "signed-in",
  async GET(view) {
    // Where there is none, as long as passwords have to be without one (evidence: password-default-policy).
    const policy = (await passwordPolicyOf(view)) ?? { MinimumPasswordLength: 8, AllowUsersToChangePassword: true };
    return postForm(
      view,
      { submit: "Save changes", besides: link(HOME, "Cancel") },
      inputField(view, {
        name: "MinimumPasswordLength",
        label: "Minimum length",
        hint: "6 to 128 characters.",
        type: "number",
        value: policy.MinimumPasswordLength,
      }),
      Object.entries(TICKS).map(([name, label]) =>
        tickField(view, { name, label, ticked: policy[name as keyof typeof TICKS] }),
      ),
      inputField(view, {
        name: "MaxPasswordAge",
        label: "Expires after days",
        hint: "1 to 1095; empty if passwords do not expire.",
        type: "number",
        value: policy.MaxPasswordAge,
        required: false,
      }),
      tickField(view, {
        name: "HardExpiry",
        label: "Only an administrator can set another password then",
        ticked: policy.HardExpiry,
      }),
      inputField(view, {
        name: "PasswordReusePrevention",
        label: "Former passwords that are refused",
        hint: "1 to 24; empty if any may be used again.",
        type: "number",
        value: policy.PasswordReusePrevention,
        required: false,
      }),
    );
  },
  async POST(view) {
    const ticked = Object.keys(TICKS).map((name) => [name, view.form.has(name)] as const);
    await view.call("UpdateAccountPasswordPolicy", {
      ...Object.fromEntries(ticked),
      HardExpiry: view.form.has("HardExpiry"),
      MinimumPasswordLength: numberField(view, "MinimumPasswordLength"),
      MaxPasswordAge: numberField(view, "MaxPasswordAge"),
      PasswordReusePrevention: numberField(view, "PasswordReusePrevention"),
    });
    return redirect(HOME, "The password policy has been saved.");
  },
};
