import assert from "node:assert/strict";
import {
  CreateAccountAliasCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  DeleteAccessKeyCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow } from "../fixtures.ts";
import { browser, consoleUser, PASSWORD, said, signIn, signInAsRoot } from "./browser.ts";

const INCORRECT = "Your authentication information is incorrect. Please try again.";
const OTHER = "Battery staple 2";

describe("the console's sign-in", () => {
  const emu = emulator();
  const home = "IAM Dashboard";

  it("takes the account's id or alias, the user's name in any case and the password", async () => {
    await consoleUser(emu, "Jane");
    await emu.iam().send(new CreateAccountAliasCommand({ AccountAlias: "acme-inc" }));
    for (const account of ["000000000000", "0000-0000-0000", "acme-inc"]) {
      const page = await browser(emu).submitAndFollow("/console/sign-in", {
        account,
        userName: "JANE",
        password: PASSWORD,
      });
      assert.equal(said(page).heading, home, account);
      assert.match(page.text, /arn:aws:iam::000000000000:user\/Jane/);
    }
  });

  it("takes root's email and the password of the emulator's start", async () => {
    const page = await signInAsRoot(browser(emu), emu);
    assert.match(page.text, /<code>arn:aws:iam::000000000000:root<\/code>/);
    const { User } = await emu.iam().send(new GetUserCommand({}));
    assert.equal(User!.PasswordLastUsed!.getTime(), emu.server.clock.now());
  });

  it("takes the root of another account by its number in the email", async () => {
    const page = await browser(emu).submitAndFollow("/console/sign-in/root", {
      email: "Root+111122223333@example.com",
      password: emu.server.rootSignIn.password,
    });
    assert.match(page.text, /<code>arn:aws:iam::111122223333:root<\/code>/);
  });

  it("goes afterwards where one wanted to go, on this server only", async () => {
    await consoleUser(emu, "Ned");
    const visitor = browser(emu);
    const { headers } = await visitor.get("/console/?from=here");
    assert.equal(headers["location"], "/console/sign-in?next=%2Fconsole%2F%3Ffrom%3Dhere");
    const fields = { account: "acme-inc", userName: "Ned", password: PASSWORD };
    const answer = await visitor.submit(headers["location"], fields);
    assert.equal(answer.headers["location"], "/console/?from=here");
    const elsewhere = ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"];
    for (const next of [...elsewhere, `/${"x".repeat(4096)}`]) {
      const { headers: led } = await browser(emu).submit("/console/sign-in", { ...fields, next });
      assert.equal(led["location"], "/console", next);
    }
  });

  it("says the same of whatever is wrong, keeps what was typed but for the password, and asks again", async () => {
    await consoleUser(emu, "Kim");
    const wrong = [
      { account: "000000000000", userName: "Kim", password: "wrong" },
      { account: "000000000000", userName: "Kim", password: "" },
      { account: "000000000000", userName: "nobody", password: PASSWORD },
      { account: "999999999999", userName: "Kim", password: PASSWORD },
      { account: "no-such-alias", userName: "Kim", password: PASSWORD },
    ];
    for (const fields of wrong) {
      const page = await browser(emu).submit("/console/sign-in", fields);
      assert.equal(page.status, 403);
      assert.equal(said(page).error, INCORRECT);
      assert.ok(page.text.includes(`value="${fields.userName}"`));
      assert.ok(!page.text.includes(PASSWORD));
    }
    for (const email of ["root@example.org", "root+12@example.com", "root"]) {
      const page = await browser(emu).submit("/console/sign-in/root", {
        email,
        password: emu.server.rootSignIn.password,
      });
      assert.equal(said(page).error, INCORRECT);
    }
  });

  it("is not for a user without a password", async () => {
    await consoleUser(emu, "Lea");
    await emu.iam().send(new DeleteLoginProfileCommand({ UserName: "Lea" }));
    assert.equal(said(await signIn(browser(emu), "Lea")).error, INCORRECT);
  });

  it("refuses everything, also the right password, after ten failures in a quarter of an hour", async () => {
    await consoleUser(emu, "Max");
    for (let i = 0; i < 10; i++) assert.equal(said(await signIn(browser(emu), "max", "wrong")).error, INCORRECT);
    const locked = await signIn(browser(emu), "Max");
    assert.equal(locked.status, 429);
    assert.match(said(locked).error!, /too many sign-ins that failed/);
    emu.server.clock.advance(15 * 60);
    assert.equal(said(await signIn(browser(emu), "Max")).heading, home);
  });

  it("does not count the right password", async () => {
    await consoleUser(emu, "Mel");
    for (let i = 0; i < 11; i++) assert.equal(said(await signIn(browser(emu), "Mel")).heading, home);
  });

  it("counts the failures of a root user together, whichever of its addresses is given", async () => {
    const { email, password } = emu.server.rootSignIn;
    const another = email.replace("@", "+000000000000@");
    const enter = (given: string, secret: string) =>
      browser(emu).submit("/console/sign-in/root", { email: given, password: secret });
    for (let i = 0; i < 5; i++) {
      assert.equal(said(await enter(email, "wrong")).error, INCORRECT);
      assert.equal(said(await enter(another, "wrong")).error, INCORRECT);
    }
    for (const given of [email, another.toUpperCase()]) assert.equal((await enter(given, password)).status, 429);
    emu.server.clock.advance(15 * 60);
    assert.equal((await enter(another, password)).status, 303);
  });

  it("notes when the password was last used, at most once in five minutes", async () => {
    await consoleUser(emu, "Pat");
    const lastUsed = async () => (await emu.iam().send(new GetUserCommand({ UserName: "Pat" }))).User!.PasswordLastUsed;
    await signIn(browser(emu), "Pat", "wrong");
    assert.equal(await lastUsed(), undefined);
    const first = emu.server.clock.now();
    await signIn(browser(emu), "Pat");
    emu.server.clock.advance(60);
    await signIn(browser(emu), "Pat");
    assert.equal((await lastUsed())!.getTime(), first);
    emu.server.clock.advance(240);
    await signIn(browser(emu), "Pat");
    assert.equal((await lastUsed())!.getTime(), first + 300_000);
  });
});

