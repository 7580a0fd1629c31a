import type { MfaKind } from "../../../data/entities/mfa.ts";
import { kindOf, kinds } from "../../../handlers/mfa/kinds.ts";
import { actions, buttonLink, code, link, section, table, time } from "../components.ts";
import { html, type Html } from "../html.ts";
import type { SignedInView } from "../page.ts";
import { named, subjectQuery, type Subject } from "../subject.ts";
import { unlessRefused } from "../unless-refused.ts";

/** The console's name for a device of each kind. */
export const TYPES: Readonly<Record<MfaKind, string>> = {
  virtual: "Virtual MFA device",
  hardware: "Hardware TOTP token",
  u2f: "U2F security key",
  sms: "SMS MFA device",
};

export const typeOf = (serialNumber: string): string => TYPES[kindOf(serialNumber)!];

/** The MFA devices of the subject, each linked to its page. */
export async function mfaDevices(subject: Subject, view: SignedInView): Promise<Html> {
  const list = await unlessRefused(async () => {
    const { MFADevices: devices = [] } = await view.call("ListMFADevices", named(subject));
    return table(
      "MFA devices",
      ["Identifier", "Type", "Assigned", "Actions"],
      devices.map(({ SerialNumber: serial = "", EnableDate }) => [
        code(serial),
        typeOf(serial),
        time(EnableDate),
        link(
          `/console/mfa/device${subjectQuery(subject, { serial })}`,
          html`${kinds[kindOf(serial)!].resync ? "Resync or remove" : "Remove"}<span class="unseen"> ${serial}</span>`,
        ),
      ]),
      "No MFA device is assigned.",
    );
  });
  return section(
    "Multi-factor authentication (MFA)",
    html`<p>With an MFA device the password alone is not enough to sign in.</p>`,
    list,
    actions(buttonLink(`/console/mfa/assign${subjectQuery(subject)}`, "Assign MFA device")),
  );
}
