import assert from "node:assert/strict";
import { CreateAccountAliasCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, enableMfa } from "../fixtures.ts";
import { browser, consoleUser, factsOf, rowsOf, signIn } from "./browser.ts";
import { administrator, signedIn, signedInRoot } from "./visitors.ts";

describe("the dashboard of the console", () => {
  const emu = emulator();

  it("shows the account, the visitor, its MFA, and how much there is of everything", async () => {
    const admin = await administrator(emu);
    await emu.iam().send(new CreateAccountAliasCommand({ AccountAlias: "acme-inc" }));
    const facts = factsOf(await admin.get("/console/"));
    assert.deepEqual(
      [facts["ARN"], facts["Account ID"], facts["Account alias"], facts["MFA devices"], facts["This session"]],
      [
        "arn:aws:iam::000000000000:user/admin",
        "000000000000",
        "acme-inc",
        "None assigned: add MFA",
        "Signed in without MFA",
      ],
    );
    assert.deepEqual([facts["Users"], facts["Roles"], facts["Root user MFA"]], ["1", "0", "Not enabled"]);
  });

  it("shows what was refused lately in this account, with the reason", async () => {
    const { arn } = await consoleUser(emu, "Nix");
    const nix = await signedIn(emu, "Nix");
    await nix.get("/console/users");
    const { text } = await (await signedIn(emu, "admin")).get("/console/");
    const [, entries] = /<ul class="entries">([^]*?)<\/ul>/.exec(text)!;
    const entry = entries!.split("</li>").find((item) => item.includes(">ListUsers</a>"))!;
    assert.ok(entry.includes(`User: ${arn} is not authorized`), entry);
    assert.match(
      entry,
      /because no identity-based policy allows the iam:ListUsers action\. <a href="[^"]*#why">Why was this refused\?/,
    );
    const elsewhere = browser(emu);
    await elsewhere.submit("/console/sign-in/root", {
      email: "root+111122223333@example.com",
      password: emu.server.rootSignIn.password,
    });
    assert.match((await elsewhere.get("/console/")).text, /Nothing has been refused\./);
  });

  it("says of what one may not see that one may not", async () => {
    const { text, status } = await (await signedIn(emu, "Nix")).get("/console/");
    assert.equal(status, 200);
    assert.match(text, /not authorized to perform: iam:GetAccountSummary/);
  });
});

describe("who am I", () => {
  const emu = emulator();

  it("shows the identity, the session and its condition keys", async () => {
    const { id, arn } = await consoleUser(emu, "Ann");
    const visitor = await signedIn(emu, "Ann");
    emu.server.clock.advance(90 * 60);
    const page = await visitor.get("/console/who-am-i");
    const facts = factsOf(page);
    assert.deepEqual([facts["ARN"], facts["User ID"], facts["Account"]], [arn, id, "000000000000"]);
    assert.equal(facts["Issued"], "2026-11-24 12:00:00 UTC, 1 h 30 min ago");
    assert.equal(facts["Expires"], "2026-11-25 00:00:00 UTC, in 10 h 30 min");
    assert.equal(facts["MFA"], "not used");
    const keys = Object.fromEntries(rowsOf(page).map(([key, value]) => [key, value]));
    assert.equal(keys["aws:MultiFactorAuthPresent"], "false");
    assert.equal(keys["aws:username"], "Ann");
    assert.ok(!("aws:MultiFactorAuthAge" in keys));
    assert.match(page.text, /<code>aws:MultiFactorAuthAge<\/code> is absent/);
  });

  it("has the age of the MFA", async () => {
    await consoleUser(emu, "Mia", { statements: [allow("iam:ListMFADevices")] });
    const serial = await enableMfa(emu, "Mia");
    const visitor = browser(emu);
    await signIn(visitor, "Mia");
    await visitor.submit("/console/sign-in/mfa", { code: emu.server.mfa.code(serial).code });
    emu.server.clock.advance(60);
    const keys = Object.fromEntries(rowsOf(await visitor.get("/console/who-am-i")).map(([key, value]) => [key, value]));
    assert.deepEqual([keys["aws:MultiFactorAuthPresent"], keys["aws:MultiFactorAuthAge"]], ["true", "60"]);
    assert.equal(factsOf(await visitor.get("/console/"))["MFA devices"], "1 assigned");
  });

  it("has root as root", async () => {
    const visitor = await signedInRoot(emu);
    const keys = Object.fromEntries(rowsOf(await visitor.get("/console/who-am-i")).map(([key, value]) => [key, value]));
    assert.equal(keys["aws:PrincipalType"], "Account");
  });
});
