import { kindOf, kinds } from "../../../handlers/mfa/kinds.ts";
import { code, facts, link, postForm, section, time } from "../components.ts";
import { deactivate, resync } from "../enrol.ts";
import { html, type Value } from "../html.ts";
import { formAction, redirect, Refused, type Answer, type Page, type SignedInView } from "../page.ts";
import { errorSummary } from "../refusals.ts";
import { typeOf } from "../sections/mfa-devices.ts";
import { tagActions, tags } from "../sections/tags.ts";
import { named, nameOf, subjectOf, type Subject } from "../subject.ts";
import { codesIn, twoCodes } from "../two-codes.ts";
import { unlessRefused } from "../unless-refused.ts";

/** One MFA device of a user or of root: its details, resync and removal. */
export const mfaDevice: Page = {
  path: "/mfa/device",
  title: "MFA device",
  access: "signed-in",
  async GET(view) {
    const subject = subjectOf(view);
    const serial = serialIn(view);
    const { MFADevices = [] } = await view.call("ListMFADevices", named(subject));
    const device = MFADevices.find(({ SerialNumber }) => SerialNumber === serial);
    if (!device) throw new Refused(404, `There is no MFA device ${serial} of ${nameOf(subject)}.`);
    const { resync: canResync, deactivated } = kinds[kindOf(serial)!];
    return html`${facts([
        ["Identifier", code(serial)],
        ["Type", typeOf(serial)],
        ["Assigned to", nameOf(subject)],
        ["Assigned", time(device.EnableDate)],
      ])}
      ${await details(serial, view)}
      ${canResync && section("Resync", postForm(view, { submit: "Resync", name: "resync" }, twoCodes(view, false)))}
      ${section(
        "Remove",
        html`<p>
          ${
            kindOf(serial) === "virtual"
              ? "The device is deactivated and deleted: its secret is worth nothing then."
              : `The device is deactivated and ${deactivated}.`
          }
        </p>`,
        postForm(view, { submit: "Remove", name: "remove", danger: true }),
      )}
      <p>${link(subject.home, "Back to the security credentials")}</p>`;
  },
  POST: (view) => formAction(ACTIONS, view)(subjectOf(view), serialIn(view), view),
};

const deviceTags = tagActions("MFADevice", (SerialNumber: string) => ({ SerialNumber }));

const ACTIONS: Readonly<Record<string, (subject: Subject, serial: string, view: SignedInView) => Promise<Answer>>> = {
  tag: (_subject, serial, view) => deviceTags.tag(serial, view),
  untag: (_subject, serial, view) => deviceTags.untag(serial, view),
  async resync(subject, serial, view) {
    await resync(subject, serial, codesIn(view), view);
    return redirect(subject.home, "The MFA device is in sync.");
  },
  async remove(subject, serial, view) {
    await deactivate(subject, serial, view);
    const left = kindOf(serial) === "virtual" ? await whyNotDeleted(serial, view) : undefined;
    return redirect(
      subject.home,
      left === undefined
        ? `The MFA device ${serial} has been removed.`
        : `The MFA device ${serial} has been deactivated, but could not be deleted: ${left}`,
    );
  },
};

/**
 * Deletes a virtual device that has been deactivated. Returns the refusal if it cannot be deleted; it then stays
 * unassigned.
 */
async function whyNotDeleted(serial: string, view: SignedInView): Promise<string | undefined> {
  try {
    await view.call("DeleteVirtualMFADevice", { SerialNumber: serial });
    return undefined;
  } catch (cause) {
    return errorSummary(cause).message;
  }
}

const serialIn = ({ query }: SignedInView): string => query.get("serial") ?? "";

async function details(serial: string, view: SignedInView): Promise<Value> {
  const kind = kindOf(serial);
  if (kind === "virtual") {
    return unlessRefused(async () => {
      const { Tags = [] } = await view.call("ListMFADeviceTags", { SerialNumber: serial });
      return tags(Tags, view);
    });
  }
  if (kind !== "u2f") return undefined;
  return unlessRefused(async () => {
    const { Certifications = {} } = await view.call("GetMFADevice", { SerialNumber: serial });
    return facts(Object.entries(Certifications).map(([body, level]) => [`${body} certification`, level]));
  });
}
