import { code, facts, hiddenField, inputField, link, postForm, section, table } from "../components.ts";
import { enrolTotp } from "../enrol.ts";
import { CODE_SCRIPTS, offering, pairOfCodes } from "../codes-at-hand.ts";
import { html, type Html, type Value } from "../html.ts";
import { all, inPages } from "../listing.ts";
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
  scripts: CODE_SCRIPTS,
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
    const serial = device!.SerialNumber!;
    await view.memory.secrets.set(ticketOf(serial, view), {
      seed: Buffer.from(device!.Base32StringSeed!).toString(),
      picture: Buffer.from(device!.QRCodePNG!).toString("base64"),
      expiresAt: view.now + SECRET_MS,
    });
    return redirect(`/console${PATH}${subjectQuery(subject, { serial })}`);
  },

  async enable(subject, view) {
    const serial = field(view, "serial");
    await enrolTotp(subject, "virtual", serial, codesIn(view), view);
    await view.memory.secrets.delete(ticketOf(serial, view));
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

/** How long whoever has made a device can load the page with its secret again. */
const SECRET_MS = 60 * 60 * 1000;

const ticketOf = (serial: string, { visitorId }: SignedInView): string => `${visitorId} ${serial}`;

/** A device that waits to be enabled, with its secret if this visitor has just made it. */
const resumed = (serial: string, subject: Subject, view: SignedInView): Answer =>
  offering(pairOfCodes(serial), view, (offer) => {
    const secret = view.memory.secrets.get(ticketOf(serial, view), view.now);
    return html`${
      secret
        ? html`<p>
              Scan the QR code with an authenticator app, or type the secret key into it. Whoever has them has the
              device: this page shows them until it is enabled, and nothing else does.
            </p>
            <img class="qr" src="data:image/png;base64,${secret.picture}" alt="QR code of the secret key" />
            ${facts([
              ["Serial number", code(serial)],
              ["Secret key", code(secret.seed)],
            ])}`
        : html`<p>
            The virtual MFA device ${code(serial)} exists and waits for two codes of the app that has its secret. If no
            app has it, delete the device and start again.
          </p>`
    }
    ${
      view.emulation.options.control &&
      html`<p>
        <a href="/console/emulator/virtual-devices" target="_blank">Open the authenticator app</a> of the emulator,
        which has every secret (in a new tab).
      </p>`
    }
    ${enableForm(serial, offer, subject, view)} ${deleteForm(serial, view)}`;
  });

const enableForm = (serial: string, offer: Value, subject: Subject, view: SignedInView): Html =>
  postForm(
    view,
    { submit: "Add MFA", name: "enable", besides: link(subject.home, "Cancel") },
    hiddenField("serial", serial),
    // The picture above comes first: the cursor in a field would scroll it away.
    twoCodes(view, false),
    offer,
  );

const deleteForm = (serial: string, view: SignedInView): Html =>
  postForm(
    view,
    { submit: "Delete device", about: serial, name: "delete", danger: true },
    hiddenField("serial", serial),
  );

const unassigned = (subject: Subject, view: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    const devices = await all(async (paging) => {
      const { VirtualMFADevices, Marker } = await view.call("ListVirtualMFADevices", {
        AssignmentStatus: "Unassigned",
        ...paging,
      });
      return { items: VirtualMFADevices, marker: Marker };
    });
    const { shown, pager } = inPages(devices, view);
    return html`${table(
      "Unassigned virtual MFA devices",
      ["Serial number", "Actions"],
      shown.map(({ SerialNumber: serial = "" }) => [
        code(serial),
        html`${link(
          `/console${PATH}${subjectQuery(subject, { serial })}`,
          html`Resume<span class="unseen"> ${serial}</span>`,
        )}
        ${deleteForm(serial, view)}`,
      ]),
      "There are none: devices that were made and not enabled wait here.",
    )}
    ${pager}`;
  });
