import assert from "node:assert/strict";
import { GetUserPolicyCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import type { BrowserContextOptions, Page } from "playwright-core";
import { consoleUser, PASSWORD } from "../console/browser.ts";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust } from "../fixtures.ts";
import { violations } from "./axe.ts";
import { choose, editor, follow, givePassword, heading, notice, press, refusal, write } from "./console-page.ts";
import { visits } from "./visits.ts";

const SIZES = {
  "on a laptop": { viewport: { width: 1280, height: 800 } },
  "on a phone": { viewport: { width: 390, height: 844 } },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>;

const verdict = (page: Page) => page.locator("#document-faults");
const shownIn = async (page: Page) => (await page.locator("textarea[name=document]").inputValue()).trim();

describe("editing in a browser", function () {
  this.timeout(60_000);
  const emu = emulator();
  const { open } = visits(emu);
  before(() => consoleUser(emu, "admin", { statements: [allow("*")] }));

  for (const [where, size] of Object.entries(SIZES)) {
    for (const javaScriptEnabled of [true, false]) {
      it(`a user is created who can sign in and enrol MFA, ${where}, ${javaScriptEnabled ? "with" : "without"} script`, async () => {
        const name = `New${where.length}${javaScriptEnabled}`;
        const page = await open({ ...size, javaScriptEnabled });
        await givePassword(page, "admin");
        await choose(page, "Users");
        await follow(page, "Create user");
        await page.getByLabel("User name").fill(name);
        await page.getByLabel("Console password").fill(PASSWORD);
        await page.getByLabel("Users must create a new password").selectOption("no");
        await page.getByText("The policy ManageOwnCredentials").click();
        await page.getByText("NothingElseWithoutMfa").waitFor();
        await page.getByLabel("May manage their own MFA devices").check();
        await press(page, "Create user");
        assert.match(await notice(page), /has been created, with a console password, with the policy ManageOwn/);
        await press(page, "Sign out");

        await givePassword(page, name);
        await choose(page, "Security credentials");
        await follow(page, "Assign MFA device");
        await follow(page, /^Assign Virtual/);
        await press(page, "Next");
        await page.getByRole("img", { name: "QR code" }).waitFor();
        await page.reload();
        await page.getByRole("img", { name: "QR code" }).waitFor();
        if (javaScriptEnabled) {
          await page.getByRole("button", { name: "Fill in" }).click();
        } else {
          const shown = await page.locator(".offer .shown").allInnerTexts();
          await page.getByLabel("MFA code 1").fill(shown[0]!);
          await page.getByLabel("MFA code 2").fill(shown[1]!);
        }
        await press(page, "Add MFA");
        assert.match(await notice(page), /has been assigned to New/);
        await press(page, "Sign out");

        const offers: string[] = [];
        for (let signIns = 0; signIns < 2; signIns++) {
          await givePassword(page, name);
          assert.equal(await page.evaluate("document.activeElement.name"), "code");
          offers.push(await page.locator(".offer .shown").innerText());
          await page.getByLabel("MFA code").fill(offers.at(-1)!);
          await press(page, "Submit");
          assert.equal(await heading(page), "IAM Dashboard");
          await press(page, "Sign out");
        }
        // A code that has been used is not offered again.
        assert.notEqual(offers[0], offers[1]);
      });
    }

    it(`a refused user gets an inline policy, whose faults are marked as it is typed, ${where}`, async () => {
      const name = `Rae${where.length}`;
      await createUser(emu, name);
      const page = await open(size);
      await givePassword(page, "admin");
      await page.goto(`/console/users/${name}`);
      await follow(page, "Create inline policy");
      await page.getByLabel("Policy name").fill("access");
      await write(
        page,
        `{\n  "Version": "2012-10-17",\n  "Statement": [{ "Effect": "allow", "Action": "s3:Get*" }]\n}`,
      );
      await verdict(page).getByText("IAM refuses this document for 2 faults.").waitFor();
      await page.locator(".cm-lint-marker-error").first().waitFor();
      assert.equal(await page.locator(".cm-lineNumbers .cm-gutterElement:has-text('4')").count(), 1);
      assert.deepEqual(await violations(page), []);
      await verdict(page).getByRole("link", { name: "Line 3" }).first().click();
      assert.equal(await page.evaluate("document.activeElement.classList.contains('cm-content')"), true);
      // What IAM refuses comes back as it was typed, with the same faults.
      await press(page, "Create policy");
      assert.match(await refusal(page), /^MalformedPolicyDocument/);
      assert.match(await shownIn(page), /"Effect": "allow"/);

      await write(page, document(allow("s3:GetObject", "arn:aws:s3:::bucket/*")));
      await verdict(page).getByText("IAM takes this document.").waitFor();
      await page.getByRole("button", { name: "Format" }).click();
      await page.locator(".cm-line").nth(8).waitFor();
      await press(page, "Create policy");
      assert.match(await notice(page), /has been saved/);
      const { PolicyDocument } = await emu
        .iam()
        .send(new GetUserPolicyCommand({ UserName: name, PolicyName: "access" }));
      assert.match(decodeURIComponent(PolicyDocument!), /^\{\n {2}"Version": "2012-10-17",\n/);
    });
  }

  it("inserts one of AWS's managed policies in place, which can be undone", async () => {
    const page = await open();
    await givePassword(page, "admin");
    await page.goto("/console/create-policy");
    await page.getByText("Insert from an AWS managed policy").click();
    await page.getByLabel("Name contains").fill("lambdaexec");
    await page.getByRole("button", { name: "Find" }).click();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "AWSLambdaExecute" }).click();
    await page.locator(".cm-content:has-text('lambda')").or(page.locator(".cm-content:has-text('logs:')")).waitFor();
    assert.match(await shownIn(page), /logs:/);
    await page.keyboard.press("ControlOrMeta+z");
    assert.match(await shownIn(page), /sts:GetCallerIdentity/);
  });

  it("leaves the editor by the keyboard", async () => {
    const page = await open();
    await givePassword(page, "admin");
    await page.goto("/console/check-policy");
    await editor(page).focus();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.closest('.cm-editor')"), null);
  });

  it("makes a policy, edits it, compares the versions and goes back, on a phone", async () => {
    const page = await open(SIZES["on a phone"]);
    await givePassword(page, "admin");
    await choose(page, "Policies");
    assert.deepEqual(await violations(page), []);
    assert.ok((await page.getByRole("heading", { level: 1 }).boundingBox())!.y < 250);
    await page.getByText("Menu", { exact: true }).click();
    assert.deepEqual(await violations(page), []);
    await follow(page, "Create policy");
    await page.getByLabel("Policy name").fill("Versions");
    await press(page, "Create policy");
    await follow(page, "Edit version v1");
    await write(page, document(allow("s3:ListAllMyBuckets")));
    await press(page, "Save as new version");
    await follow(page, /^Compare/);
    assert.match(await page.locator("del").first().innerText(), /^- /);
    assert.deepEqual(await violations(page), []);
    await follow(page, "Back to the policy");
    await press(page, "Make default version v1");
    assert.equal(await notice(page), "Version v1 is the default version now.");
    await follow(page, "Delete policy");
    await press(page, "Delete the policy Versions and all of this");
    assert.equal(await notice(page), "The policy Versions has been deleted.");
  });

  it("makes a role for a user with MFA and deletes it", async () => {
    const { arn } = await createUser(emu, "Rolf");
    const page = await open();
    await givePassword(page, "admin");
    await choose(page, "Roles");
    await follow(page, "Create role");
    assert.deepEqual(await violations(page), []);
    await page.getByLabel("ARN of the user").fill(arn);
    await page.locator("#user-mfa").check();
    await press(page, "Next for A user");
    assert.match(await shownIn(page), /"aws:MultiFactorAuthPresent": "true"/);
    await page.getByLabel("Role name").fill("ForRolf");
    await press(page, "Create role");
    assert.equal(await heading(page), "Role ForRolf");
    await follow(page, "Delete role");
    await press(page, "Delete the role ForRolf");
    assert.equal(await notice(page), "The role ForRolf has been deleted.");
  });

  it("edits a role and its tags, and the account's settings, without script and with, on a phone and a laptop", async () => {
    const user = await createUser(emu, "Tara");
    await createRole(emu, "Tagged", { trusts: [trust(user.arn)] });
    for (const [options, minutes] of [
      [SIZES["on a laptop"], 90],
      [{ ...SIZES["on a phone"], javaScriptEnabled: false }, 120],
    ] as const) {
      const page = await open(options);
      await givePassword(page, "admin");
      await page.goto("/console/roles/Tagged");
      await follow(page, "Edit role");
      await page.getByLabel("Description").fill("For an hour or two");
      await page.getByLabel("Maximum session duration").fill(String(minutes * 60));
      await press(page, "Save changes");
      assert.equal(await notice(page), "The role Tagged has been saved.");
      await page.getByText(`${minutes * 60} seconds`).waitFor();
      await page.getByLabel("Key", { exact: true }).fill("team");
      await page.getByLabel("Value (optional)").fill("blue");
      await press(page, "Add tag");
      await press(page, "Remove tag team");
      assert.equal(await notice(page), "The tag team has been removed.");

      await choose(page, "Account settings");
      await follow(page, "Set password policy");
      await page.getByLabel("Minimum length").fill("14");
      await page.getByLabel("At least one symbol").check();
      await press(page, "Save changes");
      assert.equal(await notice(page), "The password policy has been saved.");
      await page.getByText("symbols", { exact: true }).waitFor();
      await press(page, "Delete password policy");
      await page.getByLabel("Alias", { exact: true }).fill("acme");
      await press(page, "Create alias");
      await press(page, "Delete alias");
      assert.equal(await notice(page), "The alias acme has been deleted.");
    }
  });

  it("adds an OpenID Connect provider and a role that trusts it", async () => {
    const page = await open();
    await givePassword(page, "admin");
    await choose(page, "Identity providers");
    await follow(page, "Add OpenID Connect provider");
    await page.getByLabel("Provider URL").fill("https://ci.example.com");
    await page.getByLabel("Audience").fill("sts.amazonaws.com");
    await press(page, "Add provider");
    assert.equal(await heading(page), "OpenID Connect provider ci.example.com");
    await page.getByLabel("Client ID").fill("deploy");
    await press(page, "Add audience");
    await page.getByRole("rowheader", { name: "deploy", exact: true }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.goto("/console/create-role");
    await page
      .getByLabel("ARN of the OpenID Connect provider")
      .fill(`arn:aws:iam::000000000000:oidc-provider/ci.example.com`);
    await press(page, "Next for An OpenID Connect provider");
    assert.match(await shownIn(page), /sts:AssumeRoleWithWebIdentity/);
  });

  it("runs nothing of what is typed into a field, with script and without", async () => {
    const evil = `"></textarea><script>alert(1)</script><img src=x onerror=alert(1)>`;
    for (const javaScriptEnabled of [true, false]) {
      const page = await open({ javaScriptEnabled });
      await givePassword(page, "admin");
      for (const [path, button] of [
        ["/create-user", "Create user"],
        ["/create-group", "Create group"],
        ["/create-policy", "Create policy"],
        ["/users/admin/inline-policy", "Create policy"],
        ["/groups/None/inline-policy", "Create policy"],
        ["/create-role?trusted=service&service=ec2.amazonaws.com", "Create role"],
        ["/check-policy", "Check"],
        ["/users/admin", "Add tag"],
        ["/account-settings", "Create alias"],
        ["/add-oidc-provider", "Add provider"],
        ["/add-saml-provider", "Add provider"],
      ] as const) {
        await page.goto(`/console${path}`);
        for (const field of await page
          .locator("main form[method=post] :is(input[type=text], textarea):visible")
          .all()) {
          await field.fill(evil);
        }
        if ((await editor(page).count()) > 0) await write(page, evil);
        await press(page, button);
        assert.equal(await page.locator("main img, main script, [onerror]").count(), 0, path);
      }
    }
  });
});
