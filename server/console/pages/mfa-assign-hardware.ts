import { mfaDevices } from "../../../data/entities/mfa.ts";
import { addHardwareTokens, listHardwareTokens } from "../../../handlers/mfa/hardware-tokens.ts";
import { CODE_SCRIPTS, offering, pairOfCodes } from "../codes-at-hand.ts";
import { inputField, link, postForm } from "../components.ts";
import { enrolTotp } from "../enrol.ts";
import { html, type Html } from "../html.ts";
import { field, formAction, redirect, Refused, type Answer, type Page, type SignedInView } from "../page.ts";
import { nameOf, subjectOf, subjectQuery, type Subject } from "../subject.ts";
import { codesIn, twoCodes } from "../two-codes.ts";

const PATH = "/mfa/assign/hardware";

/** Assigns a hardware TOTP token by the serial number printed on it. */
export const mfaAssignHardware: Page = {
  path: PATH,
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
            { submit: "Add MFA", name: "enable", besides: link(subject.home, "Cancel") },
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
  POST: (view) => formAction(ACTIONS, view)(subjectOf(view), view),
};

const ACTIONS: Readonly<Record<string, (subject: Subject, view: SignedInView) => Answer | Promise<Answer>>> = {
  async enable(subject, view) {
    await enrolTotp(subject, "hardware", field(view, "serial").trim(), codesIn(view), view);
    return redirect(subject.home, `The hardware TOTP token has been assigned to ${nameOf(subject)}.`);
  },

  async mint(subject, view) {
    const { store, random, options } = view.emulation;
    if (!options.control) throw new Refused(403, "The emulator was started with --no-control.");
    const [minted] = await store.transact((tx) => addHardwareTokens([{}], { tx, random }));
    return redirect(pathWith(minted!.serialNumber, subject), "A token has been minted.");
  },
};

const pathWith = (serial: string, subject: Subject): string => `/console${PATH}${subjectQuery(subject, { serial })}`;

const MOST_TOKENS = 10;

/** The tokens of the emulator's key ring that nobody has yet, each with its codes a click away. */
function keyRing(subject: Subject, view: SignedInView): Html {
  const free = view.emulation.store.read((tx) =>
    listHardwareTokens({ tx }).filter(({ serialNumber }) => !tx.find(mfaDevices, "token", serialNumber)?.owner),
  );
  const all = html`<a href="/console/emulator/key-ring" target="_blank">key ring</a>`;
  if (free.length === 0) {
    return html`<p>No token of the emulator's ${all} is free.</p>
      <div class="buttons">${postForm(view, { submit: "Mint a token", name: "mint" })}</div>`;
  }
  return html`<p>
    On the emulator's ${all}:
    ${free
      .slice(0, MOST_TOKENS)
      .map(
        ({ serialNumber: serial }) =>
          html`${link(pathWith(serial, subject), html`${serial}<span class="unseen"> (use this token)</span>`)} `,
      )}
  </p>`;
}
