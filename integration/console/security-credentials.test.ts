import assert from "node:assert/strict";
import { GetLoginProfileCommand, ListAccessKeysCommand, UpdateAccountPasswordPolicyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { browser, consoleUser, PASSWORD, said, signIn, signInAsRoot } from "./browser.ts";
import { administrator, signedIn, signedInRoot } from "./visitors.ts";

const OWN = "/console/security-credentials";
const OTHER = "Battery staple 2";

/** The access key on a page. */
function shownKey({ text }: { text: string }): Credentials {
  const [, accessKeyId] = /<dt>Access key ID<\/dt>\s*<dd><code>(AKIA[A-Z0-9]{16})</.exec(text)!;
  const [, secretAccessKey] = /<dt>Secret access key<\/dt>\s*<dd><code>([\w+/]{40})</.exec(text)!;
  return { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! };
}

describe("access keys in the console", () => {
  const emu = emulator();
  const whoHas = async (key: Credentials) => (await emu.sts(key).send(new GetCallerIdentityCommand({}))).Arn;

  it("are created with the secret shown once, used, deactivated, activated and deleted", async () => {
    const { credentials } = await consoleUser(emu, "Kay", {
      statements: [allow(["iam:*AccessKey*", "iam:ListMFADevices"])],
    });
    const visitor = await signedIn(emu, "Kay");
    const created = await visitor.submit(OWN, {}, "create-access-key");
    assert.equal(said(created).heading, "Retrieve access key");
    const key = shownKey(created);
    assert.equal(await whoHas(key), "arn:aws:iam::000000000000:user/Kay");
    const list = await visitor.get(OWN);
    assert.ok(!list.text.includes(key.secretAccessKey));
    assert.match(list.text, /2026-11-24 12:00:00 UTC<\/time>, sts, us-east-1/);

    const accessKeyId = key.accessKeyId;
    const limit = await visitor.submit(OWN, {}, "create-access-key");
    assert.equal(said(limit).error, "LimitExceeded Cannot exceed quota for AccessKeysPerUser: 2");
    const deactivated = await visitor.submitAndFollow(OWN, { accessKeyId }, "deactivate-access-key");
    assert.equal(said(deactivated).notice, `The access key ${accessKeyId} is inactive now.`);
    await assert.rejects(whoHas(key), { name: "InvalidClientTokenId" });
    await visitor.submit(OWN, { accessKeyId }, "activate-access-key");
    assert.ok(await whoHas(key));
    const deleted = await visitor.submitAndFollow(OWN, { accessKeyId }, "delete-access-key");
    assert.equal(said(deleted).notice, `The access key ${accessKeyId} has been deleted.`);
    const { AccessKeyMetadata } = await emu.iam().send(new ListAccessKeysCommand({ UserName: "Kay" }));
    assert.deepEqual(
      AccessKeyMetadata!.map(({ AccessKeyId }) => AccessKeyId),
      [credentials.accessKeyId],
    );
  });

  it("are root's as well", async () => {
    const visitor = await signedInRoot(emu);
    const key = shownKey(await visitor.submit(OWN, {}, "create-access-key"));
    assert.equal(await whoHas(key), "arn:aws:iam::000000000000:root");
    await visitor.submit(OWN, { accessKeyId: key.accessKeyId }, "delete-access-key");
    await assert.rejects(whoHas(key), { name: "InvalidClientTokenId" });
  });

  it("are made for a user by an administrator", async () => {
    await createUser(emu, "Bot");
    const admin = await administrator(emu);
    const key = shownKey(await admin.submit("/console/users/Bot/security-credentials", {}, "create-access-key"));
    assert.equal(await whoHas(key), "arn:aws:iam::000000000000:user/Bot");
  });

  it("take the permissions of the operations, and each part of the page is refused alone", async () => {
    const { arn } = await consoleUser(emu, "Pat", { statements: [allow("iam:ListMFADevices")] });
    const visitor = await signedIn(emu, "Pat");
    const page = await visitor.get(OWN);
    assert.equal(page.status, 200);
    assert.match(page.text, /No MFA device is assigned\./);
    assert.match(
      page.text,
      /<strong>AccessDenied<\/strong> User: \S+ is not authorized to perform: iam:ListAccessKeys/,
    );
    assert.match(page.text, /<a href="\/console\/emulator\/trail\/[\w-]+#why">Why was this refused\?/);
    const created = await visitor.submit(OWN, {}, "create-access-key");
    assert.equal(created.status, 403);
    assert.ok(
      said(created).error!.startsWith(`AccessDenied User: ${arn} is not authorized to perform: iam:CreateAccessKey`),
    );
  });
});

describe("passwords in the console", () => {
  const emu = emulator();
  const change = (oldPassword: string, newPassword: string, again = newPassword) => ({
    oldPassword,
    newPassword,
    again,
  });

  it("are changed by their users, whose other sessions end", async () => {
    await consoleUser(emu, "Jane", { statements: [allow("iam:ChangePassword")] });
    const visitor = await signedIn(emu, "Jane");
    const other = await signedIn(emu, "Jane");
    const submit = (fields: Record<string, string>) => visitor.submitAndFollow(OWN, fields, "change-password");
    const twice = await submit(change(PASSWORD, OTHER, "Battery"));
    assert.equal(said(twice).error, "The two new passwords are not the same.");
    const wrong = await submit(change("wrong", OTHER));
    assert.match(said(wrong).error!, /^AccessDenied The old password was incorrect\./);
    const weak = await submit(change(PASSWORD, "Aa1!"));
    assert.equal(said(weak).error, "PasswordPolicyViolation Password should have a minimum length of 8");
    assert.equal(said(await submit(change(PASSWORD, OTHER))).notice, "Your password has been changed.");
    assert.equal((await visitor.get("/console/")).status, 200);
    assert.equal((await other.get("/console/")).status, 303);
    assert.equal((await signIn(browser(emu), "Jane", OTHER)).status, 200);
  });

  it("are changed by their users where policy or the account's password policy lets them", async () => {
    await consoleUser(emu, "Kim");
    const visitor = await signedIn(emu, "Kim");
    const refused = await visitor.submit(OWN, change(PASSWORD, OTHER), "change-password");
    assert.match(said(refused).error!, /not authorized to perform: iam:ChangePassword/);
    await emu.iam().send(new UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }));
    const changed = await visitor.submitAndFollow(OWN, change(PASSWORD, OTHER), "change-password");
    assert.equal(said(changed).notice, "Your password has been changed.");
  });

  it("are created, reset and removed by administrators", async () => {
    await createUser(emu, "Bob");
    const admin = await administrator(emu);
    const page = "/console/users/Bob/security-credentials";
    assert.match((await admin.get(page)).text, /The user has no password and cannot sign in to the console\./);
    const profile = async () => (await emu.iam().send(new GetLoginProfileCommand({ UserName: "Bob" }))).LoginProfile!;

    await admin.submit(page, { password: PASSWORD, mustChange: "no" }, "create-password");
    assert.equal((await profile()).PasswordResetRequired, false);
    const visitor = await signedIn(emu, "Bob");
    const reset = await admin.submitAndFollow(page, { password: OTHER, mustChange: "yes" }, "reset-password");
    assert.equal(said(reset).notice, "The password of Bob has been reset.");
    assert.equal((await profile()).PasswordResetRequired, true);
    assert.equal((await visitor.get("/console/")).status, 303);
    assert.equal(said(await signIn(browser(emu), "Bob", OTHER)).heading, "Set a new password");
    const removed = await admin.submitAndFollow(page, {}, "remove-password");
    assert.equal(said(removed).notice, "Bob can no longer sign in to the console.");
    await assert.rejects(profile(), { name: "NoSuchEntityException" });
  });
});

