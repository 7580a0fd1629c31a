import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { fold } from "../../data/entities/accounts.ts";
import { users } from "../../data/entities/users.ts";
import { ACCOUNT, createUser, mfaState, type MfaState } from "../../integration/mfa/state.ts";
import { checkCode } from "./codes.ts";
import { enableInConsole, sendEnrolmentCode, type ConsoleEnrolment } from "./console-only.ts";
import { currentCode } from "./current-code.ts";
import { deactivate, findDevice } from "./devices.ts";
import { addHardwareTokens } from "./hardware-tokens.ts";
import { createVirtualDevice } from "./virtual-devices.ts";

const PHONE = "+15550100";
const invalidCode = {
  name: "InvalidAuthenticationCode",
  status: 403,
  message: "Authentication code for device is not valid.",
};

describe("enabling a device in the console", () => {
  let state: MfaState;

  beforeEach(async () => {
    state = await mfaState();
    state.run((context) => createUser("ann", context));
  });

  const enable = (request: ConsoleEnrolment) => state.run((context) => enableInConsole(request, context));
  const forAnn = (request: ConsoleEnrolment) => enable({ userName: "ann", ...request });
  const mint = (offsetSeconds = 0) =>
    state.run((context) => addHardwareTokens([{ offsetSeconds }], context)[0]!.serialNumber);
  const codes = (serialNumber: string) => {
    const { code, next } = state.run((context) => currentCode(serialNumber, context));
    return { code1: code, code2: next! };
  };

  /** Whether STS accepts the code that the device shows. */
  const check = (serialNumber: string) =>
    state.run(
      (context) => checkCode(serialNumber, currentCode(serialNumber, context).code, "GetSessionToken", context).verdict,
    );

  describe("a virtual device", () => {
    it("is made on the way, and its seed shown, where none is named", () => {
      const { base32Seed, ...rest } = forAnn({ kind: "virtual" });
      assert.match(base32Seed!, /^[A-Z2-7]{64}$/);
      assert.deepEqual(rest, {
        kind: "virtual",
        serialNumber: `arn:aws:iam::${ACCOUNT}:mfa/ann`,
        otpauthUri: `otpauth://totp/Amazon%20Web%20Services:ann@${ACCOUNT}?secret=${base32Seed}&issuer=Amazon%20Web%20Services`,
        shortcut:
          "Enabled without proof, which only an administrator of the emulator can: AWS asks for two consecutive codes.",
      });
    });

    it("of root is called root-account-mfa-device, unless it is given another name", () => {
      assert.match(enable({ kind: "virtual", root: true }).serialNumber, /:mfa\/root-account-mfa-device$/);
      state.mfaRules = "current";
      assert.match(enable({ kind: "virtual", root: true, name: "spare" }).serialNumber, /:mfa\/spare$/);
    });

    it("that is enabled by the shortcut is taken to keep the right time, two steps either way", () => {
      const { serialNumber } = forAnn({ kind: "virtual" });
      const { code1 } = codes(serialNumber);
      const { now } = state;
      const verdicts = [-3, -2, 2, 3].map((steps) => {
        state.now = now + steps * 30_000;
        return state.run((context) => checkCode(serialNumber, code1, "GetSessionToken", context).verdict);
      });
      assert.deepEqual(verdicts, ["refused", "accepted", "accepted", "refused"]);
    });

    it("that exists is enabled with its codes, and nothing of it is shown", () => {
      const { serialNumber } = state.run((context) => createVirtualDevice({ name: "phone", tags: [] }, context));
      const enrolled = forAnn({ kind: "virtual", serialNumber, ...codes(serialNumber) });
      assert.deepEqual(enrolled, { kind: "virtual", serialNumber });
    });

    it("is refused with wrong codes", () => {
      const { serialNumber } = state.run((context) => createVirtualDevice({ name: "phone", tags: [] }, context));
      const { code1, code2 } = codes(serialNumber);
      assert.throws(() => forAnn({ kind: "virtual", serialNumber, code1: code2, code2: code1 }), invalidCode);
      assert.throws(() => forAnn({ kind: "virtual", serialNumber, code1: "", code2: "x" }), invalidCode);
    });

    it("must not have the name of another, and none is left behind by a refusal", () => {
      forAnn({ kind: "virtual" });
      state.run((context) => createUser("ben", context));
      assert.throws(() => enable({ kind: "virtual", userName: "ben", name: "ANN" }), {
        name: "EntityAlreadyExists",
        message: "MFA device already exists.",
      });
      assert.throws(() => forAnn({ kind: "virtual", name: "second" }), { name: "LimitExceeded" });
      enable({ kind: "virtual", userName: "ben", name: "second" });
    });
  });

  describe("a hardware token", () => {
    it("is enabled by its serial number and two codes, which teach how far its clock is off", () => {
      const serialNumber = mint(3600);
      assert.deepEqual(forAnn({ kind: "hardware", serialNumber, ...codes(serialNumber) }), {
        kind: "hardware",
        serialNumber,
      });
      assert.equal(check(serialNumber), "accepted");
    });

    it("teaches nothing by the shortcut: if its clock is off, it needs a resync", () => {
      const serialNumber = mint(3600);
      assert.match(forAnn({ kind: "hardware", serialNumber }).shortcut!, /AWS asks for two consecutive codes\.$/);
      assert.equal(check(serialNumber), "refused");
    });

    it("that nobody owns is refused", () => {
      assert.throws(() => forAnn({ kind: "hardware", serialNumber: "GAHT00000000" }), {
        name: "NoSuchEntity",
        status: 404,
        message: "MFA Device with serial number GAHT00000000 does not exist.",
      });
    });

    it("of one holder is refused to another, and to the same", () => {
      const serialNumber = mint();
      const inUse = { name: "EntityAlreadyExists", status: 409, message: "MFA Device is already in use." };
      forAnn({ kind: "hardware", serialNumber });
      assert.throws(() => enable({ kind: "hardware", root: true, serialNumber }), inUse);
      assert.throws(() => forAnn({ kind: "hardware", serialNumber }), {
        ...inUse,
        message: "MFA Device for user ann already exists.",
      });
    });

    it("of root is in use for root, too", () => {
      const serialNumber = mint();
      enable({ kind: "hardware", root: true, serialNumber });
      assert.throws(() => enable({ kind: "hardware", root: true, serialNumber }), {
        name: "EntityAlreadyExists",
        message: "MFA Device is already in use.",
      });
    });
  });

  describe("a U2F key", () => {
    it("has the name that it is given in its ARN, and a key pair", () => {
      const { serialNumber, shortcut } = forAnn({ kind: "u2f", name: "blue" });
      assert.match(serialNumber, /:u2f\/user\/ann\/blue-[A-Z2-7]{26}$/);
      assert.match(shortcut!, /AWS asks for a tap on the key\.$/);
      const device = state.run((context) => findDevice(serialNumber, context));
      assert.ok(device?.kind === "u2f");
      assert.match(device.securityKey.d!, /^[\w-]{43}$/);
    });
  });

  describe("an SMS device", () => {
    const first = () => state.run((context) => sendEnrolmentCode({ userName: "ann", phoneNumber: PHONE }, context));
    const confirm = (code1: string, phoneNumber = PHONE) => forAnn({ kind: "sms", phoneNumber, code1 });

    it("is confirmed by the code that the console has sent", () => {
      const { code, serialNumber } = first();
      assert.equal(
        state.run((context) => findDevice(serialNumber, context)),
        undefined,
      );
      assert.deepEqual(confirm(code), { kind: "sms", serialNumber, phoneNumber: PHONE });
      const device = state.run((context) => findDevice(serialNumber, context));
      assert.ok(device?.kind === "sms");
      assert.equal(device.phoneNumber, PHONE);
    });

    it("is not confirmed by a wrong code, an older one, or one sent to another phone", () => {
      const older = first().code;
      const newer = first().code;
      assert.throws(() => confirm("wrong!"), invalidCode);
      assert.throws(() => confirm(older), invalidCode);
      assert.throws(() => confirm(newer, "+15550199"), invalidCode);
      confirm(newer);
    });

    it("is not confirmed after nine wrong codes in three minutes: they are counted though refused", () => {
      const { code } = first();
      for (let attempt = 1; attempt <= 9; attempt++) assert.throws(() => confirm("wrong!"), invalidCode);
      assert.throws(() => confirm(code), invalidCode);
      state.now += 3 * 60_000;
      confirm(code);
    });

    it("is sent its first code by the shortcut too, which counts as used", () => {
      const { message, shortcut, serialNumber } = forAnn({ kind: "sms", phoneNumber: PHONE });
      assert.match(shortcut!, /AWS asks for the code sent to the phone\.$/);
      assert.equal(message!.phoneNumber, PHONE);
      state.run((context) => deactivate(findDevice(serialNumber, context)!, context));
      assert.throws(() => confirm(message!.code), invalidCode);
    });

    it("keeps its serial number when its user is renamed, which the next user of that name cannot have", () => {
      forAnn({ kind: "sms", phoneNumber: PHONE });
      state.run((context) => {
        const ann = context.tx.get(users, ACCOUNT, fold("ann"))!;
        context.tx.delete(users, ACCOUNT, fold("ann"));
        context.tx.put(users, { ...ann, name: "anna" });
        createUser("ann", context);
      });
      assert.throws(() => forAnn({ kind: "sms", phoneNumber: PHONE }), {
        name: "EntityAlreadyExists",
        message: "MFA device already exists.",
      });
    });

    it("is refused before its code is sent where it cannot be enabled", () => {
      state.mfaRules = "current";
      assert.throws(first, {
        name: "InvalidInput",
        message: "SMS MFA devices can no longer be enabled: AWS has ended their support. Those that exist go on.",
      });
      state.mfaRules = "guide";
      forAnn({ kind: "u2f" });
      assert.throws(first, { name: "LimitExceeded", message: "Cannot exceed quota for MFADevicesPerUser: 1" });
    });
  });

  const virtualArn = `arn:aws:iam::${ACCOUNT}:mfa/ann`;
  for (const [what, request, message] of [
    ["an unknown kind", { kind: "fax" }, "kind is one of virtual, hardware, u2f, sms."],
    ["a kind from the prototype", { kind: "toString" }, "kind is one of virtual, hardware, u2f, sms."],
    ["nobody to have it", { kind: "virtual", userName: undefined }, "Either userName or root says whose device it is."],
    ["two to have it", { kind: "virtual", root: true }, "Either userName or root says whose device it is."],
    [
      "one code of two",
      { kind: "virtual", serialNumber: virtualArn, code1: "123456" },
      "Virtual MFA devices are enabled with two consecutive codes, code1 and code2.",
    ],
    [
      "the second code alone",
      { kind: "hardware", serialNumber: "GAHT12345678", code2: "123456" },
      "Hardware TOTP tokens are enabled with two consecutive codes, code1 and code2.",
    ],
    [
      "codes of a virtual device that is yet to be made",
      { kind: "virtual", code1: "123456", code2: "654321" },
      "Codes are those of a virtual MFA device that has been created: name it by its serialNumber.",
    ],
    [
      "a hardware token without its serial number",
      { kind: "hardware" },
      "A hardware TOTP token is enabled by the serialNumber printed on it.",
    ],
    [
      "the serial number of another kind",
      { kind: "hardware", serialNumber: virtualArn },
      "Hardware TOTP tokens have other serial numbers: the vendor's, such as `GAHT12345678`.",
    ],
    ["a code of a U2F key", { kind: "u2f", code1: "123456" }, "A U2F security key has no codes; it is tapped."],
    [
      "a name with a slash",
      { kind: "u2f", name: "a/b" },
      "The name of a device has 1 to 128 letters, digits and +=,.@_- characters.",
    ],
    [
      "an empty name",
      { kind: "virtual", name: "" },
      "The name of a device has 1 to 128 letters, digits and +=,.@_- characters.",
    ],
    [
      "an SMS device without a phone",
      { kind: "sms" },
      "phoneNumber is the phone's number in E.164 form, such as +15550100.",
    ],
    [
      "a phone number in another form",
      { kind: "sms", phoneNumber: "555-0100" },
      "phoneNumber is the phone's number in E.164 form, such as +15550100.",
    ],
    [
      "two codes of an SMS device",
      { kind: "sms", phoneNumber: PHONE, code1: "123456", code2: "654321" },
      "An SMS MFA device is confirmed by the one code sent to the phone, as code1.",
    ],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => forAnn(request), { name: "InvalidInput", status: 400, message });
    });
  }

  it("is refused for a user who does not exist", () => {
    assert.throws(() => enable({ kind: "virtual", userName: "nobody" }), {
      name: "NoSuchEntity",
      status: 404,
      message: "The user with name nobody cannot be found.",
    });
  });
});
