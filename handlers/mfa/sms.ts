import { smsMessages, type SmsDevice, type SmsMessage } from "../../data/entities/mfa.ts";
import type { Random } from "../../data/random.ts";
import { atSecond } from "../../signing/detail.ts";
import type { Context } from "../operation.ts";
import { withinBudget, type CodeCheck } from "./attempts.ts";

// AWS's SMS MFA was a preview from 2016 to 2019. How long a code was valid is not recorded (evidence: mfa-sms); five
// minutes is usual for such codes.
const CODE_LIFE_MS = 5 * 60 * 1000;
/** How many messages a phone keeps. */
const INBOX = 100;

/** A phone and the device that it serves, which may still wait for its first code. */
type Phone = Pick<SmsDevice, "serialNumber" | "phoneNumber">;

/** A phone number in E.164 form, such as `+15550100`. */
export const isPhoneNumber = (text: string): boolean => /^\+[1-9]\d{6,14}$/.test(text);

/** The messages that a phone has received, oldest first. */
export const messagesTo = (phoneNumber: string, { tx }: Pick<Context, "tx">): SmsMessage[] =>
  Array.from(tx.list(smsMessages, [phoneNumber]));

/** The last message for this device: the only one whose code may still be valid. */
export const lastMessage = (
  { serialNumber, phoneNumber }: Phone,
  context: Pick<Context, "tx">,
): SmsMessage | undefined =>
  messagesTo(phoneNumber, context).findLast((message) => message.serialNumber === serialNumber);

/** When a code expires, in milliseconds. */
export const smsCodeExpiry = ({ sentAt }: SmsMessage): number => sentAt + CODE_LIFE_MS;

/** Whether the code of a message is still valid: only that of the device's last message can be, once, and in time. */
export function smsCodeState(
  message: SmsMessage,
  context: Pick<Context, "tx" | "now">,
): "good" | "used" | "replaced" | "expired" {
  if (message.used) return "used";
  if (lastMessage(message, context)?.number !== message.number) return "replaced";
  return context.now < smsCodeExpiry(message) ? "good" : "expired";
}

/** Sends a new code to the phone, which makes earlier codes invalid. */
export function sendCode(
  { serialNumber, phoneNumber }: Phone,
  { tx, now, random }: Pick<Context, "tx" | "now" | "random">,
): SmsMessage {
  const inbox = messagesTo(phoneNumber, { tx });
  const code = sixDigits(random);
  const message: SmsMessage = {
    phoneNumber,
    number: (inbox.at(-1)?.number ?? 0) + 1,
    serialNumber,
    code,
    text: `Your AWS authentication code is ${code}. It is good for ${CODE_LIFE_MS / 60_000} minutes.`,
    sentAt: now,
    used: false,
  };
  for (const old of inbox.slice(0, Math.max(0, inbox.length + 1 - INBOX))) {
    tx.delete(smsMessages, ...smsMessages.key(old));
  }
  tx.put(smsMessages, message);
  return message;
}

/** Checks a code that was read from the phone: it must be the last one sent, in time, and unused. */
export function checkSmsCode(device: Phone, code: string, context: Pick<Context, "tx" | "now">): CodeCheck {
  return withinBudget(device.serialNumber, context, () => {
    const message = lastMessage(device, context);
    const accepted = message !== undefined && message.code === code && smsCodeState(message, context) === "good";
    return {
      accepted,
      why: accepted ? undefined : whyRefused(device, code, context),
      useUp: (changed) => message && changed.put(smsMessages, { ...message, used: true }),
    };
  });
}

/** Why a code is refused, by the newest message that contains it. */
function whyRefused(device: Phone, code: string, context: Pick<Context, "tx" | "now">): string {
  const { serialNumber, phoneNumber } = device;
  const sent = messagesTo(phoneNumber, context).filter((message) => message.serialNumber === serialNumber);
  const message = sent.findLast((candidate) => candidate.code === code);
  if (!message) {
    return sent.length === 0
      ? `No code was sent to ${phoneNumber} yet.`
      : `It is no code that was sent to ${phoneNumber}. What was sent: iam-local sms ${phoneNumber}`;
  }
  const of = `The code of ${atSecond(message.sentAt)}`;
  switch (smsCodeState(message, context)) {
    case "used":
      return `${of} was used before; each is good once.`;
    case "replaced":
      return `${of} is void: a newer one was sent at ${atSecond(sent.at(-1)!.sentAt)}.`;
    default:
      return `${of} expired at ${atSecond(smsCodeExpiry(message))}; the emulator's time is ${atSecond(context.now)}.`;
  }
}

const sixDigits = (random: Random): string => String(random.bytes(6).readUIntBE(0, 6) % 1_000_000).padStart(6, "0");