describe("root's password in the console", () => {
  const emu = emulator();
  const strict = emulator({ rootEmail: "root1@example.com" });
  const change = (oldPassword: string, newPassword: string) => ({ oldPassword, newPassword, again: newPassword });
  const events = () => emu.server.trail().filter(({ eventName }) => eventName === "PasswordUpdated");

  it("is changed by root by AWS's rules for root, and its other sessions end", async () => {
    // Users would have to obey this policy; root does not.
    await emu.iam().send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 30 }));
    const { email, password } = emu.server.rootSignIn;
    const visitor = await signedInRoot(emu);
    const other = await signedInRoot(emu);
    const submit = (fields: Record<string, string>) => visitor.submitAndFollow(OWN, fields, "change-password");
    const refused: [string, Record<string, string>][] = [
      ["The old password was incorrect.", change("wrong", OTHER)],
      ["The new password must differ from the old one.", change(password, password)],
      ["PasswordPolicyViolation Password should have a minimum length of 8", change(password, "Aa1!")],
      [
        "PasswordPolicyViolation Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number",
        change(password, email.toLowerCase()),
      ],
      [
        "PasswordPolicyViolation Password should have a maximum length of 128",
        change(password, `${OTHER}${"x".repeat(128)}`),
      ],
    ];
    for (const [error, fields] of refused) assert.equal(said(await submit(fields)).error, error);
    assert.equal(said(await submit(change(password, OTHER))).notice, "Your password has been changed.");
    assert.equal((await visitor.get("/console/")).status, 200);
    assert.equal((await other.get("/console/")).status, 303);
    assert.equal((await signInAsRoot(browser(emu), emu)).status, 403);
    const again = await browser(emu).submitAndFollow("/console/sign-in/root", { email, password: OTHER });
    assert.equal(said(again).heading, "IAM Dashboard");
    assert.deepEqual(
      events().map(({ responseElements, userIdentity }) => [responseElements, userIdentity!.type]),
      [
        [{ PasswordUpdated: "Success" }, "Root"],
        [{ PasswordUpdated: "Failure" }, "Root"],
      ],
    );
    assert.ok(!JSON.stringify(emu.server.trail()).includes(OTHER));
  });

  it("is not root's address", async () => {
    const { email, password } = strict.server.rootSignIn;
    const visitor = await signedInRoot(strict);
    const page = await visitor.submit(OWN, change(password, email.toUpperCase()), "change-password");
    assert.equal(
      said(page).error,
      "PasswordPolicyViolation Password should not be identical to the account's email address",
    );
  });

  it("is not to be guessed by whoever finds a session open", async () => {
    const visitor = browser(emu);
    const { email } = emu.server.rootSignIn;
    await visitor.submit("/console/sign-in/root", { email, password: OTHER });
    for (let i = 0; i < 9; i++) await visitor.submit(OWN, change("wrong", PASSWORD), "change-password");
    const page = await visitor.submit(OWN, change(OTHER, PASSWORD), "change-password");
    assert.deepEqual([page.status, said(page).error!.slice(0, 35)], [429, "The old password was wrong too ofte"]);
  });
});
