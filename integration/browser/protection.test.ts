import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateVirtualMFADeviceCommand,
  PutUserPolicyCommand,
  TagRoleCommand,
  TagUserCommand,
} from "@aws-sdk/client-iam";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { consoleUser } from "../console/browser.ts";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust } from "../fixtures.ts";
import { consoleOrigin, givePassword, heading, refusal } from "./console-page.ts";
import { visits } from "./visits.ts";

describe("the console against attackers in a browser", function () {
  this.timeout(60_000);
  const emu = emulator();
  const { open, expectComplaint } = visits(emu);
  before(() => consoleUser(emu, "admin", { statements: [allow("*")] }));

  // A foreign page on another site of this machine; pages on the Internet cannot even reach the console.
  let html = "";
  const attacker = createServer((_request, response) => void response.setHeader("Content-Type", "text/html").end(html));
  let attackerOrigin: string;
  before(async () => {
    await once(attacker.listen(0, "127.0.0.1"), "listening");
    attackerOrigin = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}`;
  });
  after(() => void attacker.close());

  async function lureTo(page: Page, content: string): Promise<void> {
    html = content;
    await page.goto(attackerOrigin);
  }

  it("takes no form from another page, though its visitor has signed in", async () => {
    const page = await open();
    await givePassword(page, "admin");
    await lureTo(
      page,
      `<form method="post" action="${consoleOrigin(emu)}/console/create-user">
        <input name="userName" value="Mallory" /><button>Win a prize</button>
      </form>`,
    );
    await page.getByRole("button").click();
    await page.waitForURL("**/console/create-user");
    assert.match(await refusal(page), /^The origin "http:\/\/127\.0\.0\.1:\d+" is not accepted here/);
    await page.goto("/console/users/Mallory");
    assert.match(await refusal(page), /NoSuchEntity/);
  });

  it("shows in no frame of another page", async () => {
    const page = await open();
    await givePassword(page, "admin");
    const answered = page.waitForResponse((response) => response.url().endsWith("/console/sign-in"));
    await lureTo(page, `<iframe src="${consoleOrigin(emu)}/console/sign-in"></iframe>`);
    assert.equal((await answered).status(), 200);
    const frame = page.frames().find((child) => child !== page.mainFrame())!;
    await frame.waitForURL(/^chrome-error:/);
    // Chromium reports this as an error, which is expected here.
    expectComplaint(/frame-ancestors 'none'|X-Frame-Options/);
  });

  it("runs nothing that stands in a name, a path, a description, a document or a tag", async () => {
    // As far as IAM's patterns allow it: tags may not contain brackets of any kind.
    const evil = `"><img src=x onerror=alert(1)>`;
    const attribute = `" onfocus="alert(1)" autofocus="`;
    const iam = emu.iam();
    const name = "+=,.@-_javascript.alert";
    await createUser(emu, name, { Path: `/<img/src=x/onerror=alert(1)>/` });
    await iam.send(new TagUserCommand({ UserName: name, Tags: [{ Key: "a=:/+-@", Value: "javascript:alert/1" }] }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: name,
        PolicyName: "inline",
        PolicyDocument: document({ ...allow("s3:*", `arn:aws:s3:::${evil}`), Sid: "x" }),
      }),
    );
    await iam.send(new CreateGroupCommand({ GroupName: name, Path: `/"><script>alert(1)</script>/` }));
    await createRole(emu, name, {
      trusts: [trust("arn:aws:iam::000000000000:root", "sts:AssumeRole", { StringEquals: { "aws:username": evil } })],
      Description: evil,
    });
    await iam.send(new TagRoleCommand({ RoleName: name, Tags: [{ Key: "k", Value: "javascript:alert/1" }] }));
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: name,
        Description: `${evil}${attribute}`,
        PolicyDocument: document(allow("s3:*", `arn:aws:s3:::</code></pre><script>alert(1)</script>`)),
      }),
    );
    await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name, Path: `/<svg/onload=alert(1)>/` }));

    const page = await open();
    await givePassword(page, "admin");
    const shown = encodeURIComponent(name);
    for (const path of [
      "/users",
      `/users/${shown}`,
      `/users/${shown}/security-credentials`,
      `/users/${encodeURIComponent(evil)}`,
      "/groups",
      `/groups/${shown}`,
      "/roles",
      `/roles/${shown}`,
      "/policies?scope=Local",
      `/policies?filter=${encodeURIComponent(evil)}`,
      `/policy?arn=${encodeURIComponent(Policy!.Arn!)}`,
      "/mfa/assign/virtual",
      `/mfa/assign/virtual?serial=${encodeURIComponent(evil)}`,
      `/switch-role?roleName=${encodeURIComponent(attribute)}`,
      "/emulator/virtual-devices",
      "/emulator/trail",
      `/emulator/phone?phone=${encodeURIComponent(evil)}`,
    ]) {
      await page.goto(`/console${path}`);
      assert.ok((await heading(page)).length > 0);
      // The text may appear in an address or as text, but must not become an element or a handler.
      assert.equal(
        await page.locator("main img[src=x], main svg, main script, [onerror], [onload], [onfocus]").count(),
        0,
      );
    }
  });

  it("shows what was typed at the sign-in, whatever it is, as text", async () => {
    const page = await open();
    await givePassword(page, `"><script>alert(1)</script>`, "x");
    assert.equal(await page.getByLabel("IAM user name").inputValue(), `"><script>alert(1)</script>`);
    assert.equal(await page.locator("main script").count(), 0);
  });

  it("ends the session at the sign-out, after twelve hours, and with the password", async () => {
    const page = await open();
    await givePassword(page, "admin");
    assert.equal(await heading(page), "IAM Dashboard");
    emu.server.clock.advance(12 * 3600);
    await page.goto("/console/users");
    assert.equal(await heading(page), "Sign in as IAM user");
  });
});
