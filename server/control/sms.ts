import type { SmsMessage } from "../../data/entities/mfa.ts";
import { sendEnrolmentCode } from "../../handlers/mfa/console-only.ts";
import { isPhoneNumber, messagesTo } from "../../handlers/mfa/sms.ts";
import type { Emulation } from "../emulation.ts";
import { smsWebhook } from "../sms-webhook.ts";
import { InvalidRequest } from "../web/errors.ts";
import { jsonObject, optionalString, requiredString } from "../web/input.ts";
import { asks, type Routes } from "../web/routes.ts";
import { inAccount } from "./in-account.ts";

/** The messages that phones have received, and the console's way of sending them a code before they are enrolled. */
export function smsRoutes(emulation: Emulation): Routes {
  const { store, options } = emulation;
  const announce = smsWebhook(options.smsWebhook, store);
  return {
    "/sms": {
      GET: asks(["phoneNumber"], ({ phoneNumber }) => {
        if (!phoneNumber) throw InvalidRequest("Say which phone: /_emulator/sms?phoneNumber=%2B12065550100");
        if (!isPhoneNumber(phoneNumber)) {
          throw InvalidRequest(
            `phoneNumber is the phone's number in E.164 form, such as +12065550100, and not ${JSON.stringify(phoneNumber)}.`,
          );
        }
        return { messages: store.read((tx) => messagesTo(phoneNumber, { tx })).map(toMessage) };
      }),
      // The console's first step for an SMS device, and its Resend button. The code is then sent to POST mfa-devices as
      // code1.
      async POST(request) {
        const body = jsonObject(request, ["userName", "phoneNumber", "account"]);
        const enrolment = {
          userName: requiredString(body, "userName"),
          phoneNumber: requiredString(body, "phoneNumber"),
        };
        const account = optionalString(body, "account");
        const message = await inAccount(account, emulation, (context) => sendEnrolmentCode(enrolment, context));
        announce(message);
        return toMessage(message);
      },
    },
  };
}

/** A message in the form of the control plane. */
export const toMessage = ({ sentAt, serialNumber, text, code }: SmsMessage) => ({
  sentAt: new Date(sentAt).toISOString(),
  serialNumber,
  text,
  code,
});
