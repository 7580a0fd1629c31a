import { code, facts, inputFields, postForm, time } from "../components.ts";
import { html } from "../html.ts";
import { field, formAction, redirect, type Answer, type Page, type SignedInView } from "../page.ts";
import { signedInAs, switchBack, switchedRole, switchRole } from "../switched-role.ts";

/** Switches to a role of this account or another, and back. */
export const switchRolePage: Page = {
  path: "/switch-role",
  title: "Switch role",
  nav: "You",
  access: "signed-in",
  GET(view) {
    const { caller } = signedInAs(view);
    if (caller.principal.type === "root") {
      return html`<p>The root user cannot switch roles: AssumeRole refuses it. Sign in as an IAM user.</p>`;
    }
    const role = switchedRole(view);
    return html`${
        role &&
        facts([
          ["Role session", code(view.caller.arn)],
          ["Signed in as", code(caller.arn)],
          ["Ends", time(role.expiresAt)],
        ])
      }
      <p>
        The role's permissions replace yours until you switch back. What you may switch to, your policies and the role's
        trust policy say.
      </p>
      ${postForm(
        view,
        { submit: "Switch role", name: "switch" },
        inputFields(view, [
          { name: "account", label: "Account ID or alias", value: view.query.get("account") ?? caller.account },
          {
            name: "roleName",
            label: "IAM role name",
            hint: "With its path, if it has one: path/name.",
            value: view.query.get("roleName") ?? undefined,
          },
        ]),
      )}`;
  },
  POST: (view) => formAction(ACTIONS, view)(view),
};

const ACTIONS: Readonly<Record<string, (view: SignedInView) => Answer | Promise<Answer>>> = {
  async switch(view) {
    const roleName = field(view, "roleName").trim();
    await switchRole(field(view, "account"), roleName, view);
    return redirect("/console", `You have switched to the role ${roleName}.`);
  },
  async back(view) {
    await switchBack(view);
    return redirect("/console", "You have switched back.");
  },
};
