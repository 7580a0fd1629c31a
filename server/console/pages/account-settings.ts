import { code, facts, hiddenField, inputField, postForm, section } from "../components.ts";
import { html, type Html } from "../html.ts";
import { field, formAction, redirect, type Answer, type Page, type SignedInView } from "../page.ts";
import { ACCOUNT_SETTINGS, passwordPolicy, passwordPolicyActions } from "../sections/password-policy.ts";
import { unlessRefused } from "../unless-refused.ts";

/** What belongs to the account: the name that people sign in with, and the rules for their passwords. */
export const accountSettings: Page = {
  path: ACCOUNT_SETTINGS,
  title: "Account settings",
  nav: "IAM",
  access: "signed-in",
  GET: async (view) =>
    html`${section("Account alias", await unlessRefused(() => alias(view)))} ${await passwordPolicy(view)}`,
  POST: (view) => formAction(ACTIONS, view)(view),
};

async function alias(view: SignedInView): Promise<Html> {
  const { AccountAliases: [current] = [] } = await view.call("ListAccountAliases", {});
  return html`${facts([
    ["Account ID", code(view.caller.account)],
    ["Alias", current ?? "none"],
  ])}
  ${postForm(
    view,
    { submit: current === undefined ? "Create alias" : "Change alias", name: "alias" },
    inputField(view, {
      name: "alias",
      label: current === undefined ? "Alias" : "New alias",
      hint: "3 to 63 lower-case letters, digits and hyphens. Whoever signs in may give it in the place of the account ID.",
    }),
  )}
  ${
    current !== undefined &&
    postForm(view, { submit: "Delete alias", name: "delete-alias", danger: true }, hiddenField("current", current))
  }`;
}

const HOME = `/console${ACCOUNT_SETTINGS}`;

const ACTIONS: Readonly<Record<string, (view: SignedInView) => Promise<Answer>>> = {
  ...passwordPolicyActions,
  async alias(view) {
    const AccountAlias = field(view, "alias").trim();
    await view.call("CreateAccountAlias", { AccountAlias });
    return redirect(HOME, `The alias of the account is ${AccountAlias} now.`);
  },
  async "delete-alias"(view) {
    const AccountAlias = field(view, "current");
    await view.call("DeleteAccountAlias", { AccountAlias });
    return redirect(HOME, `The alias ${AccountAlias} has been deleted.`);
  },
};
