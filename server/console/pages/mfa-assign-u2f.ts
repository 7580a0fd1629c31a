import type { SecurityKey } from "../../../data/entities/mfa.ts";
import { findDevice } from "../../../handlers/mfa/devices.ts";
import { inputField, link } from "../components.ts";
import { enrolSecurityKey } from "../enrol.ts";
import { html } from "../html.ts";
import { optionalField, redirect, Refused, type Page, type SignedInView } from "../page.ts";
import { named, nameOf, subjectOf, type Subject } from "../subject.ts";
import { answerIn, TOUCH_SCRIPTS, touchForm } from "../touch-form.ts";
import { creationOptions, newChallenge, takeChallenge, verifyRegistration } from "../webauthn.ts";

/** Assigns a U2F security key by touching it. */
export const mfaAssignU2f: Page = {
  path: "/mfa/assign/u2f",
  title: "Assign U2F security key",
  access: "signed-in",
  scripts: TOUCH_SCRIPTS,
  async GET(view) {
    const subject = subjectOf(view);
    const known = await knownKeys(subject, view);
    const challenge = await newChallenge(purposeOf(subject), view);
    return html`<p>
        For ${nameOf(subject)}. Plug the key in, press the button, and touch the key when it blinks. It is for signing
        in here; the API takes no security keys.
      </p>
      ${touchForm(
        view,
        "Register the security key",
        { registration: creationOptions(challenge, nameOf(subject), known, view) },
        view.path,
        inputField(view, {
          name: "name",
          label: "Device name",
          hint: "At most 128 letters, digits and +=,.@-_ characters.",
          // While there was one device a user, AWS asked for no name: keys were called "default"
          // (evidence: id-mfa-serial-numbers).
          value:
            view.emulation.options.mfaRules === "guide" ? "default" : (subject.userName ?? "root-account-mfa-device"),
        }),
      )}
      <p>${link(subject.home, "Cancel")}</p>`;
  },
  async POST(view) {
    const subject = subjectOf(view);
    const key = await verifyRegistration(answerIn(view), await takeChallenge(purposeOf(subject), view), view);
    if (!key) {
      throw new Refused(
        403,
        "The security key could not be verified, or was touched too late or for another page. Try again.",
      );
    }
    await enrolSecurityKey(subject, optionalField(view, "name"), key, view);
    return redirect(subject.home, `The U2F security key has been assigned to ${nameOf(subject)}.`);
  },
};

const purposeOf = (subject: Subject): string => `enable for ${nameOf(subject)}`;

/** The subject's keys, which must not be registered again; empty if the caller may not list them. */
async function knownKeys(subject: Subject, view: SignedInView): Promise<SecurityKey[]> {
  const { MFADevices = [] } = await view.call("ListMFADevices", named(subject));
  const { account } = view.caller;
  return view.emulation.store.read((tx) =>
    MFADevices.flatMap(({ SerialNumber }) => {
      const device = findDevice(SerialNumber!, { tx, account });
      return device?.kind === "u2f" ? [device.securityKey] : [];
    }),
  );
}
