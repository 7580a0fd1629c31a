import assert from "node:assert/strict";
import { ListMFADeviceTagsCommand, TagMFADeviceCommand, UntagMFADeviceCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { control } from "../mfa/control.ts";
import { deviceArn, mfaDevices, noSuchDevice, refusal, unsupported } from "../mfa/devices.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

describe("tags of MFA devices", () => {
  const emu = emulator();
  const { create, remove } = mfaDevices(emu);

  const tag = (SerialNumber: string, Tags: { Key: string; Value: string }[]) =>
    emu.iam().send(new TagMFADeviceCommand({ SerialNumber, Tags }));
  const untag = (SerialNumber: string, TagKeys: string[]) =>
    emu.iam().send(new UntagMFADeviceCommand({ SerialNumber, TagKeys }));
  const tagsOf = async (SerialNumber: string, more: { MaxItems?: number; Marker?: string | undefined } = {}) =>
    emu.iam().send(new ListMFADeviceTagsCommand({ SerialNumber, ...more }));

  it("are set, replaced, listed by key and removed, keys with regard to case", async () => {
    const serial = (await create("labelled")).SerialNumber;
    await tag(serial, [
      { Key: "team", Value: "1" },
      { Key: "Team", Value: "2" },
    ]);
    await tag(serial, [{ Key: "team", Value: "3" }]);
    assert.deepEqual((await tagsOf(serial)).Tags, [
      { Key: "Team", Value: "2" },
      { Key: "team", Value: "3" },
    ]);
    await untag(serial, ["TEAM", "team", "absent"]);
    assert.deepEqual((await tagsOf(serial)).Tags, [{ Key: "Team", Value: "2" }]);
  });

  it("are listed in pages", async () => {
    const serial = (await create("paged")).SerialNumber;
    await tag(
      serial,
      ["a", "b", "c"].map((Key) => ({ Key, Value: "" })),
    );
    const first = await tagsOf(serial, { MaxItems: 2 });
    assert.equal(first.IsTruncated, true);
    const second = await tagsOf(serial, { Marker: first.Marker });
    assert.deepEqual(
      [...first.Tags!, ...second.Tags!].map(({ Key }) => Key),
      ["a", "b", "c"],
    );
    assert.equal(second.IsTruncated, false);
  });

  it("are at most fifty, and a request that would exceed that changes nothing", async () => {
    const serial = (await create("overloaded")).SerialNumber;
    await tag(
      serial,
      Array.from({ length: 49 }, (_, n) => ({ Key: `k${n}`, Value: "" })),
    );
    await assert.rejects(
      tag(serial, [
        { Key: "x", Value: "" },
        { Key: "y", Value: "" },
      ]),
      refusal("LimitExceededException", "The number of tags has reached the maximum limit.", 409),
    );
    assert.equal((await tagsOf(serial, { MaxItems: 1000 })).Tags!.length, 49);
  });

  it("have no reserved keys", async () => {
    const serial = (await create("reserved")).SerialNumber;
    await assert.rejects(tag(serial, [{ Key: "AWS:x", Value: "" }]), {
      name: "InvalidInputException",
      message: "Tag keys beginning with aws: are reserved for system use.",
    });
  });

  it("are not changed by a request that names none, which is refused before any look at the device", async () => {
    const nowhere = deviceArn("nowhere");
    await assert.rejects(
      tag(nowhere, []),
      refusal("InvalidInputException", "The provided tag map must not be null/empty.", 400),
    );
    await assert.rejects(
      untag(nowhere, []),
      refusal("InvalidInputException", "The provided tag keys must not be null/empty.", 400),
    );
  });

  it("are for virtual devices that exist", async () => {
    await control(emu, "hardware-tokens", { serialNumber: "GAHT00000005" });
    for (const call of [
      (serial: string) => tag(serial, [{ Key: "a", Value: "" }]),
      (serial: string) => untag(serial, ["a"]),
      (serial: string) => tagsOf(serial),
    ]) {
      await assert.rejects(call(deviceArn("nothing")), noSuchDevice(deviceArn("nothing")));
      await assert.rejects(call("GAHT00000005"), unsupported("Only virtual MFA devices have tags."));
    }
  });

  it("ask permission on the device", async () => {
    const serial = (await create("tag-permit")).SerialNumber;
    await asksPermissionOn(emu, "iam:TagMFADevice", serial, (iam) =>
      iam.send(new TagMFADeviceCommand({ SerialNumber: serial, Tags: [{ Key: "a", Value: "" }] })),
    );
    await asksPermissionOn(emu, "iam:UntagMFADevice", serial, (iam) =>
      iam.send(new UntagMFADeviceCommand({ SerialNumber: serial, TagKeys: ["a"] })),
    );
    await asksPermissionOn(emu, "iam:ListMFADeviceTags", serial, (iam) =>
      iam.send(new ListMFADeviceTagsCommand({ SerialNumber: serial })),
    );
  });

  it("decide in policies", async () => {
    const serial = (await create("conditional", { Tags: [{ Key: "team", Value: "red" }] })).SerialNumber;
    const onTeam = (team: string) => ({
      ...allow("iam:DeleteVirtualMFADevice"),
      Condition: { StringEquals: { "aws:ResourceTag/team": team } },
    });
    const blue = await createUser(emu, "blue", { statements: [onTeam("blue")] });
    const red = await createUser(emu, "red", { statements: [onTeam("red")] });
    await assert.rejects(
      remove(serial, blue.credentials),
      noPolicyAllows(blue.arn, "iam:DeleteVirtualMFADevice", serial),
    );
    await remove(serial, red.credentials);
  });

  it("are not under IAM's own key, which users and roles have", async () => {
    const serial = (await create("keyed", { Tags: [{ Key: "team", Value: "red" }] })).SerialNumber;
    const Condition = { Null: { "aws:ResourceTag/team": "false", "iam:ResourceTag/team": "true" } };
    const { credentials } = await createUser(emu, "keyless", {
      statements: [{ ...allow("iam:ListMFADeviceTags"), Condition }],
    });
    assert.ok(await emu.iam(credentials).send(new ListMFADeviceTagsCommand({ SerialNumber: serial })));
  });
});
