import assert from "node:assert/strict";
import { totpSecrets, usedCodes } from "../../data/entities/mfa.ts";
import { ACCOUNT, mfaState, type MfaState } from "../../integration/mfa/state.ts";
import { stepOf, totpCode } from "../../signing/totp.ts";
import { acceptPair, checkCode } from "./codes.ts";
import { createVirtualDevice, deleteVirtualDevice, seedOf } from "./virtual-devices.ts";

const STEP = 30_000;
const refused = {
  name: "InvalidAuthenticationCode",
  message: "Authentication code for device is not valid.",
  status: 403,
};

describe("codes of TOTP devices", () => {
  let state: MfaState;
  let serial: string;
  let seed: string;

  beforeEach(async () => {
    state = await mfaState();
    // The first second of a step and of a three-minute window.
    state.now = Date.UTC(2026, 10, 24, 12, 0, 0);
    newDevice();
  });

  function newDevice(): void {
    state.run((context) => {
      const device = createVirtualDevice({ name: "ann", tags: [] }, context);
      serial = device.serialNumber;
      seed = seedOf(device, context);
    });
  }

  /** The code of the step this many steps from now. */
  const code = (distance: number) => totpCode(seed, stepOf(state.now) + distance);
  /** Checks a code and records the result, as STS does. */
  const use = (text: string) =>
    state.run((context) => {
      const { verdict, record } = checkCode(serial, text, "GetSessionToken", context);
      record(context.tx);
      return verdict;
    });
  const pair = (first: string, second: string) => state.run((context) => acceptPair(serial, first, second, context));

  describe("one code", () => {
    for (const [distance, verdict] of [
      [-3, "refused"],
      [-2, "accepted"],
      [-1, "accepted"],
      [0, "accepted"],
      [1, "accepted"],
      [2, "accepted"],
      [3, "refused"],
    ] as const) {
      it(`is ${verdict} ${distance} steps from now`, () => assert.equal(use(code(distance)), verdict));
    }

    it("is accepted to the last millisecond of the second step after its own, and not one later", () => {
      const shown = code(0);
      state.now += 3 * STEP;
      assert.equal(use(shown), "refused");
      state.now -= 1;
      assert.equal(use(shown), "accepted");
    });

    it("is refused once it has been accepted", () => {
      assert.equal(use(code(0)), "accepted");
      assert.equal(use(code(0)), "refused");
    });

    it("may be used in any order", () => {
      for (const distance of [1, -2, 2, 0, -1]) assert.equal(use(code(distance)), "accepted", `${distance}`);
      state.now += 3 * 60_000;
      for (const distance of [-2, -1, 0, 1, 2]) assert.equal(use(code(distance - 6)), "refused", `${distance}`);
    });

    it("stays used when the clock comes back to its time", () => {
      const used = code(0);
      use(used);
      state.now += 365 * 24 * 3600_000;
      assert.equal(use(code(0)), "accepted");
      state.now -= 365 * 24 * 3600_000;
      assert.equal(use(used), "refused");
    });

    it("stays used after a resync", () => {
      const used = code(0);
      use(used);
      pair(code(1), code(2));
      assert.equal(use(used), "refused");
    });

    it("is not used up by a check that is not recorded", () => {
      assert.equal(
        state.run((context) => checkCode(serial, code(0), "GetSessionToken", context).verdict),
        "accepted",
      );
      assert.equal(use(code(0)), "accepted");
    });

    it("stays used when its device is deleted and made again with the same seed", () => {
      const used = code(0);
      use(used);
      const former = seed;
      state.run((context) => deleteVirtualDevice(serial, context));
      newDevice();
      assert.equal(use(code(0)), "accepted", "of another seed");
      state.run(({ tx }) => tx.put(totpSecrets, { serialNumber: serial, seed: former, clockAdjustment: 0 }));
      assert.equal(use(used), "refused");
      assert.equal(use(totpCode(former, stepOf(state.now) + 1)), "accepted");
    });
  });

  it("that an older version has noted as used, by the serial number, stay used", () => {
    state.run(({ tx }) => tx.put(usedCodes, { serialNumber: serial, step: stepOf(state.now) }));
    assert.equal(use(code(0)), "refused");
    assert.equal(use(code(1)), "accepted");
  });

  describe("attempts", () => {
    it("are nine in three minutes, right, wrong or replayed; then a right code is not looked at", () => {
      assert.equal(use(code(0)), "accepted");
      for (let attempt = 2; attempt <= 9; attempt++) {
        assert.equal(use(attempt % 2 ? code(0) : "wrong!"), "refused", `attempt ${attempt}`);
      }
      assert.equal(use(code(1)), "too many attempts");
    });

    it("begin anew at the next three-minute boundary of UTC", () => {
      state.now += 179_000;
      for (let attempt = 1; attempt <= 9; attempt++) use("wrong!");
      state.now += 999;
      assert.equal(use(code(0)), "too many attempts");
      state.now += 1;
      assert.equal(use(code(0)), "accepted");
    });

    it("are counted for a serial number, also when its device is deleted and made again", () => {
      for (let attempt = 1; attempt <= 9; attempt++) use("wrong!");
      state.run((context) => deleteVirtualDevice(serial, context));
      newDevice();
      assert.equal(use(code(0)), "too many attempts");
    });

    it("are counted for each device alone", () => {
      for (let attempt = 1; attempt <= 9; attempt++) use("wrong!");
      state.run((context) => {
        const other = createVirtualDevice({ name: "ben", tags: [] }, context);
        const shown = totpCode(seedOf(other, context), stepOf(state.now));
        assert.equal(checkCode(other.serialNumber, shown, "GetSessionToken", context).verdict, "accepted");
      });
    });
  });

  describe("two consecutive codes", () => {
    it("are accepted in order", () => pair(code(-1), code(0)));

    for (const [what, first, second] of [
      ["equal", 0, 0],
      ["reversed", 0, -1],
      ["not adjacent", -2, 0],
    ] as const) {
      it(`are refused if they are ${what}`, () => {
        assert.throws(() => pair(code(first), code(second)), refused);
      });
    }

    for (const [distance, found] of [
      [-999, false],
      [-998, true],
      [1000, true],
      [1001, false],
    ] as const) {
      it(`are ${found ? "accepted" : "refused"} if the second is ${distance} steps from now`, () => {
        const enter = () => pair(code(distance - 1), code(distance));
        if (found) enter();
        else assert.throws(enter, refused);
      });
    }

    it("teach by how much the device's clock is off", () => {
      assert.equal(use(code(500)), "refused");
      pair(code(499), code(500));
      assert.equal(use(code(0)), "refused");
      assert.equal(use(code(497)), "refused");
      assert.equal(use(code(498)), "accepted");
      assert.equal(use(code(502)), "accepted");
      assert.equal(use(code(503)), "refused");
    });

    it("are searched for round the time that the device is known to have", () => {
      pair(code(999), code(1000));
      assert.throws(() => pair(code(2000), code(2001)), refused);
      pair(code(1999), code(2000));
    });

    it("must be newer than the pair before, both of them", () => {
      pair(code(0), code(1));
      assert.throws(() => pair(code(0), code(1)), refused);
      assert.throws(() => pair(code(1), code(2)), refused);
      pair(code(2), code(3));
    });

    it("may have been used with STS, and may be used with it afterwards", () => {
      assert.equal(use(code(0)), "accepted");
      pair(code(0), code(1));
      assert.equal(use(code(1)), "accepted");
    });

    it("are not counted as attempts", () => {
      for (let attempt = 1; attempt <= 20; attempt++) assert.throws(() => pair("000000", "000000"), refused);
      assert.equal(use(code(0)), "accepted");
    });
  });

  it("belong to a serial number that names its account", () => {
    assert.equal(serial, `arn:aws:iam::${ACCOUNT}:mfa/ann`);
  });
});
