import assert from "node:assert/strict";
import { DeactivateMFADeviceCommand, GetMFADeviceCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import type { Page } from "playwright-core";
import { consoleUser } from "../console/browser.ts";
import { codesOf, lastCode, MANAGE_MFA, mintToken, serialsOf } from "../console/visitors.ts";
import { emulator, type Emulator } from "../emulator.ts";
import { plugIn } from "./authenticator.ts";
import { givePassword, giveRootPassword, heading, notice, press, refusal } from "./console-page.ts";
import { visits } from "./visits.ts";

const ASSIGN = "/console/mfa/assign";

/** Enters two codes, which prove possession of the device. */
async function fillCodes(emu: Emulator, page: Page, serial: string): Promise<void> {
  const { code1, code2 } = codesOf(emu, serial);
  await page.getByLabel("MFA code 1").fill(code1);
  await page.getByLabel("MFA code 2").fill(code2);
  await press(page, "Add MFA");
}

/** Creates a virtual device with the suggested name on its page, and enables it. */
async function enrolVirtual(emu: Emulator, page: Page): Promise<void> {
  await press(page, "Next");
  const picture = page.getByRole("img", { name: "QR code of the secret key" });
  assert.ok((await picture.boundingBox())!.width > 100);
  await fillCodes(emu, page, await page.locator("dt:has-text('Serial number') + dd").innerText());
}

describe("MFA in a browser", function () {
  this.timeout(60_000);
  const emu = emulator();
  const { open } = visits(emu);

  /** A person with a password, how their sign-in begins, and how to see their devices. */
  interface Person {
    readonly name: string;
    readonly begin: (page: Page) => Promise<void>;
    readonly serials: () => Promise<string[]>;
  }

  async function user(name: string): Promise<Person> {
    await consoleUser(emu, name, { statements: [MANAGE_MFA] });
    return { name, begin: (page) => givePassword(page, name), serials: () => serialsOf(emu, name) };
  }

  const root: Person = {
    name: "the root user",
    begin: (page) => giveRootPassword(page, emu),
    serials: () => serialsOf(emu),
  };

  async function enterCode(page: Page, code: string): Promise<void> {
    await page.getByLabel("MFA code").fill(code);
    await press(page, "Submit");
  }

  async function enrolHardware(page: Page): Promise<void> {
    const serial = await mintToken(emu);
    await page.getByLabel("Serial number").fill(serial);
    await fillCodes(emu, page, serial);
  }

  async function enrolPhone(page: Page, phone: string): Promise<void> {
    await page.getByLabel("Phone number").fill(phone);
    await press(page, "Send the code");
    await page.getByLabel("MFA code").fill(await lastCode(emu, phone));
    await press(page, "Add MFA");
  }

  /** Enrols a device of this kind on the console's pages, then signs in with it in the same browser. */
  async function enrolAndSignIn(
    person: Person,
    kind: string,
    enrol: (page: Page) => Promise<void>,
    complete: (page: Page, serial: string) => Promise<void>,
    page: Page,
  ): Promise<void> {
    await person.begin(page);
    await page.goto(`${ASSIGN}/${kind}`);
    await enrol(page);
    assert.match(await notice(page), new RegExp(`has been assigned to ${person.name}\\.$`));
    const [serial] = await person.serials();
    await press(page, "Sign out");
    await person.begin(page);
    assert.equal(await heading(page), "Multi-factor authentication");
    await complete(page, serial!);
    assert.equal(await heading(page), "IAM Dashboard");
    assert.match(await page.locator(".visitor").innerText(), /with MFA/);
  }

  const showCode = (page: Page, serial: string) => enterCode(page, emu.server.mfa.code(serial).code);
  const touch = (page: Page) => press(page, "Use the security key");
  const register = async (page: Page) => {
    await page.getByLabel("Device name").fill("blue");
    await press(page, "Register the security key");
  };

  it("a user enrols a virtual device and signs in with its code", async () => {
    await enrolAndSignIn(await user("Vera"), "virtual", (page) => enrolVirtual(emu, page), showCode, await open());
  });

  it("a user enrols a hardware token and signs in with its code", async () => {
    await enrolAndSignIn(await user("Hal"), "hardware", enrolHardware, showCode, await open());
  });

  it("a user enrols a phone and signs in with the code that is sent to it", async () => {
    const phone = "+12065550100";
    const enterSent = async (page: Page) => enterCode(page, await lastCode(emu, phone));
    await enrolAndSignIn(await user("Sam"), "sms", (page) => enrolPhone(page, phone), enterSent, await open());
  });

  for (const protocol of ["ctap2", "u2f"] as const) {
    it(`a user enrols a security key that speaks ${protocol} and signs in with its touch; its clone is refused`, async () => {
      const page = await open();
      const key = await plugIn(page, protocol);
      const person = await user(protocol);
      await enrolAndSignIn(person, "u2f", register, touch, page);
      const [SerialNumber] = await person.serials();
      const { UserName } = await emu.iam().send(new GetMFADeviceCommand({ SerialNumber }));
      assert.equal(UserName, protocol);
      assert.match(SerialNumber!, new RegExp(`:u2f/user/${protocol}/blue-`));

      await press(page, "Sign out");
      const used = await key.signCount();
      await key.setSignCount(0);
      await person.begin(page);
      await touch(page);
      assert.match(await refusal(page), /^The security key could not be verified/);
      const [event] = emu.server.trail();
      assert.match(event!.errorDetail!, new RegExp(`counter is 1 and was ${used} before: one of the two is a clone`));
      await key.setSignCount(used);
      await touch(page);
      assert.equal(await heading(page), "IAM Dashboard");
    });
  }

  it("a key that is not the user's signs nobody in, and says so", async () => {
    const page = await open();
    await plugIn(page, "ctap2");
    const person = await user("Uma");
    await person.begin(page);
    await page.goto(`${ASSIGN}/u2f`);
    await register(page);
    const other = await open();
    await plugIn(other, "ctap2");
    await person.begin(other);
    await other.getByRole("button", { name: "Use the security key" }).click();
    await other.getByText("The security key was not touched, or is not the one that is asked for.").waitFor();
    assert.equal(await heading(other), "Multi-factor authentication");
  });

  it("a page opened by an IP address leads to the one where keys can be used", async () => {
    const page = await open({ baseURL: emu.server.endpoint });
    await (await user("Ida")).begin(page);
    await page.goto(`${ASSIGN}/u2f`);
    await page.getByRole("link", { name: `http://localhost:${new URL(emu.server.endpoint).port}` }).click();
    assert.match(page.url(), /^http:\/\/localhost:/);
    assert.equal(await heading(page), "Sign in as IAM user");
  });

  it("root enrols and uses a virtual device, a hardware token and a security key, and no phone", async () => {
    const page = await open();
    await plugIn(page, "u2f");
    const kinds = [
      ["virtual", (shown: Page) => enrolVirtual(emu, shown), showCode],
      ["hardware", enrolHardware, showCode],
      ["u2f", register, touch],
    ] as const;
    for (const [kind, enrol, complete] of kinds) {
      await enrolAndSignIn(root, kind, enrol, complete, page);
      await page.goto("/console/security-credentials");
      await page.getByRole("link", { name: kind === "u2f" ? /^Remove/ : /^Resync or remove/ }).click();
      await press(page, "Remove");
      assert.match(await notice(page), /has been removed\.$/);
      await press(page, "Sign out");
    }
    await root.begin(page);
    await page.goto(ASSIGN);
    assert.match(await page.locator(".card:has-text('SMS')").innerText(), /for IAM users only/);
  });

  it("refuses wrong passwords, wrong and used codes, late messages and devices that are gone", async () => {
    const page = await open();
    const { begin, serials } = await user("Rex");
    await givePassword(page, "Rex", "wrong");
    assert.equal(await refusal(page), "Your authentication information is incorrect. Please try again.");
    await givePassword(page, "Nobody");
    assert.equal(await refusal(page), "Your authentication information is incorrect. Please try again.");

    await begin(page);
    await page.goto(`${ASSIGN}/virtual`);
    await enrolVirtual(emu, page);
    const [SerialNumber] = await serials();
    await press(page, "Sign out");
    await begin(page);
    const { code } = emu.server.mfa.code(SerialNumber!);
    // Five digits, so that it cannot be right by chance.
    await enterCode(page, "00000");
    assert.match(await refusal(page), /^The code is not right/);
    await enterCode(page, code);
    await press(page, "Sign out");
    await begin(page);
    await enterCode(page, code);
    assert.match(await refusal(page), /^The code is not right/);
    for (let tries = 0; tries < 6; tries++) await enterCode(page, "00000");
    await enterCode(page, emu.server.mfa.code(SerialNumber!).next!);
    assert.match(await refusal(page), /too many tries with this MFA device/);
    await emu.iam().send(new DeactivateMFADeviceCommand({ UserName: "Rex", SerialNumber }));
    await enterCode(page, "123456");
    assert.equal(await heading(page), "Sign in as IAM user");
    assert.match(await notice(page), /taken too long or is no longer valid/);

    await begin(page);
    await page.goto(`${ASSIGN}/sms`);
    await enrolPhone(page, "+12065550111");
    await press(page, "Sign out");
    await begin(page);
    const sent = await lastCode(emu, "+12065550111");
    emu.server.clock.advance(300);
    await enterCode(page, sent);
    assert.match(await refusal(page), /^The code is not right/);
  });
});

describe("MFA with several devices in a browser", function () {
  this.timeout(60_000);
  const emu = emulator({ mfaRules: "current" });
  const { open } = visits(emu);

  it("offers the choice of a device, and registers no key twice", async () => {
    const page = await open();
    await plugIn(page, "ctap2");
    await consoleUser(emu, "Amy", { statements: [MANAGE_MFA] });
    await givePassword(page, "Amy");
    await page.goto(`${ASSIGN}/u2f`);
    await page.getByLabel("Device name").fill("blue");
    await press(page, "Register the security key");
    // A user with a device may only add another one after signing in with it.
    await press(page, "Sign out");
    await givePassword(page, "Amy");
    await press(page, "Use the security key");
    await page.goto(`${ASSIGN}/u2f`);
    await page.getByRole("button", { name: "Register the security key" }).click();
    await page.getByText("This security key is registered for this user already.").waitFor();
    await page.goto(`${ASSIGN}/virtual`);
    await enrolVirtual(emu, page);
    assert.match(await notice(page), /has been assigned to Amy\.$/);
    await press(page, "Sign out");
    await givePassword(page, "Amy");
    assert.equal(await page.getByRole("link", { name: /^Virtual MFA device:/ }).count(), 1);
    await page.getByRole("link", { name: "U2F security key: blue" }).click();
    await press(page, "Use the security key");
    assert.equal(await heading(page), "IAM Dashboard");
  });
});
