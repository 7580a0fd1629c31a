import type { MfaDevice, SmsDevice, U2fDevice } from "../../../data/entities/mfa.ts";
import { byKind, kinds, type ByKind } from "../../../handlers/mfa/kinds.ts";
import { buttonLink, code, hiddenField, href, inputField, link, postForm } from "../components.ts";
import { CODE_SCRIPTS, offering, oneCode } from "../codes-at-hand.ts";
import { html, type Html, type Value } from "../html.ts";
import {
  devicesFor,
  resyncAtSignIn,
  sendSignInCode,
  signInChallenge,
  signInWithCode,
  signInWithKey,
  signInWithSoftwareKey,
} from "../mfa-sign-in.ts";
import { field, formAction, redirect, Refused, type Answer, type Page, type View } from "../page.ts";
import type { PendingSignIn } from "../../web/signed-in.ts";
import { nextStep, pendingOf, proceed } from "../sign-in.ts";
import { TYPES } from "../sections/mfa-devices.ts";
import { answerIn, TOUCH_SCRIPTS, touchForm } from "../touch-form.ts";
import { codesIn, twoCodes } from "../two-codes.ts";
import { requestOptions } from "../webauthn.ts";

/** The second step of a sign-in: a device's code, or a touch of a key. With several devices, one is chosen first. */
export const mfaSignIn: Page = {
  path: "/sign-in/mfa",
  title: "Multi-factor authentication",
  access: "anyone",
  card: true,
  scripts: [...TOUCH_SCRIPTS, ...CODE_SCRIPTS],
  GET(view) {
    const pending = pendingAt(view);
    if (!pending) return startAgain();
    const devices = devicesFor(pending, view);
    const stale = devices.find(({ serialNumber }) => serialNumber === view.query.get("resync"));
    if (stale && kinds[stale.kind].resync) return askForTwoCodes(stale, view);
    const chosen = chosenDevice(devices, view);
    return chosen ? askFor(chosen, devices.length > 1, view) : choice(devices, view);
  },
  POST(view) {
    const pending = pendingAt(view);
    if (!pending) return startAgain();
    const device = chosenDevice(devicesFor(pending, view), view);
    return formAction(ACTIONS, view)(pending, device, view);
  },
};

type SignInAction = (pending: PendingSignIn, device: MfaDevice | undefined, view: View) => Answer | Promise<Answer>;

const ACTIONS: Readonly<Record<string, SignInAction>> = {
  "": async (pending, _device, view) =>
    proceed(await signInWithCode(pending, field(view, "serial"), field(view, "code"), view), view),
  async send(_pending, device, view) {
    if (device?.kind !== "sms") throw new Refused(400, "This device is sent no messages.");
    await sendSignInCode(device, view);
    return redirect(href`/console/sign-in/mfa?serial=${device.serialNumber}`, "A code is on its way to your phone.");
  },
  async resync(pending, _device, view) {
    const serialNumber = field(view, "serial");
    await resyncAtSignIn(pending, serialNumber, codesIn(view), view);
    return redirect(
      href`/console/sign-in/mfa?serial=${serialNumber}`,
      "The MFA device is in sync. Sign in with the code that it shows.",
    );
  },
  touch: async (pending, device, view) =>
    proceed(await signInWithKey(pending, keyAmong(device), answerIn(view), view), view),
  async "touch-software"(pending, device, view) {
    requireControl(view);
    return proceed(await signInWithSoftwareKey(pending, keyAmong(device), view), view);
  },
};

function keyAmong(device: MfaDevice | undefined): U2fDevice {
  if (device?.kind !== "u2f") throw new Refused(400, "This device is no security key.");
  return device;
}

/** Only those who control the emulator may use its own keys. */
function requireControl({ emulation }: View): void {
  if (!emulation.options.control) throw new Refused(403, "The emulator was started with --no-control.");
}

/** The sign-in that waits for its MFA, if MFA is its next step. */
function pendingAt(view: View): PendingSignIn | undefined {
  const pending = pendingOf(view);
  return pending && nextStep(pending, view) === "mfa" ? pending : undefined;
}

const startAgain = (): Answer => redirect("/console/sign-in", "The sign-in has taken too long or is no longer valid.");

function chosenDevice(devices: readonly MfaDevice[], { form, query }: View): MfaDevice | undefined {
  const serial = form.get("serial") ?? query.get("serial");
  return serial === null
    ? devices.length === 1
      ? devices[0]
      : undefined
    : devices.find(({ serialNumber }) => serialNumber === serial);
}

