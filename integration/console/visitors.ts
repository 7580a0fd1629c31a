import assert from "node:assert/strict";
import { ListMFADevicesCommand } from "@aws-sdk/client-iam";
import supertest from "supertest";
import type { Emulator } from "../emulator.ts";
import { allow } from "../fixtures.ts";
import { browser, consoleUser, signIn, signInAsRoot, type Browser } from "./browser.ts";

/** Everything that the pages for one's own MFA devices call. */
export const MANAGE_MFA = allow(["iam:*MFADevice*", "iam:ListAccessKeys"]);

/** The code that a device shows, and the next. */
export function codesOf(emu: Emulator, serial: string): { readonly code1: string; readonly code2: string } {
  const { code, next } = emu.server.mfa.code(serial);
  return { code1: code, code2: next! };
}

/** Mints a hardware token. */
export async function mintToken(emu: Emulator): Promise<string> {
  const { body } = await supertest(emu.server.endpoint).post("/_emulator/hardware-tokens").send({}).expect(200);
  return body.serialNumber as string;
}

/** The last code sent to the phone. */
export async function lastCode(emu: Emulator, phoneNumber: string): Promise<string> {
  const { body } = await supertest(emu.server.endpoint).get("/_emulator/sms").query({ phoneNumber }).expect(200);
  return body.messages.at(-1).code as string;
}

/** The serial numbers of the devices of a user, or of root. */
export async function serialsOf(emu: Emulator, UserName?: string): Promise<string[]> {
  const { MFADevices } = await emu.iam().send(new ListMFADevicesCommand({ UserName }));
  return MFADevices!.map(({ SerialNumber }) => SerialNumber!);
}

/** A visitor who has signed in as this user. */
export async function signedIn(emu: Emulator, userName: string): Promise<Browser> {
  const visitor = browser(emu);
  const { status } = await signIn(visitor, userName);
  assert.equal(status, 200);
  return visitor;
}

export async function signedInRoot(emu: Emulator): Promise<Browser> {
  const visitor = browser(emu);
  await signInAsRoot(visitor, emu);
  return visitor;
}

/** A visitor who has signed in as an administrator. */
export async function administrator(emu: Emulator, name = "admin"): Promise<Browser> {
  await consoleUser(emu, name, { statements: [allow("*")] });
  return signedIn(emu, name);
}
