import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { plugIn } from "./authenticator.ts";
import { giveRootPassword, heading, notice, press } from "./console-page.ts";
import { visits } from "./visits.ts";

describe("the console by HTTPS in a browser", function () {
  this.timeout(60_000);
  const emu = emulator({ tls: true });
  const { open } = visits(emu);

  it("takes a security key at enrolment and sign-in", async () => {
    // Playwright can be told to accept any certificate, but not which authority to trust.
    const page = await open({ ignoreHTTPSErrors: true });
    await plugIn(page, "ctap2");
    await giveRootPassword(page, emu);
    assert.match(page.url(), /^https:\/\/localhost:/);
    await page.goto("/console/mfa/assign/u2f");
    await press(page, "Register the security key");
    assert.match(await notice(page), /has been assigned to the root user\.$/);
    await press(page, "Sign out");
    await giveRootPassword(page, emu);
    await press(page, "Use the security key");
    assert.equal(await heading(page), "IAM Dashboard");
    const cookies = await page.context().cookies();
    assert.deepEqual(
      cookies.map(({ name, secure }) => [name.replace(/\d+$/, "PORT"), secure]),
      [["__Host-iam-local-PORT", true]],
    );
  });
});
