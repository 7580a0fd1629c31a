import assert from "node:assert/strict";
import { DeactivateMFADeviceCommand, ListVirtualMFADevicesCommand } from "@aws-sdk/client-iam";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import { enableMfa } from "../fixtures.ts";
import { browser, consoleUser, said, signIn, signInAsRoot, type Browser } from "./browser.ts";

const WRONG_CODE = "The code is not right, is too old or was used before. Wait for a new one and try again.";
const MFA = "/console/sign-in/mfa";

describe("the console's sign-in with MFA", () => {
  const emu = emulator();
  const control = () => supertest(emu.server.endpoint);
  const enrol = async (device: object): Promise<string> =>
    (await control().post("/_emulator/mfa-devices").send(device).expect(200)).body.serialNumber;
  const codeOf = (serial: string) => emu.server.mfa.code(serial).code;
  const give = (visitor: Browser, code: string) => visitor.submitAndFollow(MFA, { code });

  it("asks for the code of a virtual device, and lets nobody in before it", async () => {
    await consoleUser(emu, "Vera");
    const serial = await enableMfa(emu, "Vera");
    const visitor = browser(emu);
    assert.equal(said(await signIn(visitor, "Vera")).heading, "Multi-factor authentication");
    assert.equal((await visitor.get("/console/")).status, 303);
    const page = await give(visitor, codeOf(serial));
    assert.equal(said(page).heading, "IAM Dashboard");
    assert.match(page.text, /with MFA/);
  });

  it("asks for the code of a hardware token", async () => {
    await consoleUser(emu, "Hal");
    await control().post("/_emulator/hardware-tokens").send({ serialNumber: "GAHT12345678" }).expect(200);
    await enrol({ kind: "hardware", userName: "Hal", serialNumber: "GAHT12345678" });
    const visitor = browser(emu);
    assert.match(
      (await signIn(visitor, "Hal")).text,
      /Enter the code that your token <code>GAHT12345678<\/code> shows/,
    );
    assert.equal(said(await give(visitor, codeOf("GAHT12345678"))).heading, "IAM Dashboard");
  });

  it("sends a code to the phone by itself, another one when asked, and takes the last", async () => {
    await consoleUser(emu, "Sam");
    await enrol({ kind: "sms", userName: "Sam", phoneNumber: "+12065550100" });
    const inbox = async () =>
      (await control().get("/_emulator/sms").query({ phoneNumber: "+12065550100" })).body.messages as {
        code: string;
      }[];
    const before = (await inbox()).length;
    const visitor = browser(emu);
    assert.match((await signIn(visitor, "Sam")).text, /sent to your phone <span class="whole">…0100</);
    assert.equal((await inbox()).length, before + 1);
    await visitor.get(MFA);
    assert.equal((await inbox()).length, before + 1, "a page that is shown again sends nothing");

    assert.equal(said(await visitor.submitAndFollow(MFA, {}, "send")).notice, "A code is on its way to your phone.");
    const [former, last] = (await inbox()).slice(-2);
    assert.equal(said(await give(visitor, former!.code)).error, WRONG_CODE);
    assert.equal(said(await give(visitor, last!.code)).heading, "IAM Dashboard");
  });

  it("takes no code of a phone after five minutes", async () => {
    await consoleUser(emu, "Sue");
    await enrol({ kind: "sms", userName: "Sue", phoneNumber: "+12065550101" });
    const visitor = browser(emu);
    await signIn(visitor, "Sue");
    const { body } = await control().get("/_emulator/sms").query({ phoneNumber: "+12065550101" });
    emu.server.clock.advance(300);
    assert.equal(said(await give(visitor, body.messages.at(-1).code)).error, WRONG_CODE);
  });

  it("sends a phone five messages in a quarter of an hour, and no more", async () => {
    await consoleUser(emu, "Sol");
    await enrol({ kind: "sms", userName: "Sol", phoneNumber: "+12065550102" });
    const visitor = browser(emu);
    await signIn(visitor, "Sol");
    for (let i = 0; i < 4; i++) assert.ok(said(await visitor.submitAndFollow(MFA, {}, "send")).notice);
    assert.match(said(await visitor.submitAndFollow(MFA, {}, "send")).error!, /too many messages/);
  });

  it("goes on by the last code where there were too many messages", async () => {
    await consoleUser(emu, "Syd");
    await enrol({ kind: "sms", userName: "Syd", phoneNumber: "+12065550103" });
    for (let i = 0; i < 6; i++) assert.equal((await signIn(browser(emu), "Syd")).status, 200);
    const visitor = browser(emu);
    await signIn(visitor, "Syd");
    const { body } = await control().get("/_emulator/sms").query({ phoneNumber: "+12065550103" });
    assert.equal(said(await give(visitor, body.messages.at(-1).code)).heading, "IAM Dashboard");
  });

  it("refuses a wrong code, and one that was used before", async () => {
    await consoleUser(emu, "Wes");
    const serial = await enableMfa(emu, "Wes");
    const code = codeOf(serial);
    const wrong = code === "000000" ? "000001" : "000000";
    const visitor = browser(emu);
    await signIn(visitor, "Wes");
    for (const bad of [wrong, "", "letters"]) {
      const page = await visitor.submit(MFA, { code: bad });
      assert.deepEqual([page.status, said(page).error], [403, WRONG_CODE]);
    }
    assert.equal(said(await give(visitor, code)).heading, "IAM Dashboard");
    const other = browser(emu);
    await signIn(other, "Wes");
    assert.equal(said(await give(other, code)).error, WRONG_CODE);
  });

  it("looks at no code once the device's attempts are spent", async () => {
    await consoleUser(emu, "Zoe");
    const serial = await enableMfa(emu, "Zoe");
    const visitor = browser(emu);
    await signIn(visitor, "Zoe");
    for (let i = 0; i < 9; i++) assert.equal(said(await give(visitor, "nothing")).error, WRONG_CODE);
    const page = await visitor.submit(MFA, { code: codeOf(serial) });
    assert.equal(page.status, 429);
    assert.match(said(page).error!, /too many tries with this MFA device/);
    emu.server.clock.advance(180);
    assert.equal(said(await give(visitor, codeOf(serial))).heading, "IAM Dashboard");
  });

  it("takes no device that was deactivated meanwhile, nor that of somebody else", async () => {
    await consoleUser(emu, "Dee");
    const serial = await enableMfa(emu, "Dee");
    await consoleUser(emu, "Eli");
    const others = await enableMfa(emu, "Eli");
    const visitor = browser(emu);
    await signIn(visitor, "Dee");
    const stolen = await visitor.submit(MFA, { serial: others, code: codeOf(others) });
    assert.equal(said(stolen).error, WRONG_CODE);
    const form = await visitor.get(MFA);
    await emu.iam().send(new DeactivateMFADeviceCommand({ UserName: "Dee", SerialNumber: serial }));
    assert.equal(said(form).heading, "Multi-factor authentication");
    assert.equal((await visitor.get(MFA)).headers["location"], "/console/sign-in");
    assert.equal((await visitor.get("/console/")).status, 303);
  });

  it("waits ten minutes for the code", async () => {
    await consoleUser(emu, "Tim");
    await enableMfa(emu, "Tim");
    const visitor = browser(emu);
    await signIn(visitor, "Tim");
    emu.server.clock.advance(600);
    const page = await visitor.get(MFA);
    assert.equal(page.headers["location"], "/console/sign-in");
    assert.match(said(await visitor.get("/console/sign-in")).notice!, /too long/);
  });

  it("takes root's virtual device, which lists show with the last use of root's password", async () => {
    const serial = await enrol({ kind: "virtual", root: true });
    const visitor = browser(emu);
    assert.equal(said(await signInAsRoot(visitor, emu)).heading, "Multi-factor authentication");
    assert.match((await give(visitor, codeOf(serial))).text, /<code>arn:aws:iam::000000000000:root<\/code>/);
    const { VirtualMFADevices } = await emu.iam().send(new ListVirtualMFADevicesCommand({}));
    const { User } = VirtualMFADevices!.find(({ SerialNumber }) => SerialNumber === serial)!;
    assert.equal(User!.PasswordLastUsed!.getTime(), emu.server.clock.now());
  });

  it("takes no code that STS has taken", async () => {
    const { credentials } = await consoleUser(emu, "Ida");
    const serial = await enableMfa(emu, "Ida");
    const code = codeOf(serial);
    await emu.sts(credentials).send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: code }));
    const visitor = browser(emu);
    await signIn(visitor, "Ida");
    assert.equal(said(await give(visitor, code)).error, WRONG_CODE);
  });
});

describe("the console's sign-in with several devices", () => {
  const emu = emulator({ mfaRules: "current" });

  it("lets one choose, and takes any one of them", async () => {
    await consoleUser(emu, "Amy");
    const enrol = async (device: object): Promise<string> =>
      (
        await supertest(emu.server.endpoint)
          .post("/_emulator/mfa-devices")
          .send({ ...device, userName: "Amy" })
      ).body.serialNumber;
    await enrol({ kind: "virtual", name: "phone" });
    const second = await enrol({ kind: "virtual", name: "tablet" });
    const visitor = browser(emu);
    const page = await signIn(visitor, "Amy");
    assert.match(said(page).heading!, /Multi-factor/);
    assert.match(page.text, /You have several MFA devices/);
    const chosen = `${MFA}?serial=${encodeURIComponent(second)}`;
    assert.ok(page.text.includes(`href="${chosen}"`));
    const next = await visitor.submitAndFollow(chosen, { code: emu.server.mfa.code(second).code });
    assert.equal(said(next).heading, "IAM Dashboard");
  });
});
