import { code, facts, hiddenField, inputField, link, postForm, section, table } from "../components.ts";
import { enrolTotp } from "../enrol.ts";
import { html, type Html, type Value } from "../html.ts";
import { all } from "../listing.ts";
import { field, formAction, redirect, type Answer, type Page, type SignedInView } from "../page.ts";
import { nameOf, subjectOf, subjectQuery, type Subject } from "../subject.ts";
import { codesIn, twoCodes } from "../two-codes.ts";
import { unlessRefused } from "../unless-refused.ts";

const PATH = "/mfa/assign/virtual";

/**
 * Assigns a virtual MFA device: creates it, shows its secret once, and enables it by two of its codes, at once or
 * later.
 */
export const mfaAssignVirtual: Page = {
  path: PATH,
  title: "Assign virtual MFA device",
  access: "signed-in",
  async GET(view) {
    const subject = subjectOf(view);
    const serial = view.query.get("serial");
    if (serial !== null) return resumed(serial, subject, view);
    return html`<p>For ${nameOf(subject)}.</p>
      ${section(
        "New device",
        postForm(
          view,
          { submit: "Next", name: "create" },
          inputField(view, {
            name: "name",
            label: "Device name",
            hint: "At most 128 letters, digits and +=,.@-_ characters.",
            value: subject.userName ?? "root-account-mfa-device",
          }),
        ),
      )}
      ${section("Unassigned virtual MFA devices", await unassigned(subject, view))}
      <p>${link(subject.home, "Cancel")}</p>`;
  },
  POST(view) {
    const subject = subjectOf(view);
    return formAction(ACTIONS, view)(subject, view);
  },
};

const ACTIONS: Readonly<Record<string, (subject: Subject, view: SignedInView) => Promise<Answer>>> = {
  async create(subject, view) {
    const { VirtualMFADevice: device } = await view.call("CreateVirtualMFADevice", {
      VirtualMFADeviceName: field(view, "name"),
    });
    const seed = Buffer.from(device!.Base32StringSeed!).toString();
    const picture = Buffer.from(device!.QRCodePNG!).toString("base64");
    return html`<p>
        Scan the QR code with an authenticator app, or type the secret key into it. They are shown now and never again:
        whoever has them has the device.
      </p>
      <img class="qr" src="data:image/png;base64,${picture}" alt="QR code of the secret key" />
      ${facts([
        ["Serial number", code(device!.SerialNumber!)],
        ["Secret key", code(seed)],
      ])}
      ${enableForm(device!.SerialNumber!, subject, view)}`;
  },

  async enable(subject, view) {
    await enrolTotp(subject, "virtual", field(view, "serial"), codesIn(view), view);
    return redirect(subject.home, `The virtual MFA device has been assigned to ${nameOf(subject)}.`);
  },

  async delete(subject, view) {
    const SerialNumber = field(view, "serial");
    await view.call("DeleteVirtualMFADevice", { SerialNumber });
    return redirect(
      `/console${PATH}${subjectQuery(subject)}`,
      `The virtual MFA device ${SerialNumber} has been deleted.`,
    );
  },
};

/** For a device that was created before but not enabled; its secret cannot be shown again. */
const resumed = (serial: string, subject: Subject, view: SignedInView): Html =>
  html`<p>The virtual MFA device ${code(serial)} exists and waits for two codes of the app that has its secret.</p>
    ${enableForm(serial, subject, view)}
    <p>If no app has it, delete the device and start again.</p>
    ${deleteForm(serial, view)}
    <p>${link(subject.home, "Cancel")}</p>`;

const enableForm = (serial: string, subject: Subject, view: SignedInView): Html =>
  postForm(
    view,
    { submit: "Add MFA", name: "enable", action: `/console${PATH}${subjectQuery(subject, { serial })}` },
    hiddenField("serial", serial),
    twoCodes(view),
  );

const deleteForm = (serial: string, view: SignedInView): Html =>
  postForm(view, { submit: "Delete", about: serial, name: "delete", danger: true }, hiddenField("serial", serial));

const unassigned = (subject: Subject, view: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    const devices = await all(async (paging) => {
      const { VirtualMFADevices, Marker } = await view.call("ListVirtualMFADevices", {
        AssignmentStatus: "Unassigned",
        ...paging,
      });
      return { items: VirtualMFADevices, marker: Marker };
    });
    return table(
      "Unassigned virtual MFA devices",
      ["Serial number", "Actions"],
      devices.map(({ SerialNumber: serial = "" }) => [
        code(serial),
        html`${link(
          `/console${PATH}${subjectQuery(subject, { serial })}`,
          html`Resume<span class="unseen"> ${serial}</span>`,
        )}
        ${deleteForm(serial, view)}`,
      ]),
      "There are none: devices that were made and not enabled wait here.",
    );
  });
