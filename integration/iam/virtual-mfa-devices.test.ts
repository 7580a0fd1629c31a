import assert from "node:assert/strict";
import {
  CreateAccountAliasCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  ListVirtualMFADevicesCommand,
  type ListVirtualMFADevicesCommandInput,
} from "@aws-sdk/client-iam";
import jsQR from "jsqr";
import { describe, it } from "mocha";
import { PNG } from "pngjs";
import { emulator } from "../emulator.ts";
import { allow, createUser, enableMfa } from "../fixtures.ts";
import { control } from "../mfa/control.ts";
import {
  ACCOUNT,
  deviceArn,
  invalidValue,
  mfaDevices,
  noSuchDevice,
  refusal,
  unsupported,
  userArn,
} from "../mfa/devices.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

describe("virtual MFA devices", () => {
  const emu = emulator();
  const { create, enrolled, deactivate, remove } = mfaDevices(emu);

  describe("CreateVirtualMFADevice", () => {
    it("answers the ARN, the seed as 64 base32 letters, and the picture", async () => {
      const device = await create("phone");
      assert.equal(device.SerialNumber, deviceArn("phone"));
      assert.match(Buffer.from(device.Base32StringSeed!).toString(), /^[A-Z2-7]{64}$/);
      assert.deepEqual(Object.keys(device).sort(), ["Base32StringSeed", "QRCodePNG", "SerialNumber"]);
    });

    it("draws the otpauth URI that an authenticator app takes", async () => {
      const device = await create("painted+ann@work");
      const { data, width, height } = PNG.sync.read(Buffer.from(device.QRCodePNG!));
      const seed = Buffer.from(device.Base32StringSeed!).toString();
      assert.equal(
        jsQR.default(new Uint8ClampedArray(data), width, height)?.data,
        `otpauth://totp/Amazon%20Web%20Services:painted%2Bann%40work@${ACCOUNT}?secret=${seed}&issuer=Amazon%20Web%20Services`,
      );
    });

    it("names the account by its alias in the picture, once it has one", async () => {
      const root = { accessKeyId: "111111111111", secretAccessKey: "test" };
      await emu.iam(root).send(new CreateAccountAliasCommand({ AccountAlias: "aliased" }));
      const command = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "ann" });
      const { VirtualMFADevice: device } = await emu.iam(root).send(command);
      assert.equal(device!.SerialNumber, "arn:aws:iam::111111111111:mfa/ann");
      const { data, width, height } = PNG.sync.read(Buffer.from(device!.QRCodePNG!));
      assert.match(jsQR.default(new Uint8ClampedArray(data), width, height)!.data, /Services:ann@aliased\?secret=/);
    });

    it("makes another seed each time", async () => {
      const [first, second] = [await create("twin-1"), await create("twin-2")];
      assert.notDeepEqual(first.Base32StringSeed, second.Base32StringSeed);
    });

    it("keeps the path in the ARN, inner slashes too", async () => {
      assert.equal((await create("pathed", { Path: "/team//a/" })).SerialNumber, deviceArn("pathed", "/team//a/"));
    });

    it("refuses a name that is taken, in any case", async () => {
      await create("Taken");
      const taken = refusal("EntityAlreadyExistsException", "MFA device already exists.", 409);
      await assert.rejects(create("Taken"), taken);
      await assert.rejects(create("tAKEN"), taken);
      await create("tAKEN", { Path: "/elsewhere/" });
    });

    const badName =
      "The specified value for virtualMFADeviceName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-";
    const badPath =
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    for (const [what, VirtualMFADeviceName, Path, message] of [
      ["a name with a blank", "a b", "/", badName],
      ["a name with a slash", "a/b", "/", badName],
      ["a path that does not begin with a slash", "x", "team/", badPath],
      ["a path that does not end with one", "x", "/team", badPath],
      ["a path of two slashes", "x", "//", badPath],
    ] as const) {
      it(`refuses ${what}`, () =>
        assert.rejects(create(VirtualMFADeviceName, { Path }), refusal("ValidationError", message, 400)));
    }

    it("refuses an empty name", () =>
      assert.rejects(create(""), invalidValue("virtualMFADeviceName", /length greater than or equal to 1$/)));

    it("refuses a name that makes the serial number longer than any request may hold", async () => {
      const longest = "n".repeat(256 - deviceArn("").length);
      assert.equal((await create(longest)).SerialNumber.length, 256);
      await assert.rejects(create(`${longest}n`), {
        name: "ValidationError",
        message: `1 validation error detected: Value at 'virtualMFADeviceName' failed to satisfy constraint: Member must have length less than or equal to ${longest.length}`,
      });
    });

    it("answers the tags that were given", async () => {
      const Tags = [
        { Key: "team", Value: "red" },
        { Key: "Team", Value: "blue" },
      ];
      assert.deepEqual((await create("tagged", { Tags })).Tags, Tags);
    });

    it("refuses reserved and repeated tag keys, and makes nothing", async () => {
      await assert.rejects(create("badly-tagged", { Tags: [{ Key: "aws:x", Value: "" }] }), {
        name: "InvalidInputException",
        message: "Tag keys beginning with aws: are reserved for system use.",
      });
      const twice = [
        { Key: "a", Value: "1" },
        { Key: "a", Value: "2" },
      ];
      await assert.rejects(create("badly-tagged", { Tags: twice }), {
        name: "InvalidInputException",
        message: "Duplicate tag keys found.",
      });
      await create("badly-tagged");
    });

    it("asks permission on the ARN that the device will have", () =>
      asksPermissionOn(emu, "iam:CreateVirtualMFADevice", deviceArn("asked", "/p/"), (iam) =>
        iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "asked", Path: "/p/" })),
      ));

    it("asks the permission to tag as well, where there are tags", async () => {
      const { credentials, arn } = await createUser(emu, "no-tagger", {
        statements: [allow("iam:CreateVirtualMFADevice")],
      });
      const input = { VirtualMFADeviceName: "untaggable", Tags: [{ Key: "a", Value: "b" }] };
      await assert.rejects(
        emu.iam(credentials).send(new CreateVirtualMFADeviceCommand(input)),
        noPolicyAllows(arn, "iam:TagMFADevice", deviceArn("untaggable")),
      );
    });
  });

  describe("CreateVirtualMFADevice with a full quota", () => {
    const small = emulator({ quotas: { UsersPerAccount: 2 } });
    const createThere = (VirtualMFADeviceName: string) =>
      small.iam().send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }));

    it("lets an account have as many devices as it may have users, assigned or not", async () => {
      await small.iam().send(new CreateUserCommand({ UserName: "ann" }));
      await enableMfa(small, "ann");
      await createThere("second");
      await assert.rejects(
        createThere("third"),
        refusal("LimitExceededException", "Cannot exceed quota for MFADevicesPerAccount: 2", 409),
      );
      await small.iam().send(new DeleteVirtualMFADeviceCommand({ SerialNumber: deviceArn("second") }));
      await createThere("third");
    });
  });

  describe("DeleteVirtualMFADevice", () => {
    it("deletes an unassigned device; another of its name has another seed", async () => {
      const first = await create("short-lived");
      await remove(first.SerialNumber);
      assert.throws(() => emu.server.mfa.code(first.SerialNumber), { name: "NoSuchEntity", status: 404 });
      const second = await create("short-lived");
      assert.notDeepEqual(first.Base32StringSeed, second.Base32StringSeed);
    });

    it("refuses a device in use", async () => {
      const serial = await enrolled("tom");
      const inUse = refusal("DeleteConflictException", "MFA VirtualDevice in use. Must deactivate first.", 409);
      await assert.rejects(remove(serial), inUse);
      await deactivate(serial, "tom");
      await remove(serial);
    });

    it("refuses an unknown device, in another case too", async () => {
      await create("exactly");
      await assert.rejects(remove(deviceArn("nothing")), noSuchDevice(deviceArn("nothing")));
      await assert.rejects(remove(deviceArn("EXACTLY")), noSuchDevice(deviceArn("EXACTLY")));
      await assert.rejects(remove(userArn("exactly")), noSuchDevice(userArn("exactly")));
    });

    it("refuses a hardware token", async () => {
      await control(emu, "hardware-tokens", { serialNumber: "GAHT00000002" });
      await assert.rejects(
        remove("GAHT00000002"),
        unsupported("Only virtual MFA devices can be deleted; others are deactivated."),
      );
    });

    it("asks permission on the device", async () => {
      await create("deleted-by-permit");
      await asksPermissionOn(emu, "iam:DeleteVirtualMFADevice", deviceArn("deleted-by-permit"), (iam) =>
        iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: deviceArn("deleted-by-permit") })),
      );
    });
  });

  describe("ListVirtualMFADevices", () => {
    const other = emulator();
    const list = async (input: ListVirtualMFADevicesCommandInput = {}) =>
      other.iam().send(new ListVirtualMFADevicesCommand(input));
    const serials = async (input: ListVirtualMFADevicesCommandInput = {}) =>
      (await list(input)).VirtualMFADevices!.map(({ SerialNumber }) => SerialNumber);
    let yan: { UserId: string | undefined; Arn: string | undefined };

    before(async () => {
      const iam = other.iam();
      yan = (await iam.send(new CreateUserCommand({ UserName: "yan", Path: "/team/" }))).User!;
      await enableMfa(other, "yan");
      for (const name of ["spare-1", "spare-2"]) {
        await iam.send(
          new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name, Tags: [{ Key: "a", Value: "b" }] }),
        );
      }
    });

    it("shows an unassigned device by its serial number alone", async () => {
      const { VirtualMFADevices } = await list({ AssignmentStatus: "Unassigned" });
      assert.deepEqual(VirtualMFADevices, [
        { SerialNumber: deviceArn("spare-1") },
        { SerialNumber: deviceArn("spare-2") },
      ]);
    });

    it("shows an assigned device with its date and its user", async () => {
      const { VirtualMFADevices } = await list({ AssignmentStatus: "Assigned" });
      const moment = new Date(other.server.clock.now());
      assert.deepEqual(VirtualMFADevices, [
        {
          SerialNumber: deviceArn("yan"),
          EnableDate: moment,
          User: { Path: "/team/", UserName: "yan", UserId: yan.UserId, Arn: yan.Arn, CreateDate: moment },
        },
      ]);
    });

    it("shows both kinds by default and for Any, virtual devices only", async () => {
      await control(other, "hardware-tokens", { serialNumber: "GAHT00000003" });
      const all = [deviceArn("spare-1"), deviceArn("spare-2"), deviceArn("yan")];
      assert.deepEqual(await serials(), all);
      assert.deepEqual(await serials({ AssignmentStatus: "Any" }), all);
    });

    it("pages, whatever the status asked for", async () => {
      const first = await list({ MaxItems: 1, AssignmentStatus: "Unassigned" });
      assert.equal(first.IsTruncated, true);
      const second = await list({ Marker: first.Marker, AssignmentStatus: "Unassigned" });
      assert.equal(second.IsTruncated, false);
      assert.equal(second.Marker, undefined);
      assert.deepEqual(second.VirtualMFADevices, [{ SerialNumber: deviceArn("spare-2") }]);
      await assert.rejects(list({ Marker: first.Marker, AssignmentStatus: "Assigned" }), {
        name: "ValidationError",
        message: "Invalid Marker.",
      });
    });

    it("refuses an unknown status", () =>
      assert.rejects(list({ AssignmentStatus: "Lost" as never }), invalidValue("assignmentStatus", /enum value set/)));

    it("asks permission on the account's devices", () =>
      asksPermissionOn(emu, "iam:ListVirtualMFADevices", deviceArn(""), (iam) =>
        iam.send(new ListVirtualMFADevicesCommand({})),
      ));
  });
});
