import { Option, type Command } from "commander";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";
import { readText } from "./read-text.ts";
import { wholeSeconds } from "./seconds.ts";

/**
 * `mfa`, `hardware-token`, `mfa-device`, `sms`: what a person does with the device, and what the console does for MFA.
 */
export function addMfaCommands(program: Command): void {
  addCode(program);
  addHardwareToken(program);
  addMfaDevice(program);
  addSms(program);
}

function addCode(program: Command): void {
  const mfa = program.command("mfa").description("what MFA devices show");
  asClient(mfa.command("code"))
    .argument("<serial>", "ARN of a virtual or SMS device, serial number of a hardware token")
    .description("the code that a device shows now, or was last sent")
    .option("--next", "the code after it that is not used yet: it is good already, and nobody has to wait for it")
    .addHelpText(
      "after",
      `
Examples: enabling a device, and a session with MFA
  aws iam enable-mfa-device --user-name Jane --serial-number $serial \\
    --authentication-code1 $(iam-local mfa code $serial) --authentication-code2 $(iam-local mfa code --next $serial)
  aws sts get-session-token --serial-number arn:aws:iam::000000000000:mfa/Jane \\
    --token-code $(iam-local mfa code arn:aws:iam::000000000000:mfa/Jane)`,
    )
    .action(async (serialNumber: string, { next, ...options }: ClientOptions & { readonly next?: true }) => {
      const answer = await callControl<{ readonly code: string }>(options, {
        path: "mfa/code",
        query: { serialNumber, next: next && "true" },
      });
      printAnswer(options, answer, ({ code }) => code);
    });
}

interface HardwareTokenOptions extends ClientOptions {
  readonly serial?: string;
  readonly seed?: string;
  readonly offsetSeconds?: number;
  readonly import?: string;
}

interface HardwareToken {
  readonly serialNumber: string;
  readonly base32Seed: string;
}

function addHardwareToken(program: Command): void {
  asClient(program.command("hardware-token"))
    .description("mint a hardware token, or import a vendor's list of them")
    .option("--serial <SERIAL>", "serial number, such as GAHT12345678; one is made up otherwise")
    .option("--seed <BASE32>", "its secret; one is made up otherwise")
    .option("--offset-seconds <N>", "how far its clock is ahead of the emulator's", wholeSeconds)
    .addOption(
      new Option(
        "--import <FILE>",
        "take the tokens from a file: serial,seed lines (CSV), or PSKC (RFC 6030)",
      ).conflicts(["serial", "seed", "offsetSeconds"]),
    )
    .addHelpText(
      "after",
      `
Example: a token for Jane
  iam-local hardware-token --serial GAHT12345678
  aws iam enable-mfa-device --user-name Jane --serial-number GAHT12345678 \\
    --authentication-code1 $(iam-local mfa code GAHT12345678) \\
    --authentication-code2 $(iam-local mfa code --next GAHT12345678)`,
    )
    .action(async ({ serial, seed, offsetSeconds, import: file, ...options }: HardwareTokenOptions) => {
      if (file === undefined) {
        const token = await callControl<HardwareToken>(options, {
          path: "hardware-tokens",
          body: { serialNumber: serial, base32Seed: seed, offsetSeconds },
        });
        printAnswer(options, token, tokenLine);
      } else {
        const answer = await callControl<{ readonly tokens: readonly HardwareToken[] }>(options, {
          path: "hardware-tokens",
          body: await readText(file),
          // The emulator detects whether a list is CSV or PSKC.
          contentType: "text/csv",
        });
        printAnswer(options, answer, ({ tokens }) => tokens.map(tokenLine));
      }
    });
}

const tokenLine = ({ serialNumber, base32Seed }: HardwareToken): string => `${serialNumber}  ${base32Seed}`;

interface MfaDeviceOptions extends ClientOptions {
  readonly account?: string;
  readonly user?: string;
  readonly root?: true;
  readonly kind: string;
  readonly name?: string;
  readonly phoneNumber?: string;
  readonly serial?: string;
  readonly code1?: string;
  readonly code2?: string;
}

function addMfaDevice(program: Command): void {
  asClient(program.command("mfa-device"))
    .description("enable an MFA device as the console does: the only way for U2F, SMS and root")
    .addOption(new Option("--user <NAME>", "for this user").conflicts("root"))
    .option("--root", "for the account's root")
    .requiredOption("--kind <KIND>", "virtual, hardware, u2f or sms")
    .option("--name <NAME>", "name of the device")
    .option("--phone-number <NUMBER>", "SMS: the phone, such as +12065550100")
    .option("--serial <SERIAL>", "hardware: serial number of a token; virtual: ARN of a device")
    .option("--code1 <CODE>", "a code of the device; without codes this is an administrator's shortcut")
    .option("--code2 <CODE>", "the code after it")
    .option("--account <ID>", "in another account than the emulator's own")
    .addHelpText(
      "after",
      `
Examples:
  iam-local mfa-device --root --kind virtual
  iam-local mfa-device --user Jane --kind sms --phone-number +12065550100`,
    )
    .action(async ({ endpoint, json, user, serial, ...device }: MfaDeviceOptions) => {
      const options = { endpoint, ...(json && { json }) };
      const answer = await callControl<Readonly<Record<string, unknown>>>(options, {
        path: "mfa-devices",
        body: { userName: user, serialNumber: serial, ...device },
      });
      printAnswer(options, answer, (made) => Object.entries(made).map(([name, value]) => `${name}: ${String(value)}`));
    });
}

interface Message {
  readonly sentAt: string;
  readonly text: string;
}

function addSms(program: Command): void {
  asClient(program.command("sms"))
    .argument("<phone-number>", "in E.164 form, such as +12065550100")
    .description("the messages that a phone has been sent")
    .action(async (phoneNumber: string, options: ClientOptions) => {
      const answer = await callControl<{ readonly messages: readonly Message[] }>(options, {
        path: "sms",
        query: { phoneNumber },
      });
      printAnswer(options, answer, ({ messages }) =>
        messages.length === 0 ? "no messages" : messages.map(({ sentAt, text }) => `${sentAt}  ${text}`),
      );
    });
}
