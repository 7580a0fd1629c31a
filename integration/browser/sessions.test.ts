import assert from "node:assert/strict";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { beforeEach, describe, it } from "mocha";
import type { Page } from "playwright-core";
import supertest from "supertest";
import { consoleUser, PASSWORD } from "../console/browser.ts";
import { emulator } from "../emulator.ts";
import { allow } from "../fixtures.ts";
import { givePassword, heading, notice, press, refusal } from "./console-page.ts";
import { visits } from "./visits.ts";

const TWELVE_HOURS = 12 * 3600;

describe("sessions in a browser", function () {
  this.timeout(60_000);
  const emu = emulator();
  const { open } = visits(emu);
  let page: Page;
  let users = 0;
  /** The administrator of this test. */
  let admin: string;
  beforeEach(async () => {
    admin = `admin${users++}`;
    await consoleUser(emu, admin, { statements: [allow("*")] });
    page = await open();
    await givePassword(page, admin);
  });

  const userName = (shown = page) => shown.getByLabel("User name", { exact: true });
  const follow = async (name: string) => {
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { name, level: 1 }).waitFor();
  };
  const listed = async () => {
    const { Users } = await emu.iam().send(new ListUsersCommand({}));
    return Users!.map(({ UserName }) => UserName!);
  };

  it("that end while a policy is written give it back after the sign-in, and it is saved then", async () => {
    await page.goto(`/console/users/${admin}/inline-policy`);
    await page.getByLabel("Policy name").fill("written");
    await page.locator(".cm-content").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText('{ "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" } }');
    emu.server.clock.advance(TWELVE_HOURS);
    await press(page, "Create policy");
    assert.match(await notice(page), /^Your session has ended\. Sign in to come back to the page\. Nothing was done/);
    await page.getByLabel("IAM user name").fill(admin);
    await page.getByLabel("Password").fill(PASSWORD);
    await press(page, "Sign in");
    assert.match(await notice(page), /^This is what you typed before your session ended/);
    assert.equal(await page.getByLabel("Policy name").inputValue(), "written");
    await page.locator(".cm-content:has-text('s3:GetObject')").waitFor();
    await press(page, "Create policy");
    assert.match(await notice(page), /^The inline policy written of the user admin\d+ has been saved\.$/);
  });

  it("of other tabs: a form of whoever has left is not done for whoever came, who may send it again", async () => {
    const other = `${admin}-other`;
    await consoleUser(emu, other, { statements: [allow("*")] });
    await page.goto("/console/create-user");
    await userName().fill(`${admin}-made`);
    const tab = await page.context().newPage();
    await tab.goto("/console");
    await press(tab, "Sign out");
    await givePassword(tab, other);
    await press(page, "Create user");
    assert.match(await refusal(page), /^Nothing was done: since this page was loaded, somebody has signed in or out/);
    assert.ok(!(await listed()).includes(`${admin}-made`));
    assert.equal(await userName().inputValue(), `${admin}-made`);
    assert.match(await page.locator(".visitor").innerText(), new RegExp(other));
    await press(page, "Create user");
    assert.equal(await heading(page), `User ${admin}-made`);
  });

  it("that have ended are not shown by the way back", async () => {
    await page.goto("/console/users");
    await press(page, "Sign out");
    await page.goBack();
    assert.equal(await heading(page), "Sign in as IAM user");
  });

  it("keep what was typed into a form that one leaves and comes back to", async () => {
    await page.goto("/console/create-user");
    await userName().fill("half-typed");
    await follow("Roles");
    await page.goBack();
    assert.equal(await userName().inputValue(), "half-typed");
  });

  it("keep what was refused, whether the page is loaded again or one comes back, and send nothing", async () => {
    await page.goto("/console/create-user");
    await userName().fill(admin);
    await press(page, "Create user");
    assert.match(await refusal(page), /^EntityAlreadyExists User with name admin\d+ already exists/);
    const requests = emu.server.trail().filter(({ eventName }) => eventName === "CreateUser").length;
    await page.reload();
    assert.equal(await notice(page), "This is what you typed. When it was sent, it was refused.");
    assert.equal(await userName().inputValue(), admin);
    await follow("Roles");
    await page.goBack();
    assert.equal(await userName().inputValue(), admin);
    assert.equal(emu.server.trail().filter(({ eventName }) => eventName === "CreateUser").length, requests);
    await userName().fill(`${admin}-second`);
    await press(page, "Create user");
    assert.equal(await heading(page), `User ${admin}-second`);
  });

  it("do once what is clicked twice, and show how it ended", async () => {
    await page.goto("/console/create-user");
    await userName().fill(`${admin}-twice`);
    await page.getByRole("button", { name: "Create user" }).dblclick();
    await page.getByRole("heading", { name: `User ${admin}-twice` }).waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    const phone = "+12065550100";
    await page.goto("/console/mfa/assign/sms");
    await page.getByLabel("Phone number").fill(phone);
    await page.getByRole("button", { name: "Send the code" }).dblclick();
    await page.getByLabel("MFA code").waitFor();
    const { body } = await supertest(emu.server.endpoint).get("/_emulator/sms").query({ phoneNumber: phone });
    assert.equal(body.messages.length, 1);
    // The page of a code that is on its way can be loaded again.
    await page.reload();
    await page.getByLabel("MFA code").waitFor();
  });
});
