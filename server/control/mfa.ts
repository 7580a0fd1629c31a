import { enableInConsole } from "../../handlers/mfa/console-only.ts";
import { currentCode, nextCode } from "../../handlers/mfa/current-code.ts";
import type { Emulation } from "../emulation.ts";
import { smsWebhook } from "../sms-webhook.ts";
import { InvalidRequest } from "../web/errors.ts";
import { jsonObject, optionalBoolean, optionalString, requiredString } from "../web/input.ts";
import { asks, type Routes } from "../web/routes.ts";
import { inAccount } from "./in-account.ts";
import { toMessage } from "./sms.ts";

const DEVICE = ["userName", "root", "kind", "name", "phoneNumber", "serialNumber", "code1", "code2", "account"];

/** The codes that devices show, and what AWS offers only in its console. */
export function mfaRoutes(emulation: Emulation): Routes {
  const { store, clock, options } = emulation;
  const announce = smsWebhook(options.smsWebhook, store);
  return {
    "/mfa/code": {
      GET: asks(["serialNumber", "next"], ({ serialNumber, next }) => {
        if (!serialNumber) throw InvalidRequest("Say which device: /_emulator/mfa/code?serialNumber=…");
        if (next !== undefined && next !== "true") throw InvalidRequest("next is true, or left out.");
        const read = next ? nextCode : currentCode;
        const { validUntil, ...code } = store.read((tx) => read(serialNumber, { tx, now: clock.now() }));
        return { ...code, validUntil: new Date(validUntil).toISOString() };
      }),
    },
    "/mfa-devices": {
      async POST(request) {
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
        const account = optionalString(body, "account");
        const { message, ...enrolled } = await inAccount(account, emulation, (context) =>
          enableInConsole(enrolment, context),
        );
        if (!message) return enrolled;
        announce(message);
        return { ...enrolled, message: toMessage(message) };
      },
    },
  };
}
