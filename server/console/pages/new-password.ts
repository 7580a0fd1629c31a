import { postForm } from "../components.ts";
import { html } from "../html.ts";
import { redirect, type Page, type View } from "../page.ts";
import { changeFields, newPasswordIn } from "../sections/password.ts";
import type { PendingSignIn } from "../../web/signed-in.ts";
import { callerWith, hashIfPassword, nextStep, pendingOf, proceed } from "../sign-in.ts";
import { callAs } from "../view.ts";

/** The last step of a sign-in with a password that must be changed or has expired. */
export const newPassword: Page = {
  path: "/sign-in/new-password",
  title: "Set a new password",
  access: "anyone",
  card: true,
  GET: (view) =>
    pendingAt(view)
      ? html`<p>You have to set a new password before you can go on.</p>
          ${postForm(view, { submit: "Set the password and sign in" }, changeFields(view, true))}`
      : redirect("/console/sign-in"),
  async POST(view) {
    const pending = pendingAt(view);
    if (!pending) return redirect("/console/sign-in");
    const input = newPasswordIn(view);
    // This is the user's own call, as in the API: it needs the permission and obeys the account's password policy.
    await callAs(callerWith(pending, view), view)("ChangePassword", input);
    const passwordHash = await hashIfPassword(input.NewPassword, pending, view.emulation);
    return passwordHash === undefined ? redirect("/console/sign-in") : proceed({ ...pending, passwordHash }, view);
  },
};

function pendingAt(view: View): PendingSignIn | undefined {
  const pending = pendingOf(view);
  return pending && nextStep(pending, view) === "new-password" ? pending : undefined;
}
