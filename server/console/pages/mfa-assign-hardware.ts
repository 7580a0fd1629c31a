import { inputField, link, postForm } from "../components.ts";
import { enrolTotp } from "../enrol.ts";
import { html } from "../html.ts";
import { field, redirect, type Page } from "../page.ts";
import { nameOf, subjectOf } from "../subject.ts";
import { codesIn, twoCodes } from "../two-codes.ts";

/** Assigns a hardware TOTP token by the serial number printed on it. */
export const mfaAssignHardware: Page = {
  path: "/mfa/assign/hardware",
  title: "Assign hardware TOTP token",
  access: "signed-in",
  GET(view) {
    const subject = subjectOf(view);
    return html`<p>For ${nameOf(subject)}.</p>
      ${postForm(
        view,
        { submit: "Add MFA" },
        inputField(view, {
          name: "serial",
          label: "Serial number",
          hint: "On the back of the token, such as GAHT12345678. Tokens are minted and imported on the key ring of the emulator.",
        }),
        twoCodes(view),
      )}
      <p>${link(subject.home, "Cancel")}</p>`;
  },
  async POST(view) {
    const subject = subjectOf(view);
    await enrolTotp(subject, "hardware", field(view, "serial").trim(), codesIn(view), view);
    return redirect(subject.home, `The hardware TOTP token has been assigned to ${nameOf(subject)}.`);
  },
};
