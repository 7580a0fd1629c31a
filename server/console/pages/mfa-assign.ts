import type { MfaKind } from "../../../data/entities/mfa.ts";
import { whyNotAssignable } from "../../../handlers/mfa/console-only.ts";
import { kinds } from "../../../handlers/mfa/kinds.ts";
import { facts, link } from "../components.ts";
import { html } from "../html.ts";
import type { Page } from "../page.ts";
import { TYPES } from "../sections/mfa-devices.ts";
import { named, nameOf, subjectOf, subjectQuery } from "../subject.ts";

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
    return html`<p>
        For ${nameOf(subject)}, who has ${devices.length === 0 ? "no MFA device" : `${devices.length} already`}.
        Enabling one takes the permission <code>iam:EnableMFADevice</code>.
      </p>
      ${facts(
        KINDS.map((kind) => {
          const why = whyNotAssignable(kind, holder, view.emulation.options);
          return [
            TYPES[kind],
            why === undefined
              ? html`${link(`/console/mfa/assign/${kind}${subjectQuery(subject)}`, html`Assign<span class="unseen"> ${TYPES[kind]}</span>`)},
                with ${kinds[kind].enrolment}`
              : html`Cannot be assigned. ${why}`,
          ];
        }),
      )}
      <p>${link(subject.home, "Cancel")}</p>`;
  },
};
