import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { control } from "../mfa/control.ts";
import { browser, consoleUser, said, signIn, signInAsRoot, type Browser } from "./browser.ts";

const MFA = "/console/sign-in/mfa";
const WRONG_CODE = "The code is not right, is too old or was used before. Wait for a new one and try again.";
const WRONG_CODES =
  "The codes are not two consecutive ones of the device, or were used before. Wait for new ones and try again.";

describe("the console's sign-in with a device that is out of sync", () => {
  const emu = emulator();
  const token = (serialNumber: string, offsetSeconds = 0) =>
    control(emu, "hardware-tokens", { serialNumber, offsetSeconds });
  const codesOf = (serial: string) => {
    const { code, next } = emu.server.mfa.code(serial);
    return { code1: code, code2: next! };
  };
  const give = (visitor: Browser, serial: string) =>
    visitor.submitAndFollow(MFA, { code: emu.server.mfa.code(serial).code });
  const resyncOf = (serial: string) => `${MFA}?resync=${serial}`;

  before(() => consoleUser(emu, "Lag"));

  for (const [whose, serial, holder, enter] of [
    ["a user's", "GAHT00000001", { userName: "Lag" }, (visitor: Browser) => signIn(visitor, "Lag")],
    ["root's", "GAHT00000002", { root: true }, (visitor: Browser) => signInAsRoot(visitor, emu)],
  ] as const) {
    it(`resynchronises ${whose} by two consecutive codes, and then takes its code`, async () => {
      await token(serial);
      await control(emu, "mfa-devices", { kind: "hardware", serialNumber: serial, ...holder });
      await token(serial, 3600);
      const visitor = browser(emu);
      assert.ok((await enter(visitor)).text.includes(`href="${resyncOf(serial)}"`));
      assert.equal(said(await give(visitor, serial)).error, WRONG_CODE);
      const done = await visitor.submitAndFollow(resyncOf(serial), codesOf(serial));
      assert.equal(said(done).notice, "The MFA device is in sync. Sign in with the code that it shows.");
      assert.equal((await visitor.get("/console/")).status, 303, "which lets nobody in yet");
      assert.equal(said(await give(visitor, serial)).heading, "IAM Dashboard");
    });
  }

  it("refuses codes that are not consecutive, each try an attempt of the device's nine", async () => {
    const serial = "GAHT00000001";
    emu.server.clock.advance(180);
    const visitor = browser(emu);
    await signIn(visitor, "Lag");
    const { code1, code2 } = codesOf(serial);
    for (let i = 0; i < 9; i++) {
      const page = await visitor.submit(resyncOf(serial), { code1: code2, code2: code1 });
      assert.deepEqual([page.status, said(page).error], [403, WRONG_CODES]);
    }
    assert.equal((await visitor.submit(resyncOf(serial), { code1, code2 })).status, 429);
  });

  it("resynchronises no device of somebody else, and none that has no clock", async () => {
    await consoleUser(emu, "Rob");
    await control(emu, "mfa-devices", { kind: "sms", userName: "Rob", phoneNumber: "+12065550104" });
    const visitor = browser(emu);
    assert.doesNotMatch((await signIn(visitor, "Rob")).text, /resync/i);
    emu.server.clock.advance(180);
    for (const [serial, codes] of [
      ["GAHT00000001", codesOf("GAHT00000001")],
      ["arn:aws:iam::000000000000:sms-mfa/Rob", { code1: "000000", code2: "000001" }],
    ] as const) {
      const refused = await visitor.submit(MFA, { do: "resync", serial, ...codes });
      assert.deepEqual([refused.status, said(refused).error], [403, WRONG_CODES]);
    }
  });
});
