import assert from "node:assert/strict";
import { GetAccountPasswordPolicyCommand, ListAccountAliasesCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow } from "../fixtures.ts";
import { browser, consoleUser, factsOf, PASSWORD, said, type Browser } from "./browser.ts";
import { administrator, signedIn } from "./visitors.ts";

const SETTINGS = "/console/account-settings";
const POLICY = `${SETTINGS}/password-policy`;

describe("the account's settings in the console", () => {
  const emu = emulator();
  let admin: Browser;
  before(async () => {
    admin = await administrator(emu);
  });

  it("give the account an alias, by which its users sign in, another one, and none", async () => {
    const aliases = async () => (await emu.iam().send(new ListAccountAliasesCommand({}))).AccountAliases;
    const made = await admin.submitAndFollow(SETTINGS, { alias: "acme" }, "alias");
    assert.equal(said(made).notice, "The alias of the account is acme now.");
    assert.equal(factsOf(made)["Alias"], "acme");
    await consoleUser(emu, "Ann");
    const credentials = { account: "acme", userName: "Ann", password: PASSWORD };
    assert.equal(said(await browser(emu).submitAndFollow("/console/sign-in", credentials)).heading, "IAM Dashboard");
    await admin.submit(SETTINGS, { alias: "acme-tests" }, "alias");
    assert.deepEqual(await aliases(), ["acme-tests"]);
    const deleted = await admin.submitAndFollow(SETTINGS, {}, "delete-alias");
    assert.equal(said(deleted).notice, "The alias acme-tests has been deleted.");
    assert.deepEqual(await aliases(), []);
  });

  it("refuse an alias as IAM does, and keep what was typed", async () => {
    const bad = await admin.submit(SETTINGS, { alias: "No" }, "alias");
    assert.match(said(bad).error!, /^ValidationError The specified value for accountAlias is invalid\. It must be /);
    assert.match(bad.text, /name="alias"[^>]* value="No"/);
  });

  it("set, edit and delete the password policy", async () => {
    const policy = async () => (await emu.iam().send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy;
    assert.match((await admin.get(SETTINGS)).text, /None is set, so AWS's own applies/);
    assert.match((await admin.get(POLICY)).text, /name="MinimumPasswordLength"[^>]* value="8"/);
    const set = await admin.submitAndFollow(POLICY, {
      MinimumPasswordLength: "12",
      RequireSymbols: "on",
      AllowUsersToChangePassword: "on",
      MaxPasswordAge: "90",
      PasswordReusePrevention: "5",
    });
    assert.equal(said(set).notice, "The password policy has been saved.");
    assert.deepEqual(await policy(), {
      MinimumPasswordLength: 12,
      RequireSymbols: true,
      RequireNumbers: false,
      RequireUppercaseCharacters: false,
      RequireLowercaseCharacters: false,
      AllowUsersToChangePassword: true,
      ExpirePasswords: true,
      MaxPasswordAge: 90,
      PasswordReusePrevention: 5,
      HardExpiry: false,
    });
    const { text } = await admin.get(POLICY);
    for (const shown of [/name="RequireSymbols"[^>]* checked/, /name="MaxPasswordAge"[^>]* value="90"/]) {
      assert.match(text, shown);
    }
    assert.doesNotMatch(text, /name="RequireNumbers"[^>]* checked/);
    await admin.submit(POLICY, { MinimumPasswordLength: "6", MaxPasswordAge: "", PasswordReusePrevention: "" });
    const { MinimumPasswordLength, ExpirePasswords, RequireSymbols, AllowUsersToChangePassword } = (await policy())!;
    assert.deepEqual(
      [MinimumPasswordLength, ExpirePasswords, RequireSymbols, AllowUsersToChangePassword],
      [6, false, false, false],
    );
    const deleted = await admin.submitAndFollow(SETTINGS, {}, "delete-password-policy");
    assert.equal(said(deleted).notice, "The password policy has been deleted: AWS's own applies.");
    await assert.rejects(policy(), {
      name: "NoSuchEntityException",
      message: "The Password Policy with domain name 000000000000 cannot be found.",
    });
  });

  it("refuse what IAM refuses of a password policy, and keep what was typed", async () => {
    const short = await admin.submit(POLICY, { MinimumPasswordLength: "5", RequireNumbers: "on" });
    assert.match(said(short).error!, /^ValidationError .*'minimumPasswordLength' failed to satisfy constraint/);
    assert.match(short.text, /name="MinimumPasswordLength"[^>]* value="5"/);
    assert.match(short.text, /name="RequireNumbers"[^>]* checked/);
    const words = await admin.submit(POLICY, { MinimumPasswordLength: "twelve" });
    assert.equal(said(words).error, '"twelve" is no whole number.');
  });

  it("are shown and changed by who may only", async () => {
    await consoleUser(emu, "Reader", { statements: [allow("iam:GetAccountPasswordPolicy")] });
    const reader = await signedIn(emu, "Reader");
    const { text, status } = await reader.get(SETTINGS);
    assert.equal(status, 200);
    assert.match(text, /is not authorized to perform: iam:ListAccountAliases/);
    assert.match(text, /None is set/);
    const refused = await reader.submit(POLICY, { MinimumPasswordLength: "8" });
    assert.match(
      said(refused).error!,
      /^AccessDenied .* is not authorized to perform: iam:UpdateAccountPasswordPolicy/,
    );
  });
});
