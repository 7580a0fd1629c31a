import assert from "node:assert/strict";
import {
  CreateUserCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  GetMFADeviceCommand,
  ListMFADevicesCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { control, refusedByControl } from "./control.ts";
import { noSuchDevice, unsupported } from "./devices.ts";
import {
  consoleRequest,
  createVirtual,
  enableByApi,
  KINDS,
  NAMES,
  newAccount,
  PHONE,
  sendSms,
  shown,
  type Kind,
} from "./enrolment.ts";

describe("what an enabled MFA device of each kind can do", () => {
  const emu = emulator();

  /**
   * A new account in which `ann` has a device of this kind; or else a further user with this name and nothing else has
   * it.
   */
  async function withDevice(kind: Kind, userName = "ann") {
    const there = await newAccount(emu);
    if (userName !== "ann") await emu.iam(there.root).send(new CreateUserCommand({ UserName: userName }));
    const request = { ...(await consoleRequest(emu, kind, "user", there.root)), userName };
    const { serialNumber } = await control(emu, "mfa-devices", request);
    return { ...there, serial: serialNumber as string, iam: emu.iam(there.root), sts: emu.sts(there.ann.credentials) };
  }

  const unableToValidate = {
    name: "AccessDenied",
    message:
      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
  };
  const assumeNothing = (account: string, SerialNumber: string, TokenCode: string) =>
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role/does-not-exist`,
      RoleSessionName: "session",
      SerialNumber,
      TokenCode,
    });

  for (const kind of ["virtual", "hardware"] as const) {
    it(`the code of a ${NAMES[kind]} is taken by STS`, async () => {
      const { sts, serial } = await withDevice(kind);
      await sts.send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: emu.server.mfa.code(serial).code }));
    });

    it(`a ${NAMES[kind]} can be resynchronised`, async () => {
      const { iam, serial } = await withDevice(kind);
      const [AuthenticationCode1, AuthenticationCode2] = shown(emu, serial);
      const input = { UserName: "ann", SerialNumber: serial, AuthenticationCode1, AuthenticationCode2 };
      await iam.send(new ResyncMFADeviceCommand(input));
    });
  }

  for (const kind of ["u2f", "sms"] as const) {
    it(`no code makes STS take a ${NAMES[kind]}, before any word on permission or role`, async () => {
      const { sts, serial, account } = await withDevice(kind);
      const code = kind === "sms" ? emu.server.mfa.code(serial).code : "123456";
      await assert.rejects(
        sts.send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: code })),
        unableToValidate,
      );
      await assert.rejects(sts.send(assumeNothing(account, serial, code)), unableToValidate);
    });

    it(`a ${NAMES[kind]} cannot be resynchronised`, async () => {
      const { iam, serial } = await withDevice(kind);
      const input = {
        UserName: "ann",
        SerialNumber: serial,
        AuthenticationCode1: "123456",
        AuthenticationCode2: "654321",
      };
      const kinds = { u2f: "U2F security keys", sms: "SMS MFA devices" }[kind];
      await assert.rejects(
        iam.send(new ResyncMFADeviceCommand(input)),
        unsupported(`${kinds} have no clock that could go out of sync.`),
      );
    });

    it(`no operation creates a ${NAMES[kind]}: CreateVirtualMFADevice makes virtual devices, whatever their name`, async () => {
      const { root } = await newAccount(emu);
      assert.match(await createVirtual(emu, root, `${kind}-mfa`), /:mfa\/(u2f|sms)-mfa$/);
    });
  }

  it("the key press of a U2F key is no code: STS refuses its form", async () => {
    const { sts, serial, account } = await withDevice("u2f");
    const press = "cccccckdvvulethkhtvkrtbeukiettvfhlfvuucgvjgf";
    for (const sending of [
      sts.send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: press })),
      sts.send(assumeNothing(account, serial, press)),
    ]) {
      await assert.rejects(sending, (error: Error) => {
        assert.equal(error.name, "ValidationError");
        assert.match(error.message, /^2 validation errors detected: /);
        assert.ok(
          error.message.includes(
            `Value '${press}' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\d]*`,
          ),
        );
        assert.ok(
          error.message.includes(
            `Value '${press}' at 'tokenCode' failed to satisfy constraint: Member must have length less than or equal to 6`,
          ),
        );
        return true;
      });
    }
  });

  it("a code sent to the phone is not used up when it is sent to STS", async () => {
    const { ann, root } = await newAccount(emu);
    const who = { userName: "ann", account: root.accessKeyId };
    const code = (await sendSms(emu, { ...who, phoneNumber: PHONE }))!;
    const serial = `arn:aws:iam::${root.accessKeyId}:sms-mfa/ann`;
    const command = new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: code });
    for (let attempt = 1; attempt <= 10; attempt++) {
      await assert.rejects(emu.sts(ann.credentials).send(command), unableToValidate);
    }
    await control(emu, "mfa-devices", { ...who, kind: "sms", phoneNumber: PHONE, code1: code });
  });

  for (const kind of KINDS) {
    it(`a ${NAMES[kind]} is listed by ListMFADevices`, async () => {
      const { iam, serial } = await withDevice(kind);
      const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: "ann" }));
      assert.deepEqual(MFADevices, [
        { UserName: "ann", SerialNumber: serial, EnableDate: new Date(emu.server.clock.now()) },
      ]);
    });

    it(`a ${NAMES[kind]} is ${kind === "virtual" ? "" : "not "}listed by ListVirtualMFADevices`, async () => {
      const { iam } = await withDevice(kind);
      const { VirtualMFADevices } = await iam.send(new ListVirtualMFADevicesCommand({}));
      assert.equal(VirtualMFADevices!.length, kind === "virtual" ? 1 : 0);
    });

    it(`a ${NAMES[kind]} is ${kind === "u2f" ? "" : "not "}described by GetMFADevice`, async () => {
      const { iam, serial } = await withDevice(kind);
      const describing = iam.send(new GetMFADeviceCommand({ SerialNumber: serial, UserName: "ann" }));
      if (kind === "u2f") assert.deepEqual((await describing).Certifications, { FIDO: "L1" });
      else {
        await assert.rejects(
          describing,
          unsupported(
            "Currently, only hardware FIDO security keys are supported. Please use the compatible device or API.",
          ),
        );
      }
    });

    it(`a ${NAMES[kind]} keeps its user from being deleted, until it is deactivated`, async () => {
      const { iam } = await withDevice(kind, "bare");
      const remove = () => iam.send(new DeleteUserCommand({ UserName: "bare" }));
      await assert.rejects(remove(), {
        name: "DeleteConflictException",
        message: "Cannot delete entity, must remove tokens from principal first.",
      });
      const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: "bare" }));
      await iam.send(new DeactivateMFADeviceCommand({ UserName: "bare", SerialNumber: MFADevices![0]!.SerialNumber }));
      await remove();
    });

    it(`a ${NAMES[kind]} is ${kind === "virtual" ? "" : "not "}deleted by DeleteVirtualMFADevice`, async () => {
      const { iam, serial } = await withDevice(kind);
      const remove = () => iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serial }));
      if (kind === "virtual") {
        await assert.rejects(remove(), { name: "DeleteConflictException" });
        await iam.send(new DeactivateMFADeviceCommand({ UserName: "ann", SerialNumber: serial }));
        await remove();
      } else {
        await assert.rejects(remove(), unsupported("Only virtual MFA devices can be deleted; others are deactivated."));
      }
    });
  }

  it("a virtual device that is deactivated stays, and another user can enable it", async () => {
    const { iam, root, serial } = await withDevice("virtual");
    await iam.send(new DeactivateMFADeviceCommand({ UserName: "ann", SerialNumber: serial }));
    const { VirtualMFADevices } = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: "Unassigned" }));
    assert.deepEqual(VirtualMFADevices, [{ SerialNumber: serial }]);
    await iam.send(new CreateUserCommand({ UserName: "ben" }));
    await enableByApi(emu, root, "ben", serial);
  });

  it("a hardware token that is deactivated can be enabled for another user, in another account too", async () => {
    const { iam, serial } = await withDevice("hardware");
    await iam.send(new DeactivateMFADeviceCommand({ UserName: "ann", SerialNumber: serial }));
    const elsewhere = await newAccount(emu);
    await enableByApi(emu, elsewhere.root, "ann", serial);
  });

  it("a hardware token that is enabled cannot be so for another user, in another account neither", async () => {
    const { iam, root, serial } = await withDevice("hardware");
    const inUse = { name: "EntityAlreadyExistsException", message: "MFA Device is already in use." };
    await iam.send(new CreateUserCommand({ UserName: "ben" }));
    await assert.rejects(enableByApi(emu, root, "ben", serial), inUse);
    const elsewhere = await newAccount(emu);
    await assert.rejects(enableByApi(emu, elsewhere.root, "ann", serial), inUse);
    await assert.rejects(
      emu.iam(elsewhere.root).send(new DeactivateMFADeviceCommand({ UserName: "ann", SerialNumber: serial })),
      { name: "NoSuchEntityException", message: "MFA Device invalid for user." },
    );
  });

  it("a token takes its used codes along to its next user", async () => {
    const { iam, sts, serial, account } = await withDevice("hardware");
    const TokenCode = emu.server.mfa.code(serial).code;
    await sts.send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode }));
    await iam.send(new DeactivateMFADeviceCommand({ UserName: "ann", SerialNumber: serial }));
    const elsewhere = await newAccount(emu);
    assert.notEqual(elsewhere.account, account);
    await control(emu, "mfa-devices", {
      userName: "ann",
      kind: "hardware",
      serialNumber: serial,
      account: elsewhere.account,
    });
    await assert.rejects(
      emu.sts(elsewhere.ann.credentials).send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode })),
      { name: "AccessDenied", message: "MultiFactorAuthentication failed with invalid MFA one time pass code. " },
    );
  });

  for (const kind of ["u2f", "sms"] as const) {
    it(`a ${NAMES[kind]} that is deactivated is gone`, async () => {
      const { iam, serial } = await withDevice(kind);
      const deactivate = () => iam.send(new DeactivateMFADeviceCommand({ UserName: "ann", SerialNumber: serial }));
      await deactivate();
      await assert.rejects(deactivate(), noSuchDevice(serial));
      assert.equal((await refusedByControl(emu, `mfa/code?serialNumber=${serial}`))["status"], 404);
    });
  }
});
