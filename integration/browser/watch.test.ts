import assert from "node:assert/strict";
import { DeleteUserCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { createUser, type TestUser } from "../fixtures.ts";
import { violations } from "./axe.ts";
import { heading, press } from "./console-page.ts";
import { visits } from "./visits.ts";

describe("watching and simulating in a browser", () => {
  const emu = emulator();
  const { open } = visits(emu);
  let bob: TestUser;
  before(async () => {
    bob = await createUser(emu, "bob", {
      statements: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] as never,
    });
  });
  const refuse = () =>
    assert.rejects(emu.iam(bob.credentials).send(new DeleteUserCommand({ UserName: "bob" })), { name: "AccessDenied" });

  for (const [width, height] of [
    [1280, 720],
    [390, 844],
  ] as const) {
    it(`shows a refusal as it comes, why, and what would have to change, at ${width} px`, async () => {
      const page = await open({ viewport: { width, height } });
      await page.goto("/console/emulator/trail?result=refused&principal=bob");
      await refuse();
      await page.getByRole("link", { name: "DeleteUser" }).first().waitFor();
      assert.deepEqual(await violations(page), []);
      await page.getByRole("link", { name: "Replay in the simulator" }).first().click();
      await page.getByRole("heading", { name: "What would have to change" }).waitFor();
      await page.getByText('{"Effect":"Allow","Action":"iam:DeleteUser"').waitFor();
      await page.getByLabel("Action", { exact: true }).fill("s3:GetObject");
      await press(page, "Simulate");
      await page.getByRole("heading", { name: "Allowed", exact: true }).waitFor();
      assert.match(await page.locator("mark").first().innerText(), /\{/);
      assert.deepEqual(await violations(page), []);
    });
  }

  it("checks a policy that is pasted as it is typed, offers its condition keys, and simulates it", async () => {
    const page = await open();
    await page.goto("/console/emulator/simulator");
    await page.getByText("Try another policy").click();
    const editor = page.locator(".cm-content");
    const write = async (text: string) => {
      await editor.click();
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.insertText(text);
    };
    await write(`{\n  "Version": "2012-10-17",\n  "Statement": [{ "Effect": "allow" }]\n}`);
    await page.locator("#policy-faults").getByText("IAM refuses this document").waitFor();
    await page.locator(".cm-lint-marker-error").first().waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByLabel("Action", { exact: true }).fill("sqs:SendMessage");
    const Condition = { StringEquals: { "aws:RequestedRegion": "eu-west-1" } };
    const Statement = [{ Effect: "Allow", Action: "sqs:SendMessage", Resource: "*", Condition }];
    await write(JSON.stringify({ Version: "2012-10-17", Statement }, null, 2));
    await page.locator("#policy-faults").getByText("IAM takes this document.").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    await page.getByText("Condition keys that the policies look at").waitFor();
    await page.getByLabel("aws:RequestedRegion").fill("eu-west-1");
    await press(page, "Simulate");
    await page.getByRole("heading", { name: "Allowed", exact: true }).waitFor();
    assert.match(await editor.innerText(), /"aws:RequestedRegion": "eu-west-1"/);
  });

  it("completes actions as they are typed", async () => {
    const page = await open();
    await page.goto("/console/emulator/simulator");
    await page.getByLabel("Action", { exact: true }).pressSequentially("sqs:S");
    // By a selector: a function would be polled by eval, which the pages' policy refuses.
    await page.locator('#action-suggestions option[value="sqs:SendMessage"]').waitFor({ state: "attached" });
  });

  it("works without script: the trail by reload, the simulator and the permissions", async () => {
    const page = await open({ javaScriptEnabled: false });
    await refuse();
    await page.goto("/console/emulator/trail?result=refused");
    await page.getByRole("link", { name: "Why?" }).first().click();
    assert.equal(await heading(page), "Request DeleteUser");
    await page.goto("/console/emulator/permissions");
    await page.getByLabel("Principal").fill(bob.arn);
    await press(page, "Show");
    await page.getByRole("link", { name: "Amazon S3", exact: true }).click();
    await page.getByRole("rowheader", { name: "GetObject", exact: true }).waitFor();
  });
});
