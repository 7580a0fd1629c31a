import { href, link } from "../components.ts";
import { html } from "../html.ts";
import { formAction, type Answer, type Page, type SignedInView } from "../page.ts";
import { accessKeyActions, accessKeys } from "../sections/access-keys.ts";
import { mfaDevices } from "../sections/mfa-devices.ts";
import { password, passwordActions } from "../sections/password.ts";
import { nameOf, otherUser, subjectOf, type Subject } from "../subject.ts";

/** The signed-in IAM user's or root's own security credentials. */
export const securityCredentials: Page = {
  path: "/security-credentials",
  title: "Security credentials",
  nav: "You",
  access: "signed-in",
  GET: (view) => shown(subjectOf(view), view),
  POST: (view) => formAction(ACTIONS, view)(subjectOf(view), view),
};

/** Another user's security credentials, for administrators. */
export const userSecurityCredentials: Page = {
  path: "/users/:userName/security-credentials",
  title: "Security credentials",
  access: "signed-in",
  GET: (view) => shown(otherUser(view.params["userName"]!), view),
  POST: (view) => formAction(ACTIONS, view)(otherUser(view.params["userName"]!), view),
};

async function shown(subject: Subject, view: SignedInView): Promise<Answer> {
  const { self, userName } = subject;
  return {
    title: self ? "My security credentials" : `Security credentials of ${nameOf(subject)}`,
    body: html`${
      userName === undefined
        ? html`<p>
            You are the root user of account ${view.caller.account}, who can do everything. Its MFA devices and its
            password are managed here only.
          </p>`
        : html`<p>${link(href`/console/users/${userName}`, html`User ${userName}`)}</p>`
    }
    ${await mfaDevices(subject, view)} ${await accessKeys(subject, view)} ${await password(subject, view)}`,
  };
}

const ACTIONS = { ...accessKeyActions, ...passwordActions };
