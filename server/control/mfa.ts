import type { SmsMessage } from "../../data/entities/mfa.ts";
import type { Transaction } from "../../data/store.ts";
import { enableInConsole, sendEnrolmentCode } from "../../handlers/mfa/console-only.ts";
import { currentCode, nextCode } from "../../handlers/mfa/current-code.ts";
import type { MfaContext } from "../../handlers/mfa/devices.ts";
import { isPhoneNumber, messagesTo } from "../../handlers/mfa/sms.ts";
import { ensureAccount } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { InvalidRequest } from "../web/errors.ts";
import {
  accountId,
  jsonObject,
  optionalBoolean,
  optionalString,
  queryParameters,
  requiredString,
} from "../web/input.ts";
import type { Routes } from "../web/routes.ts";
import { smsWebhook } from "../sms-webhook.ts";

const DEVICE = ["userName", "root", "kind", "name", "phoneNumber", "serialNumber", "code1", "code2", "account"];

/** What devices show, what phones have got, and what AWS lets nobody do but in its console. */
export function mfaRoutes({ store, clock, random, options }: Emulation): Routes {
  /** Runs `work` in the account of that number, which need not have been used before. */
  const inAccount = <R>(id: string | undefined, work: (context: MfaContext) => R): R => {
    const account = accountId(id, options.account);
    return store.transact((tx: Transaction) => {
      const now = clock.now();
      ensureAccount(account, tx, now);
      return work({ tx, account, now, random, settings: options });
    });
  };

  const announce = smsWebhook(options.smsWebhook, store);

  return {
    "/mfa/code": {
      GET(request) {
        const { serialNumber, next } = queryParameters(request, ["serialNumber", "next"]);
        if (!serialNumber) throw InvalidRequest("Say which device: /_emulator/mfa/code?serialNumber=…");
        if (next !== undefined && next !== "true") throw InvalidRequest("next is true, or left out.");
        const read = next ? nextCode : currentCode;
        const { validUntil, ...code } = store.transact((tx) => read(serialNumber, { tx, now: clock.now() }));
        return { ...code, validUntil: iso(validUntil) };
      },
    },
    "/mfa-devices": {
      POST(request) {
        const body = jsonObject(request, DEVICE);
        const enrolment = {
          kind: requiredString(body, "kind"),
          userName: optionalString(body, "userName"),
          root: optionalBoolean(body, "root"),
          name: optionalString(body, "name"),
          phoneNumber: optionalString(body, "phoneNumber"),
          serialNumber: optionalString(body, "serialNumber"),
          code1: optionalString(body, "code1"),
          code2: optionalString(body, "code2"),
        };
        const { message, ...enrolled } = inAccount(optionalString(body, "account"), (context) =>
          enableInConsole(enrolment, context),
        );
        if (!message) return enrolled;
        announce(message);
        return { ...enrolled, message: toMessage(message) };
      },
    },
    "/sms": {
      GET(request) {
        const { phoneNumber } = queryParameters(request, ["phoneNumber"]);
        if (!phoneNumber) throw InvalidRequest("Say which phone: /_emulator/sms?phoneNumber=%2B12065550100");
        if (!isPhoneNumber(phoneNumber)) {
          throw InvalidRequest(
            `phoneNumber is the phone's number in E.164 form, such as +12065550100, and not ${JSON.stringify(phoneNumber)}.`,
          );
        }
        return { messages: store.transact((tx) => messagesTo(phoneNumber, { tx })).map(toMessage) };
      },
      // The console's first step for an SMS device, and its Resend button; the code goes into POST mfa-devices as code1.
      POST(request) {
        const body = jsonObject(request, ["userName", "phoneNumber", "account"]);
        const enrolment = {
          userName: requiredString(body, "userName"),
          phoneNumber: requiredString(body, "phoneNumber"),
        };
        const message = inAccount(optionalString(body, "account"), (context) => sendEnrolmentCode(enrolment, context));
        announce(message);
        return toMessage(message);
      },
    },
  };
}

const iso = (time: number): string => new Date(time).toISOString();

const toMessage = ({ sentAt, serialNumber, text, code }: SmsMessage) => ({
  sentAt: iso(sentAt),
  serialNumber,
  text,
  code,
});
