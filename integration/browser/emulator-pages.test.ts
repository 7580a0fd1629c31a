import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import { before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import supertest from "supertest";
import { consoleUser } from "../console/browser.ts";
import { codesOf, mintToken } from "../console/visitors.ts";
import { emulator } from "../emulator.ts";
import { enableMfa } from "../fixtures.ts";
import { givePassword } from "./console-page.ts";
import { visits } from "./visits.ts";

const PHONE = "+12065550100";

describe("the emulator's own pages in a browser", () => {
  const emu = emulator();
  const browser = visits(emu);
  let serial: string;
  let token: string;

  before(async () => {
    await consoleUser(emu, "Jane");
    await consoleUser(emu, "Sue");
    serial = await enableMfa(emu, "Jane");
    token = await mintToken(emu);
  });

  const sms = async () =>
    (await supertest(emu.server.endpoint).post("/_emulator/sms").send({ userName: "Sue", phoneNumber: PHONE })).body;
  const shows = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor();

  it("show a message as it arrives", async () => {
    const page = await browser.open();
    await page.goto("/console/emulator/phone");
    await shows(page, "No phone has been sent a message yet.");
    const { text } = await sms();
    await shows(page, text);
  });

  it("tick with the emulator's clock, and leave the focus where it is", async () => {
    const page = await browser.open();
    for (const [path, device] of [
      ["virtual-devices", serial],
      ["key-ring", token],
    ] as const) {
      await page.goto(`/console/emulator/${path}`);
      const former = codesOf(emu, device);
      await shows(page, former.code1);
      await page.getByRole("link", { name: "Clock" }).focus();
      emu.server.clock.advance(60);
      const later = codesOf(emu, device);
      await shows(page, later.code1);
      await shows(page, later.code2);
      assert.equal(await page.evaluate("document.activeElement.textContent"), "Clock");
    }
  });

  it("show what can no longer be asked for as old", async () => {
    const page = await browser.open();
    await page.goto("/console/emulator/key-ring");
    await page.route("**/*format=json*", (route) => route.abort());
    await page.locator(".stale").first().waitFor();
  });

  it("lead from the MFA step of a sign-in to the code", async () => {
    const page = await browser.open();
    await givePassword(page, "Jane");
    const [app] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("link", { name: "Open the authenticator app" }).click(),
    ]);
    const { code1 } = codesOf(emu, serial);
    await shows(app, code1);
    await page.getByLabel("MFA code").fill(code1);
    await page.getByRole("button", { name: "Submit" }).click();
    await shows(page, "IAM Dashboard");
  });

  it("have a button to reload where there is no script", async () => {
    const page = await browser.open({ javaScriptEnabled: false });
    await page.goto("/console/emulator/phone?phone=%2B12065550100");
    const { text } = await sms();
    await page.getByRole("button", { name: "Reload" }).click();
    await shows(page, text);
    assert.match(page.url(), /phone=%2B12065550100$/);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`have nothing that axe finds fault with (${colorScheme})`, async () => {
      const page = await browser.open({ colorScheme });
      const [event] = emu.server.trail();
      for (const name of [
        "phone",
        "virtual-devices",
        "key-ring",
        "clock",
        "trail",
        `trail/${event!.requestID}`,
        "health",
        "reset",
      ]) {
        await page.goto(`/console/emulator/${name}`);
        const { violations } = await new AxeBuilder({ page }).analyze();
        assert.deepEqual(
          violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${name}: ${id}: ${html}`)),
          [],
        );
      }
    });
  }
}).timeout(60_000);
