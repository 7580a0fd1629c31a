import type { MfaKind } from "../../../data/entities/mfa.ts";
import { whyNotAssignable } from "../../../handlers/mfa/console-only.ts";
import { kinds } from "../../../handlers/mfa/kinds.ts";
import { actions, buttonLink, link } from "../components.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../page.ts";
import { TYPES } from "../sections/mfa-devices.ts";
import { named, nameOf, subjectOf, subjectQuery, type Subject } from "../subject.ts";

const KINDS = Object.keys(kinds) as MfaKind[];

/** The kinds of MFA device that can be assigned now, and the rule that forbids the others. */
export const mfaAssign: Page = {
  path: "/mfa/assign",
  title: "Assign MFA device",
  access: "signed-in",
  async GET(view) {
    const subject = subjectOf(view);
    const { MFADevices: devices = [] } = await view.call("ListMFADevices", named(subject));
    const holder = { root: subject.userName === undefined, devices: devices.length };
    const offers = KINDS.map((kind) => ({ kind, whyNot: whyNotAssignable(kind, holder, view.emulation.options) }));
    const reasons = new Set(offers.map(({ whyNot }) => whyNot));
    return html`<p>
        For ${nameOf(subject)}, who has ${devices.length === 0 ? "no MFA device" : `${devices.length} already`}.
        Enabling one takes the permission <code>iam:EnableMFADevice</code>.
      </p>
      ${
        reasons.size === 1 && !reasons.has(undefined)
          ? html`<p><strong>None can be assigned now.</strong> ${[...reasons]}</p>
              ${actions(buttonLink(subject.home, "To the MFA devices"))}`
          : html`<div class="cards">${offers.map(({ kind, whyNot }) => card(kind, subject, whyNot))}</div>
              <p>${link(subject.home, "Cancel")}</p>`
      }`;
  },
};

const SENTENCES: Readonly<Record<MfaKind, string>> = {
  virtual: "An authenticator app on a phone or computer shows a code that changes every 30 seconds.",
  hardware: "A token that fits a key ring shows a code that changes every 30 seconds. It has its number on the back.",
  u2f: "A key in the USB port that is touched. It is for the console alone: the API takes no security keys.",
  sms: "A phone is sent a code by text message at each sign-in. It is for the console alone.",
};

const card = (kind: MfaKind, subject: Subject, whyNot: string | undefined): Html =>
  html`<section class="card${whyNot !== undefined && " off"}">
    <h2>${TYPES[kind]}</h2>
    <p>${SENTENCES[kind]}</p>
    ${
      whyNot === undefined
        ? html`<p class="hint">Enabled with ${kinds[kind].enrolment}.</p>
            <p>
              ${buttonLink(
                `/console/mfa/assign/${kind}${subjectQuery(subject)}`,
                html`Assign<span class="unseen"> ${TYPES[kind]}</span>`,
              )}
            </p>`
        : html`<p><strong>Cannot be assigned.</strong> ${whyNot}</p>`
    }
  </section>`;
