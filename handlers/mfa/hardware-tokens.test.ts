import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { totpSecrets } from "../../data/entities/mfa.ts";
import { mfaState, type MfaState } from "../../integration/mfa/state.ts";
import { stepOf, totpCode } from "../../signing/totp.ts";
import { checkCode } from "./codes.ts";
import { enableInConsole } from "./console-only.ts";
import {
  addHardwareTokens,
  deleteHardwareToken,
  listHardwareTokens,
  type NewHardwareToken,
} from "./hardware-tokens.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const OTHER_SEED = "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK";

describe("hardware tokens", () => {
  let state: MfaState;

  beforeEach(async () => {
    state = await mfaState();
  });

  const add = (...tokens: readonly NewHardwareToken[]) => state.run((context) => addHardwareTokens(tokens, context));
  const all = () => state.run((context) => listHardwareTokens(context));

  it("are minted with a serial number and a seed of their own", () => {
    const [first, second] = add({}, {});
    assert.match(first!.serialNumber, /^GAHT\d{8}$/);
    assert.match(first!.base32Seed, /^[A-Z2-7]{32}$/);
    assert.equal(first!.offsetSeconds, 0);
    assert.notEqual(first!.serialNumber, second!.serialNumber);
    assert.notEqual(first!.base32Seed, second!.base32Seed);
  });

  it("keep what is given, the seed in capitals and without padding", () => {
    const token = { serialNumber: "ABCD12345678", base32Seed: "mfrggzdfmztwq2lkmfrggzdfme======", offsetSeconds: -90 };
    const kept = { ...token, base32Seed: "MFRGGZDFMZTWQ2LKMFRGGZDFME" };
    assert.deepEqual(add(token), [kept]);
    assert.deepEqual(all(), [kept]);
  });

  it("are listed by serial number", () => {
    add({ serialNumber: "GAHT00000002" }, { serialNumber: "GAHT00000001" });
    assert.deepEqual(
      all().map(({ serialNumber }) => serialNumber),
      ["GAHT00000001", "GAHT00000002"],
    );
  });

  it("can have their clocks set, by the serial number with or without the seed", () => {
    const serialNumber = "GAHT00000001";
    add({ serialNumber, base32Seed: SEED });
    assert.deepEqual(add({ serialNumber, offsetSeconds: 40 }), [{ serialNumber, base32Seed: SEED, offsetSeconds: 40 }]);
    assert.deepEqual(add({ serialNumber, base32Seed: SEED }), [{ serialNumber, base32Seed: SEED, offsetSeconds: 40 }]);
  });

  it("cannot have their seeds changed", () => {
    add({ serialNumber: "GAHT00000001", base32Seed: SEED });
    assert.throws(() => add({ serialNumber: "GAHT00000001", base32Seed: OTHER_SEED }), {
      name: "EntityAlreadyExists",
      status: 409,
      message: "Hardware token GAHT00000001 already exists, with another seed.",
    });
  });

  it("are deleted with their seeds, and can be minted anew", () => {
    const [{ serialNumber } = { serialNumber: "" }] = add({ base32Seed: SEED });
    state.run((context) => deleteHardwareToken(serialNumber, context));
    assert.deepEqual(all(), []);
    assert.equal(
      state.run(({ tx }) => tx.count(totpSecrets)),
      0,
    );
    assert.equal(add({ serialNumber, base32Seed: OTHER_SEED })[0]!.base32Seed, OTHER_SEED);
  });

  it("do not take a used code again when they are minted anew, by the same serial number or another, however the seed is spelt", () => {
    const use = (serialNumber: string) =>
      state.run((context) => {
        const { verdict, record } = checkCode(
          serialNumber,
          totpCode(SEED, stepOf(state.now)),
          "GetSessionToken",
          context,
        );
        record(context.tx);
        return verdict;
      });
    const mint = (serialNumber: string, base32Seed: string) => add({ serialNumber, base32Seed });
    mint("GAHT00000001", SEED);
    assert.equal(use("GAHT00000001"), "accepted");
    mint("GAHT00000002", SEED.toLowerCase());
    assert.equal(use("GAHT00000002"), "refused");
    for (const serialNumber of ["GAHT00000001", "GAHT00000002"]) {
      state.run((context) => deleteHardwareToken(serialNumber, context));
    }
    mint("GAHT00000001", SEED);
    assert.equal(use("GAHT00000001"), "refused");
    // Trailing zeros make no difference to a key of HMAC.
    mint("GAHT00000003", `${SEED}AAAAAAAA`);
    assert.equal(use("GAHT00000003"), "refused");
  });

  it("are not deleted while somebody has them enabled, nor where there are none", () => {
    const [{ serialNumber } = { serialNumber: "" }] = add({});
    state.run((context) => enableInConsole({ kind: "hardware", serialNumber, root: true }, context));
    const remove = (serial: string) => state.run((context) => deleteHardwareToken(serial, context));
    assert.throws(() => remove(serialNumber), {
      name: "DeleteConflict",
      status: 409,
      message: `Hardware token ${serialNumber} is in use. Must deactivate first.`,
    });
    assert.throws(() => remove("GAHT99999999"), {
      name: "NoSuchEntity",
      message: "MFA Device with serial number GAHT99999999 does not exist.",
    });
  });

  it("are added all or not at all", () => {
    assert.throws(() => add({ serialNumber: "GAHT00000001" }, { serialNumber: "short" }), { name: "InvalidInput" });
    assert.deepEqual(all(), []);
  });

  for (const [what, token, message] of [
    [
      "a serial number that is too short",
      { serialNumber: "GAHT1234" },
      `"GAHT1234" is no vendor's serial number: it has 9 to 256 letters, digits and _+=/:,.@- and is not an ARN.`,
    ],
    [
      "an ARN for a serial number",
      { serialNumber: "arn:aws:iam::000000000000:mfa/ann" },
      `"arn:aws:iam::000000000000:mfa/ann" is no vendor's serial number: it has 9 to 256 letters, digits and _+=/:,.@- and is not an ARN.`,
    ],
    [
      "a seed that is no base32",
      { serialNumber: "GAHT00000001", base32Seed: "0189" },
      "The seed of token GAHT00000001 is not base32 text of 16 to 64 bytes.",
    ],
    [
      "a seed that is too short",
      { serialNumber: "GAHT00000001", base32Seed: "MFRGGZDF" },
      "The seed of token GAHT00000001 is not base32 text of 16 to 64 bytes.",
    ],
    [
      "a seed of a token whose serial number is to be made up",
      { base32Seed: "1" },
      "The seed of the new token is not base32 text of 16 to 64 bytes.",
    ],
    [
      "part of a second",
      { offsetSeconds: 0.5 },
      "offsetSeconds is a whole number of seconds, negative for a clock that is slow.",
    ],
  ] as const) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => add(token), { name: "InvalidInput", status: 400, message });
    });
  }
});
