import type { Transaction } from "../../../data/store.ts";
import { messagesTo } from "../../../handlers/mfa/sms.ts";
import { whyNotAssignable } from "../../../handlers/mfa/console-only.ts";
import { code, hiddenField, inputField, link, postForm } from "../components.ts";
import { enrolPhone, sendEnrolment } from "../enrol.ts";
import { offerOf } from "../codes-at-hand.ts";
import { html, type Html } from "../html.ts";
import { field, formAction, redirect, Refused, type Answer, type Page, type SignedInView } from "../page.ts";
import { nameOf, subjectOf, subjectQuery, type Subject } from "../subject.ts";
import { codeIn } from "../two-codes.ts";

const PATH = "/mfa/assign/sms";

/** Assigns an SMS MFA device: sends a code to the phone, and enables the device by it. */
export const mfaAssignSms: Page = {
  path: PATH,
  title: "Assign SMS MFA device",
  access: "signed-in",
  scripts: ["fill-in.js"],
  GET(view) {
    const subject = subjectOf(view);
    // Said at once, and not after the number has been typed.
    const holder = { root: subject.userName === undefined, devices: 0 };
    const whyNot = whyNotAssignable("sms", holder, view.emulation.options);
    if (whyNot !== undefined) throw new Refused(400, whyNot);
    // Also under an error, so that the code can be typed again.
    const sentTo = view.query.get("phone");
    return sentTo === null ? askForPhone(subject, view) : askForCode(sentTo, subject, view);
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
    return redirect(`/console${PATH}${subjectQuery(subject, { phone })}`, "A code is on its way to the phone.");
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
      { submit: "Send the code", name: "send", besides: link(subject.home, "Cancel") },
      inputField(view, {
        name: "phoneNumber",
        label: "Phone number",
        type: "tel",
        focus: true,
        hint: "With the country's code, such as +12065550100. Any number will do: the emulator plays the phone.",
        autocomplete: "tel",
      }),
    )}`;

const askForCode = (phone: string, subject: Subject, view: SignedInView): Html =>
  html`<p>Enter the code that was sent to ${code(phone)}.</p>
    ${postForm(
      view,
      { submit: "Add MFA", name: "enable", besides: link(subject.home, "Cancel") },
      hiddenField("phoneNumber", phone),
      inputField(view, { name: "code", label: "MFA code", code: true, focus: true }),
      offerOf((context) => newestCode(phone, context), view),
    )}
    ${postForm(view, { submit: "Resend the code", name: "send", plain: true }, hiddenField("phoneNumber", phone))}
    ${view.emulation.options.control && html`<p><a href="/console/emulator/phone" target="_blank">Open the phone</a> (in a new tab)</p>`}`;

/** What the phone has been sent last. */
function newestCode(phone: string, { tx }: { readonly tx: Transaction }): Readonly<Record<string, string>> {
  const newest = messagesTo(phone, { tx }).at(-1);
  return newest ? { code: newest.code } : {};
}
