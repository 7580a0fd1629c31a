import assert from "node:assert/strict";
import { ListVirtualMFADevicesCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { control } from "./control.ts";
import { ACCOUNT, deviceArn, invalidForUser, mfaDevices } from "./devices.ts";

describe("MFA devices of root", () => {
  const emu = emulator();
  const { newUser, enable, deactivate, resync, remove, list } = mfaDevices(emu);

  it("are listed by root's ListMFADevices, without a name", async () => {
    const { serialNumber } = await control(emu, "mfa-devices", { root: true, kind: "virtual" });
    assert.equal(serialNumber, deviceArn("root-account-mfa-device"));
    assert.deepEqual(await list(), [{ SerialNumber: serialNumber, EnableDate: new Date(emu.server.clock.now()) }]);
  });

  it("are listed among the virtual devices, with root's id and ARN and neither name nor path", async () => {
    const { VirtualMFADevices } = await emu.iam().send(new ListVirtualMFADevicesCommand({}));
    const device = VirtualMFADevices!.find(({ SerialNumber }) => SerialNumber === deviceArn("root-account-mfa-device"));
    assert.deepEqual(Object.keys(device!.User!).sort(), ["Arn", "CreateDate", "UserId"]);
    assert.equal(device!.User!.UserId, ACCOUNT);
    assert.equal(device!.User!.Arn, `arn:aws:iam::${ACCOUNT}:root`);
  });

  it("belong to no user, so that no operation takes them", async () => {
    const serial = deviceArn("root-account-mfa-device");
    await newUser("zoe");
    await assert.rejects(enable("zoe", serial), {
      name: "EntityAlreadyExistsException",
      message: "MFA Device is already in use.",
    });
    await assert.rejects(deactivate(serial, "zoe"), invalidForUser);
    await assert.rejects(resync("zoe", serial), invalidForUser);
    await assert.rejects(remove(serial), { name: "DeleteConflictException" });
  });
});