function choice(devices: readonly MfaDevice[], view: View): Html {
  return html`<p>You have several MFA devices. Any one of them completes the sign-in.</p>
    ${devices.map((device) =>
      device.kind === "sms"
        ? postForm(
            view,
            { submit: html`Send a code to the phone ${maskedPhone(device)}`, name: "send" },
            serial(device),
          )
        : html`<p>
            ${buttonLink(href`/console/sign-in/mfa?serial=${device.serialNumber}`, `${TYPES[device.kind]}: ${device.name}`)}
          </p>`,
    )}
    ${cancelForm(view)}`;
}

const cancelForm = (view: View): Html => postForm(view, { submit: "Cancel", action: "/console/sign-out" });

async function askFor(device: MfaDevice, others: boolean, view: View): Promise<Answer> {
  if (device.kind === "u2f" && device.securityKey.d === undefined) {
    const challenge = await signInChallenge(device, view);
    return html`${askForTouch(device, challenge, view)} ${waysOut(device, others, view)}`;
  }
  return offering(
    kinds[device.kind].signIn.startsWith("the code") ? oneCode(device.serialNumber) : () => ({}),
    view,
    (offer) => html`${byKind(ASK, device, view, offer)} ${waysOut(device, others, view)}`,
  );
}

const waysOut = (device: MfaDevice, others: boolean, view: View): Html =>
  html` ${kinds[device.kind].resync && html`<p>${link(href`/console/sign-in/mfa?resync=${device.serialNumber}`, "Its codes are not taken? Resync it")}</p>`}
  ${others && html`<p>${link("/console/sign-in/mfa", "Use another MFA device")}</p>`}
  ${view.emulation.options.control && whereToLook(device)} ${cancelForm(view)}`;

const askForTwoCodes = (device: MfaDevice, view: View): Html =>
  html`<p>
      The clock of ${code(device.name)} may be off. Enter two codes that it shows one after the other, so that it is
      known by how much.
    </p>
    ${postForm(view, { submit: "Resync", name: "resync" }, serial(device), twoCodes(view))}
    <p>${link(href`/console/sign-in/mfa?serial=${device.serialNumber}`, "Back to the sign-in")}</p>`;

const ASK: ByKind<[view: View, offer: Value], Html> = {
  virtual: (device, view, offer) =>
    html`<p>Enter the code that your authenticator app shows for ${code(device.name)}.</p>
      ${codeForm(device, view, offer)}`,
  hardware: (device, view, offer) =>
    html`<p>Enter the code that your token ${code(device.serialNumber)} shows.</p>
      ${codeForm(device, view, offer)}`,
  sms: (device, view, offer) =>
    html`<p>Enter the code that was sent to your phone ${maskedPhone(device)}.</p>
      ${codeForm(device, view, offer)}
      ${postForm(view, { submit: "Resend the code", name: "send", plain: true }, serial(device))}`,
  u2f: (device, view) => askForSoftware(device, view),
};

const askForTouch = (device: U2fDevice, challenge: string, view: View): Html =>
  html`<p>Press the button, and touch your security key ${code(device.name)} when it blinks.</p>
    ${touchForm(
      view,
      "Use the security key",
      { authentication: requestOptions(challenge, device.securityKey) },
      "/console/sign-in",
      serial(device),
    )}`;

const askForSoftware = (device: U2fDevice, view: View): Html =>
  html`<p>Your security key ${code(device.name)} is software of the emulator, which signs in its place.</p>
    ${
      view.emulation.options.control
        ? postForm(view, { submit: "Touch the emulator's software key", name: "touch-software" }, serial(device))
        : html`<p>It cannot be touched while the control plane is off.</p>`
    }`;

const codeForm = (device: MfaDevice, view: View, offer: Value): Html =>
  postForm(
    view,
    { submit: "Submit" },
    serial(device),
    inputField(view, { name: "code", label: "MFA code", code: true, focus: true }),
    offer,
  );

const serial = ({ serialNumber }: MfaDevice): Html => hiddenField("serial", serialNumber);

const maskedPhone = ({ phoneNumber }: SmsDevice): Html => html`<span class="whole">…${phoneNumber.slice(-4)}</span>`;

/** The pages on which the emulator shows the codes that a person would read from the device. */
const SHOWN_AT: Readonly<Record<MfaDevice["kind"], readonly [page: string, label: string] | undefined>> = {
  virtual: ["/console/emulator/virtual-devices", "Open the authenticator app"],
  hardware: ["/console/emulator/key-ring", "Open the key ring"],
  sms: ["/console/emulator/phone", "Open the phone"],
  u2f: undefined,
};

/** A link that opens beside the sign-in. */
function whereToLook({ kind }: MfaDevice): Html | undefined {
  const place = SHOWN_AT[kind];
  return place && html`<p><a href="${place[0]}" target="_blank">${place[1]}</a> (in a new tab)</p>`;
}
