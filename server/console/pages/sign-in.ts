import { hiddenField, inputFields, link, postForm, type Field } from "../components.ts";
import { html, type Html } from "../html.ts";
import { sendCodeOfOnlyPhone } from "../mfa-sign-in.ts";
import { nextStep, claimedRoot, claimedUser, proceed, signInWithPassword } from "../sign-in.ts";
import { field, redirect, type Answer, type Page, type View } from "../page.ts";

/** Sign-in of an IAM user. */
export const userSignIn: Page = {
  path: "/sign-in",
  title: "Sign in as IAM user",
  access: "anyone",
  card: true,
  GET: (view) =>
    signInForm(
      view,
      [
        {
          name: "account",
          label: "Account ID (12 digits) or account alias",
          value: view.emulation.options.account,
          autocomplete: "organization",
        },
        { name: "userName", label: "IAM user name", autocomplete: "username" },
      ],
      link(withNext("/console/sign-in/root", view), "Sign in as the root user"),
    ),
  POST: (view) => enter(claimedUser(accountIn(view), field(view, "userName").trim(), view), view),
};

/** The account number may be written as the console shows it: 1234-5678-9012. */
const accountIn = (view: View): string =>
  field(view, "account")
    .trim()
    .replace(/^(\d{4})-(\d{4})-(\d{4})$/, "$1$2$3");

/** Sign-in of an account's root user. */
export const rootSignIn: Page = {
  path: "/sign-in/root",
  title: "Sign in as root user",
  access: "anyone",
  card: true,
  GET: (view) =>
    signInForm(
      view,
      [
        {
          name: "email",
          label: "Root user email address",
          type: "email",
          autocomplete: "username",
          hint: "The emulator says it, and the password, when it starts.",
        },
      ],
      link(withNext("/console/sign-in", view), "Sign in as an IAM user"),
    ),
  POST: (view) => enter(claimedRoot(field(view, "email").trim(), view), view),
};

/** Asks who is there, by these fields, and for the password; whoever has signed in already is led on. */
const signInForm = (view: View, fields: readonly Field[], otherwise: Html): Answer =>
  view.caller
    ? redirect("/console")
    : html`${postForm(view, { submit: "Sign in" }, inputFields(view, [...fields, PASSWORD]), next(view))}
        <p>${otherwise}</p>`;

async function enter(claimed: Parameters<typeof signInWithPassword>[0], view: View): Promise<Answer> {
  const pending = await signInWithPassword(claimed, field(view, "password"), view);
  if (nextStep(pending, view) === "mfa") await sendCodeOfOnlyPhone(pending, view);
  return proceed(pending, view);
}

const PASSWORD: Field = { name: "password", label: "Password", type: "password", autocomplete: "current-password" };

/** The destination after the sign-in is a field of the form. */
const next = (view: View): Html => hiddenField("next", view.form.get("next") ?? view.query.get("next") ?? "");

const withNext = (path: string, { query }: View): string => {
  const to = query.get("next");
  return to === null ? path : `${path}?next=${encodeURIComponent(to)}`;
};
