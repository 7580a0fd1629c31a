import type { Transaction } from "../../../data/store.ts";
import { messagesTo } from "../../../handlers/mfa/sms.ts";
import { whyNotAssignable } from "../../../handlers/mfa/console-only.ts";
import { code, hiddenField, inputField, link, postForm } from "../components.ts";
import { enrolPhone, sendEnrolment } from "../enrol.ts";
import { offerOf } from "../codes-at-hand.ts";
import { html, type Html } from "../html.ts";
import { field, formAction, redirect, Refused, type Answer, type Page, type SignedInView } from "../page.ts";
import { nameOf, subjectOf, type Subject } from "../subject.ts";
import { codeIn } from "../two-codes.ts";

/** Assigns an SMS MFA device: sends a code to the phone, and enables the device by it. */
export const mfaAssignSms: Page = {
  path: "/mfa/assign/sms",
  title: "Assign SMS MFA device",
  access: "signed-in",
  scripts: ["fill-in.js"],
  GET(view) {
    const subject = subjectOf(view);
    // Said at once, and not after the number has been typed.
    const holder = { root: subject.userName === undefined, devices: 0 };
    const whyNot = whyNotAssignable("sms", holder, view.emulation.options);
    if (whyNot !== undefined) throw new Refused(400, whyNot);
    // Shown again under an error, the page still waits for the code.
    return field(view, "do") === "enable" ? askForCode(phoneIn(view), subject, view) : askForPhone(subject, view);
  },
  POST(view) {
    const subject = subjectOf(view);
    const phone = phoneIn(view);
    return formAction(ACTIONS, view)(subject, phone, view);
  },
};

const ACTIONS: Readonly<Record<string, (subject: Subject, phone: string, view: SignedInView) => Promise<Answer>>> = {
  async send(subject, phone, view) {
    await sendEnrolment(subject, phone, view);
    return askForCode(phone, subject, view);
  },
  async enable(subject, phone, view) {
    await enrolPhone(subject, phone, codeIn(view, "code"), view);
    return redirect(subject.home, `The SMS MFA device has been assigned to ${nameOf(subject)}.`);
  },
};

/** People write phone numbers with blanks, hyphens and parentheses. */
const phoneIn = (view: SignedInView): string => field(view, "phoneNumber").replace(/[\s().-]/g, "");

const askForPhone = (subject: Subject, view: SignedInView): Html =>
  html`<p>For ${nameOf(subject)}. A code is sent to the phone, now and at each sign-in.</p>
    ${postForm(
      view,
      { submit: "Send the code", name: "send" },
      inputField(view, {
        name: "phoneNumber",
        label: "Phone number",
        type: "tel",
        focus: true,
        hint: "With the country's code, such as +12065550100. Any number will do: the emulator plays the phone.",
        autocomplete: "tel",
      }),
    )}
    <p>${link(subject.home, "Cancel")}</p>`;

const askForCode = (phone: string, subject: Subject, view: SignedInView): Html =>
  html`<p>A code has been sent to ${code(phone)}. It is on the phone's page of the emulator.</p>
    ${postForm(
      view,
      { submit: "Add MFA", name: "enable" },
      hiddenField("phoneNumber", phone),
      inputField(view, { name: "code", label: "MFA code", code: true, focus: true }),
      offerOf((context) => newestCode(phone, context), view),
    )}
    ${postForm(view, { submit: "Resend the code", name: "send" }, hiddenField("phoneNumber", phone))}
    <p>${link(subject.home, "Cancel")}</p>`;

/** What the phone has been sent last. */
function newestCode(phone: string, { tx }: { readonly tx: Transaction }): Readonly<Record<string, string>> {
  const newest = messagesTo(phone, { tx }).at(-1);
  return newest ? { code: newest.code } : {};
}