describe("a session of the console", () => {
  const emu = emulator();
  const isIn = async (visitor: ReturnType<typeof browser>) => (await visitor.get("/console/")).status === 200;

  it("lasts twelve hours", async () => {
    await consoleUser(emu, "Ann");
    const visitor = browser(emu);
    await signIn(visitor, "Ann");
    emu.server.clock.advance(12 * 3600 - 1);
    assert.ok(await isIn(visitor));
    emu.server.clock.advance(1);
    const { status, headers } = await visitor.get("/console/");
    assert.deepEqual([status, headers["location"]], [303, "/console/sign-in?next=%2Fconsole%2F"]);
  });

  it("ends with the sign-out, for whoever has a copy of its cookie too", async () => {
    await consoleUser(emu, "Bob");
    const visitor = browser(emu);
    const { request } = await signIn(visitor, "Bob");
    const cookie = (request as unknown as { cookies: string }).cookies;
    assert.match(cookie, /^iam-local-\d+=[\w-]{43}$/);
    const page = await visitor.submitAndFollow("/console/", {}, "/console/sign-out");
    assert.equal(said(page).notice, "You have signed out.");
    assert.ok(!(await isIn(visitor)));
    const copy = await fetch(`${emu.server.endpoint}/console/`, { headers: { cookie }, redirect: "manual" });
    assert.equal(copy.status, 303);
  });

  it("follows a rename of its user", async () => {
    await consoleUser(emu, "Cyd");
    const visitor = browser(emu);
    await signIn(visitor, "Cyd");
    await emu.iam().send(new UpdateUserCommand({ UserName: "Cyd", NewUserName: "Sid" }));
    assert.match((await visitor.get("/console/")).text, /user\/Sid/);
  });

  it("ends with another password, with none and with the user", async () => {
    const end: Record<string, (UserName: string) => Promise<unknown>> = {
      Dan: (UserName) => emu.iam().send(new UpdateLoginProfileCommand({ UserName, Password: OTHER })),
      Eve: (UserName) => emu.iam().send(new DeleteLoginProfileCommand({ UserName })),
      Fay: async (UserName) => {
        const { AccessKeyMetadata } = await emu.iam().send(new ListAccessKeysCommand({ UserName }));
        await emu
          .iam()
          .send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKeyMetadata![0]!.AccessKeyId! }));
        await emu.iam().send(new DeleteLoginProfileCommand({ UserName }));
        await emu.iam().send(new DeleteUserCommand({ UserName }));
        // Another user with the same name and password is not the same user.
        await consoleUser(emu, UserName);
      },
    };
    for (const [name, ending] of Object.entries(end)) {
      await consoleUser(emu, name);
      const visitor = browser(emu);
      await signIn(visitor, name);
      assert.ok(await isIn(visitor), name);
      await ending(name);
      assert.ok(!(await isIn(visitor)), name);
    }
  });

  it("ends with a reset", async () => {
    const visitor = browser(emu);
    await signInAsRoot(visitor, emu);
    assert.ok(await isIn(visitor));
    await emu.server.reset();
    assert.ok(!(await isIn(visitor)));
    await signInAsRoot(visitor, emu);
    assert.ok(await isIn(visitor));
  });
});

