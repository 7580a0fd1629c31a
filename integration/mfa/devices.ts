import assert from "node:assert/strict";
import {
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  ListMFADevicesCommand,
  ResyncMFADeviceCommand,
  type CreateVirtualMFADeviceCommandInput,
  type VirtualMFADevice,
} from "@aws-sdk/client-iam";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import type { Credentials, Emulator } from "../emulator.ts";
import { credentialsOf, enableMfa } from "../fixtures.ts";

/** The emulator's default account. */
export const ACCOUNT = "000000000000";
export const deviceArn = (name: string, path = "/"): string => `arn:aws:iam::${ACCOUNT}:mfa${path}${name}`;
export const userArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:user/${name}`;

export const noSuchUser = { name: "NoSuchEntityException", message: "The user with name nobody cannot be found." };
export const noSuchDevice = (serial: string) => ({
  name: "NoSuchEntityException",
  message: `MFA Device with serial number ${serial} does not exist.`,
});
export const invalidForUser = { name: "NoSuchEntityException", message: "MFA Device invalid for user." };
export const unsupported = (rule: string) => ({
  name: "ValidationError",
  message: `The MFA device serial number sent in the request is invalid or not supported by this API. ${rule}`,
});

/** For assert.rejects: an SDK error with exactly this name, message and status. */
export const refusal =
  (name: string, message: string, status: number) =>
  (error: Error & { $metadata?: { httpStatusCode?: number } }): true => {
    const { httpStatusCode } = error.$metadata ?? {};
    assert.deepEqual({ name: error.name, message: error.message, status: httpStatusCode }, { name, message, status });
    return true;
  };

export const invalidCode = refusal(
  "InvalidAuthenticationCodeException",
  "Authentication code for device is not valid.",
  403,
);

/** For assert.rejects: one member breaks one constraint of the API model. */
export const invalidValue =
  (member: string, rule: RegExp) =>
  (error: Error): true => {
    assert.equal(error.name, "ValidationError");
    assert.match(error.message, /^1 validation error detected: Value /);
    assert.ok(error.message.includes(` at '${member}' failed to satisfy constraint: Member must `), error.message);
    assert.match(error.message, rule);
    return true;
  };

type Codes = readonly [string, string];

/** Common steps of tests of MFA devices, by default with root's keys. */
export function mfaDevices(emu: Emulator) {
  const codes = (serial: string): Codes => {
    const { code, next } = emu.server.mfa.code(serial);
    return [code, next!];
  };
  const newUser = (UserName: string) => emu.iam().send(new CreateUserCommand({ UserName }));
  return {
    newUser,
    /** The code that the device shows, and the next. */
    codes,
    /** A new virtual device. */
    create: async (
      name: string,
      more: Partial<CreateVirtualMFADeviceCommandInput> = {},
    ): Promise<VirtualMFADevice & { SerialNumber: string }> => {
      const input = { VirtualMFADeviceName: name, ...more };
      const { VirtualMFADevice: device } = await emu.iam().send(new CreateVirtualMFADeviceCommand(input));
      return { ...device!, SerialNumber: device!.SerialNumber! };
    },
    /** A user and an enabled virtual device, both with this name; returns the device's serial number. */
    enrolled: async (name: string): Promise<string> => {
      await newUser(name);
      return enableMfa(emu, name);
    },
    enable: (UserName: string, SerialNumber: string, [first, second] = codes(SerialNumber), by?: Credentials) => {
      const input = { UserName, SerialNumber, AuthenticationCode1: first, AuthenticationCode2: second };
      return emu.iam(by).send(new EnableMFADeviceCommand(input));
    },
    resync: (UserName: string, SerialNumber: string, [first, second] = codes(SerialNumber), by?: Credentials) => {
      const input = { UserName, SerialNumber, AuthenticationCode1: first, AuthenticationCode2: second };
      return emu.iam(by).send(new ResyncMFADeviceCommand(input));
    },
    deactivate: (SerialNumber: string, UserName?: string, by?: Credentials) =>
      emu.iam(by).send(new DeactivateMFADeviceCommand({ SerialNumber, UserName })),
    remove: (SerialNumber: string, by?: Credentials) =>
      emu.iam(by).send(new DeleteVirtualMFADeviceCommand({ SerialNumber })),
    list: async (UserName?: string, by?: Credentials) =>
      (await emu.iam(by).send(new ListMFADevicesCommand({ UserName }))).MFADevices!,
    /** A session from GetSessionToken with the code that the device shows. */
    session: async (credentials: Credentials, SerialNumber: string): Promise<Credentials> => {
      const input = { SerialNumber, TokenCode: codes(SerialNumber)[0] };
      return credentialsOf(await emu.sts(credentials).send(new GetSessionTokenCommand(input)));
    },
  };
}
