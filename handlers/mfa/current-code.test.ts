import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { totpSecrets, type SmsDevice } from "../../data/entities/mfa.ts";
import { createUser, mfaState, type MfaState } from "../../integration/mfa/state.ts";
import { stepOf, totpCode } from "../../signing/totp.ts";
import { enableInConsole } from "./console-only.ts";
import { currentCode, nextCode } from "./current-code.ts";
import { deactivate, findDevice } from "./devices.ts";
import { addHardwareTokens } from "./hardware-tokens.ts";
import { checkCode } from "./codes.ts";
import { sendCode } from "./sms.ts";
import { createVirtualDevice, seedOf } from "./virtual-devices.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const noSuchDevice = (serial: string) => ({
  name: "NoSuchEntity",
  status: 404,
  message: `MFA Device with serial number ${serial} does not exist.`,
});

describe("the code that a device shows", () => {
  let state: MfaState;

  beforeEach(async () => {
    state = await mfaState();
    state.run((context) => createUser("ann", context));
  });

  const read = (serial: string) => state.run((context) => currentCode(serial, context));

  it("is that of the present step, of a virtual device that nobody has enabled too", () => {
    const [serial, seed] = state.run((context) => {
      const device = createVirtualDevice({ name: "ann", tags: [] }, context);
      return [device.serialNumber, seedOf(device, context)] as const;
    });
    state.now += 29_999;
    const step = stepOf(state.now);
    assert.deepEqual(read(serial), {
      code: totpCode(seed, step),
      next: totpCode(seed, step + 1),
      validUntil: state.now + 1,
    });
  });

  it("is that of the token's own clock, of a hardware token", () => {
    // RFC 6238, appendix B: at 59 seconds this seed's eight digits are 94287082.
    state.run((context) =>
      addHardwareTokens([{ serialNumber: "GAHT12345678", base32Seed: SEED, offsetSeconds: 49 }], context),
    );
    state.now = 10_000;
    assert.deepEqual(read("GAHT12345678"), { code: "287082", next: totpCode(SEED, 2), validUntil: 11_000 });
  });

  it("is the last one that was sent, of an SMS device, used or not", () => {
    const request = { kind: "sms", userName: "ann", phoneNumber: "+15550100" };
    const { serialNumber, message } = state.run((context) => enableInConsole(request, context));
    assert.deepEqual(read(serialNumber), { code: message!.code, validUntil: state.now + 300_000 });
    state.now += 1000;
    const { code } = state.run((context) => sendCode(findDevice(serialNumber, context) as SmsDevice, context));
    assert.deepEqual(read(serialNumber), { code, validUntil: state.now + 300_000 });
    state.run((context) => deactivate(findDevice(serialNumber, context)!, context));
    assert.throws(() => read(serialNumber), noSuchDevice(serialNumber));
  });

  it("does not exist for a U2F key, nor for a device that is not there", () => {
    const key = state.run((context) => enableInConsole({ kind: "u2f", userName: "ann" }, context)).serialNumber;
    for (const serial of [key, "GAHT00000000", "arn:aws:iam::000000000000:mfa/nothing", "nonsense", ""]) {
      assert.throws(() => read(serial), noSuchDevice(serial));
    }
  });
});

describe("the code after the one that a device shows", () => {
  let state: MfaState;
  let serial: string;
  let seed: string;

  beforeEach(async () => {
    state = await mfaState();
    state.run((context) => {
      createUser("ann", context);
      const device = createVirtualDevice({ name: "ann", tags: [] }, context);
      serial = device.serialNumber;
      seed = seedOf(device, context);
    });
  });

  const code = (ahead: number) => totpCode(seed, stepOf(state.now) + ahead);
  const next = () => state.run((context) => nextCode(serial, context));
  const enable = () =>
    state.run((context) =>
      enableInConsole(
        {
          kind: "virtual",
          userName: "ann",
          serialNumber: serial,
          code1: code(0),
          code2: nextCode(serial, context).code,
        },
        context,
      ),
    );
  /** Uses the next code at STS. */
  const use = () =>
    state.run((context) => {
      const { verdict, record } = checkCode(serial, nextCode(serial, context).code, "GetSessionToken", context);
      record(context.tx);
      return verdict;
    });

  it("makes a pair with it, which enables the device", () => {
    assert.deepEqual(next(), { code: code(1), validUntil: (stepOf(state.now) + 4) * 30_000 });
    enable();
  });

  it("is another one each time it was used, as far ahead as codes are taken", () => {
    enable();
    // The pair showed IAM that the device is a step ahead, so three more codes are valid.
    for (const ahead of [1, 2, 3]) {
      assert.equal(next().code, code(ahead));
      assert.equal(use(), "accepted");
    }
    assert.throws(next, {
      name: "InvalidInput",
      message: `The next codes of ${serial} that would be taken now have all been used. Wait for others: iam-local clock advance 30`,
    });
    state.now += 30_000;
    assert.equal(use(), "accepted");
  });

  it("is the next one of a device whose clock is off too, for the pair of a resync", () => {
    enable();
    state.now += 30_000;
    state.run(({ tx }) => tx.put(totpSecrets, { ...tx.get(totpSecrets, serial)!, clockAdjustment: 10 }));
    assert.equal(next().code, code(1));
  });

  it("does not exist for a phone or a device that is not there", () => {
    const phone = state.run((context) =>
      enableInConsole({ kind: "sms", userName: "ann", phoneNumber: "+15550100" }, context),
    ).serialNumber;
    assert.throws(() => state.run((context) => nextCode(phone, context)), {
      name: "InvalidInput",
      message: `${phone} has no next code: a phone is sent one at a time.`,
    });
    assert.throws(() => state.run((context) => nextCode("nonsense", context)), noSuchDevice("nonsense"));
  });
});
