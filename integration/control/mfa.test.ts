import assert from "node:assert/strict";
import {
  CreateUserCommand,
  EnableMFADeviceCommand,
  ListMFADevicesCommand,
  ListVirtualMFADevicesCommand,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import { createUser, enableMfa } from "../fixtures.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

describe("the control plane on MFA", () => {
  const emu = emulator();
  const get = (path: string) => request(emu.server.endpoint).get(`/_emulator/${path}`);
  const post = (path: string, body?: object) => request(emu.server.endpoint).post(`/_emulator/${path}`).send(body);
  const refuses = async (test: request.Test, status: number, code: string, message: string) => {
    const { body } = await test.expect(status);
    assert.deepEqual(body, { error: { code, message } });
  };

  before(async () => {
    await createUser(emu, "jane");
    await enableMfa(emu, "jane");
  });

  describe("GET mfa/code", () => {
    const code = (serialNumber: string) => get(`mfa/code?serialNumber=${encodeURIComponent(serialNumber)}`);

    it("tells the code that a device shows, the one after it, and when it changes", async () => {
      const serial = "arn:aws:iam::000000000000:mfa/jane";
      const first = await code(serial).expect(200);
      assert.deepEqual(Object.keys(first.body), ["code", "next", "validUntil"]);
      assert.match(first.body.code, /^\d{6}$/);
      assert.equal(first.body.validUntil, "2026-11-24T12:00:30.000Z");
      emu.server.clock.advance(30);
      const second = await code(serial).expect(200);
      emu.server.clock.advance(-30);
      assert.equal(second.body.code, first.body.next);
    });

    it("answers 404 for a device that is unknown, in IAM's words", () =>
      refuses(
        code("arn:aws:iam::000000000000:mfa/nobody"),
        404,
        "NoSuchEntity",
        "MFA Device with serial number arn:aws:iam::000000000000:mfa/nobody does not exist.",
      ));

    it("wants to be told which device", () =>
      refuses(get("mfa/code"), 400, "InvalidRequest", "Say which device: /_emulator/mfa/code?serialNumber=…"));
  });

  describe("hardware-tokens", () => {
    it("mints one with a serial number and a seed of its own", async () => {
      const { body } = await request(emu.server.endpoint).post("/_emulator/hardware-tokens").expect(200);
      assert.match(body.serialNumber, /^GAHT\d{8}$/);
      assert.match(body.base32Seed, /^[A-Z2-7]{32}$/);
    });

    it("deletes one that nobody has enabled", async () => {
      const { body } = await post("hardware-tokens").expect(200);
      const remove = (query: string) => request(emu.server.endpoint).delete(`/_emulator/hardware-tokens${query}`);
      await remove(`?serialNumber=${body.serialNumber}`).expect(200, { deleted: body.serialNumber });
      await refuses(
        remove(`?serialNumber=${body.serialNumber}`),
        404,
        "NoSuchEntity",
        `MFA Device with serial number ${body.serialNumber} does not exist.`,
      );
      await refuses(remove(""), 400, "InvalidRequest", "Say which token: /_emulator/hardware-tokens?serialNumber=…");
    });

    it("mints one as it is told, whose clock may be off", async () => {
      const token = { serialNumber: "GAHT00000001", base32Seed: SEED, offsetSeconds: 3600 };
      await post("hardware-tokens", token).expect(200, token);
      const { body } = await get("mfa/code?serialNumber=GAHT00000001").expect(200);
      emu.server.clock.advance(3600);
      await post("hardware-tokens", { ...token, offsetSeconds: 0 }).expect(200);
      assert.equal((await get("mfa/code?serialNumber=GAHT00000001")).body.code, body.code);
      emu.server.clock.advance(-3600);
    });

    it("mints a list of them, or none where one is wrong", async () => {
      const { body } = await post("hardware-tokens", [{ serialNumber: "GAHT00000002" }, {}]).expect(200);
      assert.equal(body.tokens.length, 2);
      assert.equal(body.tokens[0].serialNumber, "GAHT00000002");
      await refuses(
        post("hardware-tokens", [{ serialNumber: "GAHT00000003" }, { serialNumber: "short" }]),
        400,
        "InvalidInput",
        '"short" is no vendor\'s serial number: it has 9 to 256 letters, digits and _+=/:,.@- and is not an ARN.',
      );
      await get("mfa/code?serialNumber=GAHT00000003").expect(404);
    });

    it("imports a vendor's list, CSV or PSKC by its content", async () => {
      const upload = (type: string, list: string) =>
        request(emu.server.endpoint).post("/_emulator/hardware-tokens").set("Content-Type", type).send(list);
      const csv = await upload("text/csv", `serial,seed\nGAHT00000010,${SEED}\nGAHT00000011,${SEED}\n`).expect(200);
      assert.deepEqual(csv.body, {
        tokens: [
          { serialNumber: "GAHT00000010", base32Seed: SEED, offsetSeconds: 0 },
          { serialNumber: "GAHT00000011", base32Seed: SEED, offsetSeconds: 0 },
        ],
      });
      const pskc = `<?xml version="1.0"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage>
  <DeviceInfo><SerialNo>GAHT00000012</SerialNo></DeviceInfo>
  <Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
    <Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret></Data>
  </Key>
</KeyPackage></KeyContainer>`;
      for (const type of ["application/pskc+xml", "application/xml", "text/xml; charset=utf-8"]) {
        const { body } = await upload(type, pskc).expect(200);
        assert.deepEqual(body, { tokens: [{ serialNumber: "GAHT00000012", base32Seed: SEED, offsetSeconds: 0 }] });
      }
      await refuses(
        upload("text/csv", "GAHT00000013"),
        400,
        "InvalidInput",
        "Line 1 of the list is not a serial number, a comma and a base32 seed.",
      );
    });

    it("lists them all", async () => {
      const { body } = await get("hardware-tokens").expect(200);
      const serials = body.tokens.map((token: { serialNumber: string }) => token.serialNumber);
      assert.ok(serials.includes("GAHT00000010"));
      assert.deepEqual(serials, serials.toSorted());
    });

    it("takes no member that it does not know, and none of another type", async () => {
      await refuses(
        post("hardware-tokens", { serial: "GAHT00000020" }),
        400,
        "InvalidRequest",
        'Unknown member "serial". Known are: serialNumber, base32Seed, offsetSeconds.',
      );
      await refuses(
        post("hardware-tokens", { offsetSeconds: "30" }),
        400,
        "InvalidRequest",
        "offsetSeconds must be a number.",
      );
      await refuses(
        post("hardware-tokens", ["GAHT00000020"]),
        400,
        "InvalidRequest",
        "The body must be a JSON object with the members serialNumber, base32Seed, offsetSeconds.",
      );
    });
  });

  describe("mfa-devices and sms", () => {
    it("enables a virtual device for root, and tells its seed", async () => {
      const { body } = await post("mfa-devices", { root: true, kind: "virtual" }).expect(200);
      assert.equal(body.serialNumber, "arn:aws:iam::000000000000:mfa/root-account-mfa-device");
      assert.match(body.base32Seed, /^[A-Z2-7]{64}$/);
      assert.match(body.shortcut, /^Enabled without proof, /);
      const { MFADevices } = await emu.iam().send(new ListMFADevicesCommand({}));
      assert.deepEqual(
        MFADevices!.map(({ SerialNumber }) => SerialNumber),
        [body.serialNumber],
      );
    });

    it("sends an SMS code first, where the device is to be enabled by it", async () => {
      await createUser(emu, "sam");
      const sms = { userName: "sam", phoneNumber: "+12065550100" };
      const sent = await post("sms", sms).expect(200);
      assert.deepEqual(Object.keys(sent.body), ["sentAt", "serialNumber", "text", "code"]);
      const { body } = await get("sms?phoneNumber=%2B12065550100").expect(200);
      assert.deepEqual(body, { messages: [sent.body] });
      const device = { ...sms, kind: "sms" };
      const wrong = sent.body.code === "000000" ? "000001" : "000000";
      await refuses(
        post("mfa-devices", { ...device, code1: wrong }),
        403,
        "InvalidAuthenticationCode",
        "Authentication code for device is not valid.",
      );
      const enabled = await post("mfa-devices", { ...device, code1: sent.body.code }).expect(200);
      assert.deepEqual(enabled.body, {
        serialNumber: "arn:aws:iam::000000000000:sms-mfa/sam",
        kind: "sms",
        phoneNumber: "+12065550100",
      });
    });

    it("enables an SMS device at once by the administrator's shortcut, and shows the message that was sent", async () => {
      await createUser(emu, "sue");
      const { body } = await post("mfa-devices", { userName: "sue", kind: "sms", phoneNumber: "+12065550101" }).expect(
        200,
      );
      assert.equal(body.message.sentAt, "2026-11-24T12:00:00.000Z");
      const inbox = await get("sms?phoneNumber=%2B12065550101").expect(200);
      assert.deepEqual(inbox.body.messages, [body.message]);
    });

    it("acts in another account where it is told one, which need not have been used before", async () => {
      const { body } = await post("mfa-devices", { root: true, kind: "u2f", account: "111122223333" }).expect(200);
      assert.match(body.serialNumber, /^arn:aws:iam::111122223333:u2f\/root\/default-[A-Z2-7]{26}$/);
      const { MFADevices } = await emu
        .iam({ accessKeyId: "111122223333", secretAccessKey: "test" })
        .send(new ListMFADevicesCommand({}));
      assert.equal(MFADevices![0]!.SerialNumber, body.serialNumber);
      for (const wrong of ["me", "1111222233334", "11112222333a"]) {
        await refuses(
          post("mfa-devices", { root: true, kind: "u2f", account: wrong }),
          400,
          "InvalidRequest",
          `account must be 12 digits, not "${wrong}".`,
        );
      }
    });

    it("makes that account there and then, and sends text messages in it", async () => {
      const root = { accessKeyId: "111122224444", secretAccessKey: "test" };
      const account = root.accessKeyId;
      await post("mfa-devices", { root: true, kind: "virtual", account }).expect(200);
      emu.server.clock.advance(60);
      const { VirtualMFADevices } = await emu.iam(root).send(new ListVirtualMFADevicesCommand({}));
      const [{ User, EnableDate } = {}] = VirtualMFADevices!;
      assert.deepEqual(User!.CreateDate, EnableDate);
      await emu.iam(root).send(new CreateUserCommand({ UserName: "sid" }));
      const { body } = await post("sms", { userName: "sid", phoneNumber: "+12065550103", account }).expect(200);
      assert.equal(body.serialNumber, `arn:aws:iam::${account}:sms-mfa/sid`);
    });

    it("refuses what the guide forbids, in its terms", () =>
      refuses(
        post("mfa-devices", { root: true, kind: "sms", phoneNumber: "+12065550102" }),
        400,
        "InvalidInput",
        "SMS MFA devices are for IAM users only. The root user can have a device of any other kind.",
      ));

    it("wants to be told the kind, and each member in its type", async () => {
      await refuses(post("mfa-devices", { userName: "sam" }), 400, "InvalidRequest", "kind is missing.");
      await refuses(
        post("mfa-devices", { kind: "virtual", root: "yes" }),
        400,
        "InvalidRequest",
        "root must be a boolean.",
      );
      await refuses(get("sms"), 400, "InvalidRequest", "Say which phone: /_emulator/sms?phoneNumber=%2B12065550100");
    });

    it("is the only way to a device that the Query API has none to", async () => {
      const { body } = await post("mfa-devices", { root: true, kind: "u2f", account: "444455556666" }).expect(200);
      const other = emu.iam({ accessKeyId: "444455556666", secretAccessKey: "test" });
      await other.send(new CreateUserCommand({ UserName: "jane" }));
      await assert.rejects(
        other.send(
          new EnableMFADeviceCommand({
            UserName: "jane",
            SerialNumber: body.serialNumber,
            AuthenticationCode1: "123456",
            AuthenticationCode2: "654321",
          }),
        ),
        { name: "ValidationError", message: /can be enabled in the console only\.$/ },
      );
    });
  });
});
