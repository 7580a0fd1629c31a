import { mfaDevices } from "../../../data/entities/mfa.ts";
import { listHardwareTokens } from "../../../handlers/mfa/hardware-tokens.ts";
import { CODE_SCRIPTS, offering, pairOfCodes } from "../codes-at-hand.ts";
import { inputField, link, postForm } from "../components.ts";
import { enrolTotp } from "../enrol.ts";
import { html, type Html } from "../html.ts";
import { field, redirect, type Page, type SignedInView } from "../page.ts";
import { nameOf, subjectOf, subjectQuery, type Subject } from "../subject.ts";
import { codesIn, twoCodes } from "../two-codes.ts";

/** Assigns a hardware TOTP token by the serial number printed on it. */
export const mfaAssignHardware: Page = {
  path: "/mfa/assign/hardware",
  title: "Assign hardware TOTP token",
  access: "signed-in",
  scripts: CODE_SCRIPTS,
  GET(view) {
    const subject = subjectOf(view);
    const serial = view.query.get("serial") ?? "";
    return offering(
      serial === "" ? () => ({}) : pairOfCodes(serial),
      view,
      (offer) =>
        html`<p>For ${nameOf(subject)}.</p>
          ${view.emulation.options.control && keyRing(subject, view)}
          ${postForm(
            view,
            { submit: "Add MFA", besides: link(subject.home, "Cancel") },
            inputField(view, {
              name: "serial",
              label: "Serial number",
              hint: "On the back of the token, such as GAHT12345678.",
              value: serial,
              focus: serial === "",
            }),
            twoCodes(view, serial !== ""),
            offer,
          )}`,
    );
  },
  async POST(view) {
    const subject = subjectOf(view);
    await enrolTotp(subject, "hardware", field(view, "serial").trim(), codesIn(view), view);
    return redirect(subject.home, `The hardware TOTP token has been assigned to ${nameOf(subject)}.`);
  },
};

const MOST_TOKENS = 10;

/** The tokens of the emulator's key ring that nobody has yet, each with its codes a click away. */
function keyRing(subject: Subject, view: SignedInView): Html {
  const free = view.emulation.store.read((tx) =>
    listHardwareTokens({ tx }).filter(({ serialNumber }) => !tx.find(mfaDevices, "token", serialNumber)?.owner),
  );
  const all = html`<a href="/console/emulator/key-ring" target="_blank">key ring</a>`;
  if (free.length === 0) return html`<p>No token is free: mint one on the emulator's ${all} (in a new tab).</p>`;
  return html`<p>
    On the emulator's ${all}:
    ${free
      .slice(0, MOST_TOKENS)
      .map(
        ({ serialNumber: serial }) =>
          html`${link(
            `/console/mfa/assign/hardware${subjectQuery(subject, { serial })}`,
            html`${serial}<span class="unseen"> (use this token)</span>`,
          )} `,
      )}
  </p>`;
}
