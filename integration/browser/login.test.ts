import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { home, logIn } from "../signin/login-command.ts";
import { giveRootPassword, heading, press } from "./console-page.ts";
import { visits } from "./visits.ts";

const LOGGED_IN = "You are logged in. You may close this window.";

describe("iam-local login in a browser", function () {
  this.timeout(60_000);
  const emu = emulator();
  const at = home(emu);
  const browsers = visits(emu);

  for (const javaScriptEnabled of [true, false]) {
    it(`leads back to the command line ${javaScriptEnabled ? "by itself" : "by a link, without script"}`, async () => {
      const page = await browsers.open({ javaScriptEnabled });
      await giveRootPassword(page, emu);
      const { code, stderr } = await logIn(at, [], async ({ href }) => {
        await page.goto(href);
        assert.equal(await heading(page), "Use your credentials in developer tools");
        await press(page, "Continue with this session");
        if (!javaScriptEnabled) await page.getByRole("link", { name: "Complete the login" }).click();
        await page.getByText(LOGGED_IN).waitFor();
        return undefined;
      });
      assert.equal(code, 0, stderr);
    });
  }
});
