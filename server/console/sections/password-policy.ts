import { actions, buttonLink, facts, postForm, section } from "../components.ts";
import { html, type Html } from "../html.ts";
import { redirect, type Answer, type SignedInView } from "../page.ts";
import { ifExists, unlessRefused } from "../unless-refused.ts";

/** Where the account's settings are; that which edits its password policy is below. */
export const ACCOUNT_SETTINGS = "/account-settings";

/** The rules for the passwords of the account's users; undefined while AWS's own apply. */
export const passwordPolicyOf = async ({ call }: SignedInView) =>
  (await ifExists(call("GetAccountPasswordPolicy", {})))?.PasswordPolicy;

/** The account's password policy, and what can be done with it. */
export const passwordPolicy = async (view: SignedInView): Promise<Html> =>
  section("Password policy", await unlessRefused(() => shown(view)));

async function shown(view: SignedInView): Promise<Html> {
  const policy = await passwordPolicyOf(view);
  const to = `/console${ACCOUNT_SETTINGS}/password-policy`;
  // (evidence: password-default-policy)
  if (!policy) {
    return html`<p class="none">
        None is set, so AWS's own applies: eight characters, of three of the four kinds of character.
      </p>
      ${actions(buttonLink(to, "Set password policy"))}`;
  }
  return html`${facts([
    ["Minimum length", policy.MinimumPasswordLength],
    ["Must contain", required(policy)],
    ["Users may change their own", policy.AllowUsersToChangePassword ? "Yes" : "No"],
    ["Expiry", expiry(policy)],
    ["Former passwords refused", policy.PasswordReusePrevention ?? "none"],
  ])}
  ${actions(
    buttonLink(to, "Edit password policy"),
    postForm(view, { submit: "Delete password policy", name: "delete-password-policy", danger: true }),
  )}`;
}

type Rules = NonNullable<Awaited<ReturnType<typeof passwordPolicyOf>>>;

const required = (rules: Rules): string =>
  [
    rules.RequireUppercaseCharacters && "upper-case letters",
    rules.RequireLowercaseCharacters && "lower-case letters",
    rules.RequireNumbers && "numbers",
    rules.RequireSymbols && "symbols",
  ]
    .filter(Boolean)
    .join(", ") || "anything";

const expiry = ({ MaxPasswordAge, HardExpiry }: Rules): string =>
  MaxPasswordAge === undefined
    ? "never"
    : `after ${MaxPasswordAge} days; ${HardExpiry ? "then an administrator has to set another" : "the user then has to set another"}`;

export const passwordPolicyActions = {
  async "delete-password-policy"({ call }: SignedInView): Promise<Answer> {
    await call("DeleteAccountPasswordPolicy", {});
    return redirect(`/console${ACCOUNT_SETTINGS}`, "The password policy has been deleted: AWS's own applies.");
  },
};
