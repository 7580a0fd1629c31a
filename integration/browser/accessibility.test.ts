import assert from "node:assert/strict";
import { AddUserToGroupCommand, CreateGroupCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { pages } from "../../server/console/pages.ts";
import { consoleUser, PASSWORD } from "../console/browser.ts";
import { emulator } from "../emulator.ts";
import { createUser, enableMfa } from "../fixtures.ts";
import { violations } from "./axe.ts";
import { givePassword, heading, press } from "./console-page.ts";
import { visits } from "./visits.ts";
import { addresses, populate, type World } from "./world.ts";

describe("the console for everyone", function () {
  this.timeout(60_000);
  const emu = emulator();
  const { open } = visits(emu);
  let world: World;
  before(async () => {
    world = await populate(emu);
  });

  const isTooWide = async (page: Page) =>
    (await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")) === true;

  /** Whether the page is wider than a phone, so that it would have to be scrolled sideways. */
  async function tooWide(page: Page): Promise<boolean> {
    await page.setViewportSize({ width: 390, height: 844 });
    const wide = await isTooWide(page);
    await page.setViewportSize({ width: 1280, height: 720 });
    return wide;
  }

  it("is accessible on every page, in the light and in the dark, and fits a phone", async () => {
    const [signedIn, visitor] = [await open({ colorScheme: "light" }), await open({ colorScheme: "light" })];
    await givePassword(signedIn, "admin");
    const wrong: Record<string, string[]> = {};
    const look = async (page: Page, paths: readonly string[]) => {
      for (const path of paths) {
        const address = `/console${addresses(world)[path] ?? path}`;
        assert.ok(!address.includes("/:"), `world.ts says what ${path} is to be about`);
        const answer = await page.goto(address);
        if (path in addresses(world)) assert.equal(answer?.status(), 200, `${address} shows what it is to be about`);
        const found = [...(await violations(page)), ...((await tooWide(page)) ? ["wider than a phone"] : [])];
        if (found.length > 0) wrong[path] = found;
      }
    };
    const pathsOf = (forSignedIn: boolean) =>
      pages.filter(({ access }) => (access === "signed-in") === forSignedIn).map(({ path }) => path);
    await Promise.all([look(signedIn, pathsOf(true)), look(visitor, pathsOf(false))]);
    assert.deepEqual(wrong, {});
  }).timeout(300_000);

  it("fits a phone and a laptop with names as long as IAM allows, and breaks no row over more lines than it needs", async () => {
    const [UserName, GroupName] = ["W".repeat(64), "G".repeat(128)];
    const tag = { Key: "k".repeat(128), Value: "v".repeat(256) };
    await createUser(emu, UserName, { Path: `/${"d".repeat(300)}/`, Tags: [tag] });
    await emu.iam().send(new CreateGroupCommand({ GroupName }));
    await emu.iam().send(new AddUserToGroupCommand({ GroupName, UserName }));
    const page = await open();
    await givePassword(page, "admin");
    for (const path of ["users", `users/${UserName}`, `users/${UserName}/delete`, "groups", "create-user"]) {
      await page.goto(`/console/${path}`);
      assert.equal((await isTooWide(page)) || (await tooWide(page)), false, path);
    }
    await page.goto("/console/users");
    const { height } = (await page.getByRole("row", { name: /Jane/ }).boundingBox())!;
    assert.ok(height < 100, `the row of Jane is ${height} px high`);
  });

  it("is accessible at the second step of the sign-in, and where something was refused", async () => {
    await consoleUser(emu, "Mia");
    await enableMfa(emu, "Mia");
    const page = await open();
    await givePassword(page, "Mia", "wrong");
    assert.deepEqual(await violations(page), []);
    await givePassword(page, "Mia");
    assert.equal(await heading(page), "Multi-factor authentication");
    assert.deepEqual(await violations(page), []);
  });

  it("lets one sign in with the keyboard alone", async () => {
    await consoleUser(emu, "Kay");
    const serial = await enableMfa(emu, "Kay");
    const page = await open();
    await page.goto("/console/sign-in");
    const focused = () =>
      page.evaluate<string>("document.activeElement.name || document.activeElement.textContent.trim()");
    const tabTo = async (wanted: string) => {
      for (let stops = 0; stops < 30; stops++) {
        if ((await focused()) === wanted) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`the Tab key never comes to ${wanted}`);
    };
    await tabTo("Skip to the content");
    await page.keyboard.press("Enter");
    await tabTo("userName");
    await page.keyboard.type("Kay");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    const second = page.waitForURL(/\/sign-in\/mfa/, { waitUntil: "domcontentloaded" });
    await page.keyboard.press("Enter");
    await second;
    await tabTo("code");
    await page.keyboard.type(emu.server.mfa.code(serial).code);
    const done = page.waitForURL(/\/console(#.*)?$/, { waitUntil: "domcontentloaded" });
    await page.keyboard.press("Enter");
    await done;
    assert.equal(await heading(page), "IAM Dashboard");
  });

  it("works without JavaScript but for security keys, which it says", async () => {
    const page = await open({ javaScriptEnabled: false });
    await consoleUser(emu, "Nan", { statements: [{ Action: "*", Resource: "*" }] });
    await givePassword(page, "Nan");
    assert.equal(await heading(page), "IAM Dashboard");
    await page.goto("/console/create-user");
    await page.getByLabel("User name").fill("Fay");
    await press(page, "Create user");
    await page.getByRole("link", { name: "Users", exact: true }).click();
    await page.getByRole("link", { name: "Fay", exact: true }).click();
    assert.equal(await heading(page), "User Fay");
    await page.goto("/console/mfa/assign/u2f");
    await page.getByText("Security keys need JavaScript.").waitFor();
  });
});
