import { mfaDevices, smsMessages, type SmsMessage } from "../../../data/entities/mfa.ts";
import { smsCodeState } from "../../../handlers/mfa/sms.ts";
import { code, getForm, selectField, table, time } from "../components.ts";
import { html, type Value } from "../html.ts";
import { inPages } from "../listing.ts";
import { live } from "../live.ts";
import type { Page, View } from "../page.ts";
import { shownCode } from "../sections/codes.ts";

/** The text messages that phones have received, as they arrive. */
export const emulatorPhone: Page = {
  path: "/emulator/phone",
  title: "Phone",
  nav: "Emulator",
  access: "emulator",
  scripts: ["live.js"],
  GET(view) {
    const chosen = view.query.get("phone") ?? "";
    const { phones, messages } = view.emulation.store.read((tx) => {
      const all = Array.from(tx.list(smsMessages, []), (message) => ({
        ...message,
        state: smsCodeState(message, { tx, now: view.now }),
      }));
      const known = [
        ...all.map(({ phoneNumber }) => phoneNumber),
        ...Array.from(tx.list(mfaDevices, [])).flatMap((device) => (device.kind === "sms" ? [device.phoneNumber] : [])),
      ];
      return {
        phones: [...new Set(known)].sort(),
        messages: all
          .filter(({ phoneNumber }) => chosen === "" || phoneNumber === chosen)
          .toSorted((one, other) => other.sentAt - one.sentAt || other.number - one.number),
      };
    });
    const { shown, pager } = inPages(messages, view);
    const parts = {
      newest: newest(messages[0]),
      messages: table(
        "Messages",
        ["Sent", "Phone", "Message", "Code", "The code is", "MFA device"],
        shown.map(({ sentAt, phoneNumber, text, code: digits, state, serialNumber }) => [
          time(sentAt),
          phoneNumber,
          text,
          shownCode(digits),
          STATES[state],
          code(serialNumber),
        ]),
        chosen === "" ? "No phone has been sent a message yet." : "This phone has been sent no message.",
      ),
    };
    return live(
      view,
      parts,
      (part) => html`${choice(phones, chosen, view)} ${part("newest")} ${part("messages")} ${pager}`,
    );
  },
};

type State = ReturnType<typeof smsCodeState>;

const STATES: Readonly<Record<State, string>> = {
  good: "good",
  used: "used",
  replaced: "void: a later one was sent",
  expired: "expired",
};

const choice = (phones: readonly string[], chosen: string, view: View): Value =>
  getForm(
    "Show",
    selectField(view, {
      name: "phone",
      label: "Phone",
      required: false,
      value: chosen,
      options: [{ value: "", label: "All phones" }, ...phones.map((phone) => ({ value: phone, label: phone }))],
    }),
  );

/** The newest message in a sentence, which screen readers announce when it arrives. */
function newest(message: (SmsMessage & { readonly state: State }) | undefined): Value {
  return html`<p role="status">
    ${message && html`Newest message, to ${message.phoneNumber}: ${shownCode(message.code)} (${STATES[message.state]}).`}
  </p>`;
}
