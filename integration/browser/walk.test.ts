import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Page } from "playwright-core";
import { PASSWORD } from "../console/browser.ts";
import { emulator } from "../emulator.ts";
import { plugIn } from "./authenticator.ts";
import {
  choose,
  follow,
  givePassword,
  giveRootPassword,
  heading,
  notice,
  press,
  refusal,
  write,
} from "./console-page.ts";
import { visits } from "./visits.ts";

const allowing = (userName: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Action: "iam:ListUsers",
      Resource: "*",
      Condition: { StringEquals: { "aws:username": userName } },
    },
  });

const fillIn = (page: Page) => page.getByRole("button", { name: "Fill in" }).click();

/** What a person does on the page of each kind of device to enrol it, and what at the sign-in. */
const KINDS: Readonly<
  Record<string, readonly [enrol: (page: Page) => Promise<void>, signIn: (page: Page) => Promise<void>]>
> = {
  Virtual: [
    async (page) => {
      await press(page, "Next");
      await page.getByRole("img", { name: "QR code of the secret key" }).waitFor();
      await addByCode(page);
    },
    submitCode,
  ],
  Hardware: [
    async (page) => {
      await press(page, "Mint a token");
      await addByCode(page);
    },
    submitCode,
  ],
  U2F: [(page) => press(page, "Register the security key"), (page) => press(page, "Use the security key")],
  SMS: [
    async (page) => {
      await page.getByLabel("Phone number").fill("+1 206 555 0100");
      await press(page, "Send the code");
      await addByCode(page);
    },
    submitCode,
  ],
};

async function addByCode(page: Page): Promise<void> {
  await fillIn(page);
  await press(page, "Add MFA");
}

async function submitCode(page: Page): Promise<void> {
  await fillIn(page);
  await press(page, "Submit");
}

/** No page of the walk may have to be scrolled sideways, or begin far below where one looks first. */
async function looksRight(page: Page): Promise<void> {
  const { pathname } = new URL(page.url());
  assert.equal(await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), false, pathname);
  const { y } = (await page.getByRole("heading", { level: 1 }).boundingBox())!;
  assert.ok(y < 200, `${pathname} begins at ${y} px`);
}

for (const width of [1280, 390]) {
  describe(`a person with nothing but a browser of ${width} px`, function () {
    this.timeout(120_000);
    const emu = emulator();
    const { open } = visits(emu);

    it("creates a user, enrols and uses every kind of MFA device, is refused, finds out why and repairs it", async () => {
      const name = "Dana";
      const page = await open({ viewport: { width, height: 844 } });
      await plugIn(page, "ctap2");

      await giveRootPassword(page, emu);
      await choose(page, "Users");
      await follow(page, "Create user");
      await looksRight(page);
      await page.getByLabel("User name").fill(name);
      await page.getByLabel("Console password").fill(PASSWORD);
      await page.getByLabel("Users must create a new password").selectOption("no");
      await page.getByLabel("May manage their own MFA devices").check();
      await press(page, "Create user");
      await follow(page, "Create inline policy");
      await page.getByLabel("Policy name").fill("see-users");
      // The name in lower case: a slip that IAM accepts.
      await write(page, allowing(name.toLowerCase()));
      await press(page, "Create policy");
      await looksRight(page);
      await press(page, "Sign out");

      await givePassword(page, name);
      await choose(page, "Users");
      await looksRight(page);
      assert.match(await refusal(page), /is not authorized to perform: iam:ListUsers .* with an explicit deny/);
      for (const [kind, [enrol, signIn]] of Object.entries(KINDS)) {
        await choose(page, "Security credentials");
        const present = page.getByRole("link", { name: /^(Resync or remove|Remove)/ });
        if ((await present.count()) > 0) {
          await follow(page, /^(Resync or remove|Remove)/);
          await press(page, "Remove");
        }
        await follow(page, "Assign MFA device");
        await follow(page, new RegExp(`^Assign ${kind}`));
        await looksRight(page);
        await enrol(page);
        assert.match(await notice(page), new RegExp(`${kind}.* has been assigned to ${name}\\.$`, "i"));
        await press(page, "Sign out");
        await givePassword(page, name);
        assert.equal(await heading(page), "Multi-factor authentication");
        await looksRight(page);
        await signIn(page);
        assert.equal(await heading(page), "IAM Dashboard");
        assert.match(await page.locator(".visitor").innerText(), /with MFA/);
      }

      await choose(page, "Users");
      assert.match(await refusal(page), /is not authorized .* because no identity-based policy allows/);
      await follow(page, /^Why was this refused/);
      await page.getByRole("heading", { name: "What would have to change" }).waitFor();
      await page.getByText(`would allow it if aws:username is "${name.toLowerCase()}"`).waitFor();
      const repair = new URL(page.url()).pathname;
      await press(page, "Sign out");

      await giveRootPassword(page, emu);
      await choose(page, "Trail");
      await page.getByLabel("The console's own").selectOption("shown");
      await page.getByLabel("Principal contains").fill(name);
      await page.getByLabel("Action contains").fill("ListUsers");
      await press(page, "Filter");
      await looksRight(page);
      await follow(page, "Why?");
      assert.equal(new URL(page.url()).pathname, repair);
      await follow(page, "Edit the policy");
      await write(page, allowing(name));
      await press(page, "Save changes");
      assert.match(await notice(page), /^The inline policy see-users .* has been saved\.$/);
      await press(page, "Sign out");

      await givePassword(page, name);
      await submitCode(page);
      await choose(page, "Users");
      await page.getByRole("rowheader", { name, exact: true }).waitFor();
      assert.equal(await page.getByRole("alert").count(), 0);
      await looksRight(page);
    });
  });
}