describe("a password that cannot stay", () => {
  const emu = emulator();
  const setPolicy = (input: object) => emu.iam().send(new UpdateAccountPasswordPolicyCommand(input));

  it("has to be changed where the administrator said so, by the rules of ChangePassword", async () => {
    await consoleUser(emu, "Jane", { statements: [allow("iam:ChangePassword")], resetRequired: true });
    const visitor = browser(emu);
    assert.equal(said(await signIn(visitor, "Jane")).heading, "Set a new password");
    assert.equal((await visitor.get("/console/")).status, 303);

    const change = (oldPassword: string, newPassword: string, again = newPassword) =>
      visitor.submitAndFollow("/console/sign-in/new-password", { oldPassword, newPassword, again });
    const refused: [string, Awaited<ReturnType<typeof change>>][] = [
      ["The two new passwords are not the same.", await change(PASSWORD, OTHER, "Battery")],
      ["AccessDenied The old password was incorrect.", await change("wrong", OTHER)],
      ["PasswordPolicyViolation Password should have a minimum length of 8", await change(PASSWORD, "Aa1!")],
    ];
    for (const [error, page] of refused) assert.ok(said(page).error!.startsWith(error), said(page).error);

    assert.equal(said(await change(PASSWORD, OTHER)).heading, "IAM Dashboard");
    assert.equal(said(await signIn(browser(emu), "Jane", OTHER)).heading, "IAM Dashboard");
    const { LoginProfile } = await emu.iam().send(new GetLoginProfileCommand({ UserName: "Jane" }));
    assert.equal(LoginProfile!.PasswordResetRequired, false);
  });

  it("cannot be changed without the permission, and the refusal leads to its explanation", async () => {
    await consoleUser(emu, "Kim", { resetRequired: true });
    const visitor = browser(emu);
    await signIn(visitor, "Kim");
    const page = await visitor.submit("/console/sign-in/new-password", {
      oldPassword: PASSWORD,
      newPassword: OTHER,
      again: OTHER,
    });
    assert.equal(page.status, 403);
    assert.match(
      said(page).error!,
      /^AccessDenied User: arn:aws:iam::000000000000:user\/Kim is not authorized to perform: iam:ChangePassword/,
    );
    const [denied] = emu.server.trail();
    assert.equal(denied!.eventName, "ChangePassword");
    assert.ok(page.text.includes(`href="/console/emulator/trail/${denied!.requestID}#why"`));
  });

  it("has to be changed once it has expired, or, with HardExpiry, by an administrator", async () => {
    await consoleUser(emu, "Lea", { statements: [allow("iam:ChangePassword")] });
    await setPolicy({ MaxPasswordAge: 1 });
    assert.equal(said(await signIn(browser(emu), "Lea")).heading, "IAM Dashboard");
    emu.server.clock.advance(86_400);
    assert.equal(said(await signIn(browser(emu), "Lea")).heading, "Set a new password");
    await setPolicy({ MaxPasswordAge: 1, HardExpiry: true });
    const page = await signIn(browser(emu), "Lea");
    assert.equal(said(page).error, "Your password has expired. Ask your administrator for a new one.");
    assert.equal(said(await signInAsRoot(browser(emu), emu)).heading, "IAM Dashboard");
  });
});
