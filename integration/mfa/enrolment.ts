import { CreateVirtualMFADeviceCommand, EnableMFADeviceCommand } from "@aws-sdk/client-iam";
import type { Credentials, Emulator } from "../emulator.ts";
import { createUser, type TestUser } from "../fixtures.ts";
import { control } from "./control.ts";

export type Kind = "virtual" | "hardware" | "u2f" | "sms";
export type Principal = "user" | "root";

export const NAMES: Readonly<Record<Kind, string>> = {
  virtual: "virtual device",
  hardware: "hardware token",
  u2f: "U2F key",
  sms: "SMS device",
};
export const KINDS = Object.keys(NAMES) as Kind[];
export const PHONE = "+15550100";

let accounts = 100_000_000_000;

/** A separate account for each test, with an IAM user `ann`. */
export async function newAccount(emu: Emulator): Promise<{ account: string; root: Credentials; ann: TestUser }> {
  const account = String(++accounts);
  const root = { accessKeyId: account, secretAccessKey: "test" };
  return { account, root, ann: await createUser(emu, "ann", { root }) };
}

/** Enables a device by EnableMFADevice, by default with the codes that it shows. */
export async function enableByApi(
  emu: Emulator,
  root: Credentials,
  UserName: string,
  SerialNumber: string,
  codes = shown(emu, SerialNumber),
) {
  const [AuthenticationCode1, AuthenticationCode2] = codes;
  const input = { UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 };
  await emu.iam(root).send(new EnableMFADeviceCommand(input));
}

/** The code that a device shows, and the next. */
export const shown = (emu: Emulator, serial: string): [string, string] => {
  const { code, next } = emu.server.mfa.code(serial);
  return [code, next!];
};

/** A hardware token; returns its serial number. */
export const mint = async (emu: Emulator): Promise<string> =>
  (await control(emu, "hardware-tokens", {}))["serialNumber"] as string;

/** An unassigned virtual device; returns its serial number. */
export const createVirtual = async (emu: Emulator, root: Credentials, name: string): Promise<string> => {
  const command = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name });
  return (await emu.iam(root).send(command)).VirtualMFADevice!.SerialNumber!;
};

/** The body for `mfa-devices` to enable a new device, with or without the codes that prove possession of it. */
export async function consoleRequest(
  emu: Emulator,
  kind: Kind,
  principal: Principal,
  root: Credentials,
  proof: "with proof" | "without proof" = "without proof",
): Promise<object> {
  const who = principal === "user" ? { userName: "ann" } : { root: true };
  const request = { ...who, kind, account: root.accessKeyId };
  const proved = proof === "with proof";
  if (kind === "virtual" && proved) {
    const serialNumber = await createVirtual(emu, root, principal === "user" ? "ann" : "root-account-mfa-device");
    const [code1, code2] = shown(emu, serialNumber);
    return { ...request, serialNumber, code1, code2 };
  }
  if (kind === "hardware") {
    const serialNumber = await mint(emu);
    const [code1, code2] = shown(emu, serialNumber);
    return { ...request, serialNumber, ...(proved && { code1, code2 }) };
  }
  if (kind === "sms") {
    const message = { userName: "ann", phoneNumber: PHONE, account: root.accessKeyId };
    // If the first step is refused there is no code, and the second must be refused, too.
    const code1 = proved ? ((await sendSms(emu, message)) ?? "123456") : undefined;
    return { ...request, phoneNumber: PHONE, ...(proved && { code1 }) };
  }
  return request;
}

/** Has the console send a code to a phone; undefined if it refuses. */
export async function sendSms(emu: Emulator, message: object): Promise<string | undefined> {
  const response = await fetch(`${emu.server.endpoint}/_emulator/sms`, {
    method: "POST",
    body: JSON.stringify(message),
  });
  return ((await response.json()) as { code?: string }).code;
}
