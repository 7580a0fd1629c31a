import assert from "node:assert/strict";
import {
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  EnableMFADeviceCommand,
  GetMFADeviceCommand,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ResyncMFADeviceCommand,
  TagMFADeviceCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, enableMfa } from "../fixtures.ts";
import { control } from "../mfa/control.ts";
import {
  ACCOUNT,
  deviceArn,
  invalidCode,
  invalidForUser,
  invalidValue,
  mfaDevices,
  noSuchDevice,
  noSuchUser,
  refusal,
  unsupported,
  userArn,
} from "../mfa/devices.ts";
import { asksPermissionOn } from "./authorization.ts";

describe("MFA devices", () => {
  const emu = emulator();
  const { create, newUser, enrolled, enable, deactivate, resync, list, session, codes } = mfaDevices(emu);

  describe("EnableMFADevice", () => {
    it("assigns the device to the user from now on", async () => {
      await newUser("eva");
      const serial = (await create("eva")).SerialNumber;
      await enable("EVA", serial);
      assert.deepEqual(await list("eva"), [
        { UserName: "eva", SerialNumber: serial, EnableDate: new Date(emu.server.clock.now()) },
      ]);
    });

    it("takes a device whose name is not the user's, and whose path is not empty", async () => {
      await newUser("eve");
      const serial = (await create("gadget", { Path: "/team/" })).SerialNumber;
      await enable("eve", serial);
      assert.equal((await list("eve"))[0]!.SerialNumber, serial);
    });

    it("refuses codes that are wrong, equal or reversed, and assigns nothing", async () => {
      await newUser("fay");
      const serial = (await create("fay")).SerialNumber;
      const [code, next] = codes(serial);
      const wrong = code === "000000" ? "000001" : "000000";
      for (const pair of [
        [wrong, wrong],
        [code, code],
        [next, code],
        [code, wrong],
      ] as const) {
        await assert.rejects(enable("fay", serial, pair), invalidCode);
      }
      assert.deepEqual(await list("fay"), []);
    });

    for (const [value, rule] of [
      ["12345", /greater than or equal to 6$/],
      ["1234567", /less than or equal to 6$/],
      ["12a456", /pattern: \[\\d\]\+$/],
    ] as const) {
      it(`refuses the code ${value} before it looks at user or device`, async () => {
        await assert.rejects(
          enable("nobody", deviceArn("nothing"), [value, "123456"]),
          invalidValue("authenticationCode1", rule),
        );
      });
    }

    it("refuses an unknown user before an unknown device, and that before the codes", async () => {
      await assert.rejects(enable("nobody", deviceArn("nothing"), ["000000", "000001"]), noSuchUser);
      await newUser("gil");
      await assert.rejects(
        enable("gil", deviceArn("nothing"), ["000000", "000001"]),
        noSuchDevice(deviceArn("nothing")),
      );
      await assert.rejects(enable("gil", userArn("gil"), ["000000", "000001"]), noSuchDevice(userArn("gil")));
      await assert.rejects(enable("gil", "GAHT00000000", ["000000", "000001"]), noSuchDevice("GAHT00000000"));
    });

    it("does not see the device of another account", async () => {
      const root = { accessKeyId: "222222222222", secretAccessKey: "test" };
      const command = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "foreign" });
      const serial = (await emu.iam(root).send(command)).VirtualMFADevice!.SerialNumber!;
      await newUser("gus");
      await assert.rejects(enable("gus", serial), noSuchDevice(serial));
    });

    it("refuses a device that is in use, before it looks at the codes", async () => {
      const serial = await enrolled("hal");
      await newUser("hans");
      await assert.rejects(
        enable("hans", serial, ["000000", "000001"]),
        refusal("EntityAlreadyExistsException", "MFA Device is already in use.", 409),
      );
    });

    it("tells a user who has this device already", async () => {
      const serial = await enrolled("ida");
      await assert.rejects(enable("ida", serial), {
        name: "EntityAlreadyExistsException",
        message: "MFA Device for user ida already exists.",
      });
    });

    it("refuses a second device, before it looks at the codes", async () => {
      await enrolled("jan");
      const serial = (await create("jan-2")).SerialNumber;
      await assert.rejects(
        enable("jan", serial, ["000000", "000001"]),
        refusal("LimitExceededException", "Cannot exceed quota for MFADevicesPerUser: 1", 409),
      );
    });

    it("asks permission on the user", async () => {
      await newUser("kim");
      const serial = (await create("kim")).SerialNumber;
      await asksPermissionOn(emu, "iam:EnableMFADevice", userArn("kim"), (iam) => {
        const [AuthenticationCode1, AuthenticationCode2] = codes(serial);
        const input = { UserName: "kim", SerialNumber: serial, AuthenticationCode1, AuthenticationCode2 };
        return iam.send(new EnableMFADeviceCommand(input));
      });
    });
  });

  describe("EnableMFADevice under the current rules", () => {
    const current = emulator({ mfaRules: "current" });

    it("lets a user have eight devices", async () => {
      const iam = current.iam();
      await iam.send(new CreateUserCommand({ UserName: "collector" }));
      const add = async (name: string) => {
        const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
        const SerialNumber = VirtualMFADevice!.SerialNumber!;
        const { code, next } = current.server.mfa.code(SerialNumber);
        const input = { UserName: "collector", SerialNumber, AuthenticationCode1: code, AuthenticationCode2: next };
        await iam.send(new EnableMFADeviceCommand(input));
      };
      for (let n = 1; n <= 8; n++) await add(`device-${n}`);
      await assert.rejects(add("device-9"), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for MFADevicesPerUser: 8",
      });
      const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: "collector" }));
      assert.equal(MFADevices!.length, 8);
    });
  });

  describe("DeactivateMFADevice", () => {
    it("leaves a virtual device unassigned, with its tags, to be enabled again", async () => {
      const serial = await enrolled("leo");
      await emu.iam().send(new TagMFADeviceCommand({ SerialNumber: serial, Tags: [{ Key: "a", Value: "b" }] }));
      const before = emu.server.mfa.code(serial);
      await deactivate(serial, "leo");
      assert.deepEqual(await list("leo"), []);
      assert.deepEqual(emu.server.mfa.code(serial), before);
      const { Tags } = await emu.iam().send(new ListMFADeviceTagsCommand({ SerialNumber: serial }));
      assert.deepEqual(Tags, [{ Key: "a", Value: "b" }]);
      emu.server.clock.advance(60);
      await newUser("leon");
      await enable("leon", serial);
    });

    it("remembers the last pair of codes, which cannot enable the device again", async () => {
      const serial = await enrolled("lia");
      const pair = codes(serial);
      await deactivate(serial, "lia");
      await assert.rejects(enable("lia", serial, pair), invalidCode);
    });

    it("refuses an unknown user, an unknown device, and one that is not this user's", async () => {
      const serial = await enrolled("max");
      const unassigned = (await create("max-spare")).SerialNumber;
      await newUser("mia");
      await assert.rejects(deactivate(serial, "nobody"), noSuchUser);
      await assert.rejects(deactivate(deviceArn("nothing"), "max"), noSuchDevice(deviceArn("nothing")));
      await assert.rejects(deactivate("GAHT00000000", "max"), noSuchDevice("GAHT00000000"));
      await assert.rejects(deactivate(serial, "mia"), invalidForUser);
      await assert.rejects(deactivate(unassigned, "mia"), invalidForUser);
    });

    it("needs a user name from root", async () => {
      await assert.rejects(deactivate(deviceArn("nothing")), {
        name: "ValidationError",
        message: "Must specify userName when calling with non-User credentials",
      });
    });

    it("asks permission on the user", async () => {
      const serial = await enrolled("ned");
      await asksPermissionOn(emu, "iam:DeactivateMFADevice", userArn("ned"), (iam) =>
        iam.send(new DeactivateMFADeviceCommand({ UserName: "ned", SerialNumber: serial })),
      );
    });
  });

  describe("ResyncMFADevice", () => {
    it("mends a device whose clock is off", async () => {
      const serial = "GAHT00000001";
      const { credentials } = await createUser(emu, "ola");
      await control(emu, "hardware-tokens", { serialNumber: serial });
      await enable("ola", serial);
      await control(emu, "hardware-tokens", { serialNumber: serial, offsetSeconds: 3600 });
      await assert.rejects(session(credentials, serial), {
        name: "AccessDenied",
        message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
      });
      await resync("ola", serial);
      await session(credentials, serial);
      assert.equal((await list("ola"))[0]!.SerialNumber, serial);
    });

    it("refuses a pair used before, and one that overlaps it", async () => {
      const serial = await enrolled("pam");
      const pair = codes(serial);
      await assert.rejects(resync("pam", serial, pair), invalidCode);
      emu.server.clock.advance(30);
      await assert.rejects(resync("pam", serial), invalidCode);
      emu.server.clock.advance(30);
      await resync("pam", serial);
    });

    it("refuses an unknown user, an unknown device, and one that is not this user's", async () => {
      const serial = await enrolled("ras");
      const unassigned = (await create("ras-spare")).SerialNumber;
      await newUser("rex");
      await assert.rejects(resync("nobody", serial, ["000000", "000001"]), noSuchUser);
      await assert.rejects(
        resync("ras", deviceArn("nothing"), ["000000", "000001"]),
        noSuchDevice(deviceArn("nothing")),
      );
      await assert.rejects(resync("ras", userArn("ras"), ["000000", "000001"]), noSuchDevice(userArn("ras")));
      await assert.rejects(resync("rex", serial, ["000000", "000001"]), invalidForUser);
      await assert.rejects(resync("rex", unassigned, ["000000", "000001"]), invalidForUser);
    });

    it("asks permission on the user", async () => {
      const serial = await enrolled("sam");
      emu.server.clock.advance(60);
      await asksPermissionOn(emu, "iam:ResyncMFADevice", userArn("sam"), (iam) => {
        const [AuthenticationCode1, AuthenticationCode2] = codes(serial);
        const input = { UserName: "sam", SerialNumber: serial, AuthenticationCode1, AuthenticationCode2 };
        return iam.send(new ResyncMFADeviceCommand(input));
      });
    });
  });

  describe("DeleteUser", () => {
    it("is refused while the user has a device", async () => {
      const serial = await enrolled("uma");
      const remaining = {
        name: "DeleteConflictException",
        message: "Cannot delete entity, must remove tokens from principal first.",
      };
      await assert.rejects(emu.iam().send(new DeleteUserCommand({ UserName: "uma" })), remaining);
      await deactivate(serial, "uma");
      await emu.iam().send(new DeleteUserCommand({ UserName: "uma" }));
    });
  });

  describe("ListMFADevices", () => {
    it("lists the caller's own devices where no user is named", async () => {
      const { credentials } = await createUser(emu, "viv", { statements: [allow("iam:ListMFADevices")] });
      const serial = await enableMfa(emu, "viv");
      const { MFADevices, IsTruncated } = await emu.iam(credentials).send(new ListMFADevicesCommand({}));
      assert.deepEqual(
        MFADevices!.map(({ UserName, SerialNumber }) => [UserName, SerialNumber]),
        [["viv", serial]],
      );
      assert.equal(IsTruncated, false);
    });

    it("follows a user who is renamed", async () => {
      const serial = await enrolled("walt");
      await emu.iam().send(new UpdateUserCommand({ UserName: "walt", NewUserName: "walter" }));
      assert.deepEqual(
        (await list("Walter")).map(({ UserName, SerialNumber }) => [UserName, SerialNumber]),
        [["walter", serial]],
      );
    });

    it("refuses an unknown user", () => assert.rejects(list("nobody"), noSuchUser));

    it("asks permission on the user", async () => {
      await newUser("xan");
      await asksPermissionOn(emu, "iam:ListMFADevices", userArn("xan"), (iam) =>
        iam.send(new ListMFADevicesCommand({ UserName: "xan" })),
      );
    });
  });

  describe("GetMFADevice", () => {
    const onlyKeys = unsupported(
      "Currently, only hardware FIDO security keys are supported. Please use the compatible device or API.",
    );
    const get = (SerialNumber: string, UserName?: string) =>
      emu.iam().send(new GetMFADeviceCommand({ SerialNumber, UserName }));
    const key = async (name: string) => {
      await newUser(name);
      return (await control(emu, "mfa-devices", { userName: name, kind: "u2f" }))["serialNumber"] as string;
    };

    it("describes a security key", async () => {
      const serial = await key("abe");
      const { $metadata: _, ...device } = await get(serial, "ABE");
      assert.deepEqual(device, {
        UserName: "abe",
        SerialNumber: serial,
        EnableDate: new Date(emu.server.clock.now()),
        Certifications: { FIDO: "L1" },
      });
      assert.equal((await get(serial)).UserName, "abe");
    });

    it("describes no device of another kind", async () => {
      const serial = await enrolled("ada");
      await control(emu, "hardware-tokens", { serialNumber: "GAHT00000004" });
      for (const other of [serial, deviceArn("nothing"), "GAHT00000004", `arn:aws:iam::${ACCOUNT}:sms-mfa/ada`]) {
        await assert.rejects(get(other), onlyKeys);
      }
    });

    it("refuses an unknown user, an unknown key, and one that is not this user's", async () => {
      const serial = await key("bea");
      await newUser("bob");
      await assert.rejects(get(serial, "nobody"), noSuchUser);
      await assert.rejects(get(serial, "bob"), invalidForUser);
      await assert.rejects(get(`${serial}X`), noSuchDevice(`${serial}X`));
    });

    it("asks permission on the user, also where the key alone is named", async () => {
      const serial = await key("cat");
      for (const UserName of ["cat", undefined]) {
        await asksPermissionOn(emu, "iam:GetMFADevice", userArn("cat"), (iam) =>
          iam.send(new GetMFADeviceCommand({ SerialNumber: serial, UserName })),
        );
      }
    });

    it("asks permission on root for root's key, which to name is not to own", async () => {
      const serial = (await control(emu, "mfa-devices", { root: true, kind: "u2f" }))["serialNumber"] as string;
      await asksPermissionOn(emu, "iam:GetMFADevice", `arn:aws:iam::${ACCOUNT}:root`, (iam) =>
        iam.send(new GetMFADeviceCommand({ SerialNumber: serial })),
      );
    });
  });
});
