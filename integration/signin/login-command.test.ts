import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ListUsersCommand, UpdateLoginProfileCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { browser, consoleUser, formOf, signIn, type Browser } from "../console/browser.ts";
import { askedBy, testKey } from "../console/security-key.ts";
import { MANAGE_MFA, signedIn, signedInRoot } from "../console/visitors.ts";
import { applicationIdentity } from "../credentials/application.ts";
import { emulator } from "../emulator.ts";
import { allow } from "../fixtures.ts";
import { linkIn } from "./developer-tool.ts";
import { agreeing, home, logIn } from "./login-command.ts";

const ANN = "arn:aws:iam::000000000000:user/Ann";
/** Each test starts processes, and machines may be busy. */
const TIMEOUT = 60_000;

describe("iam-local login", () => {
  const emu = emulator();
  const at = home(emu);
  let ann: Browser;
  const cacheOf = (arn: string): string =>
    join(at.folder, "cache", `${createHash("sha256").update(arn).digest("hex")}.json`);
  const cached = (arn: string) => JSON.parse(readFileSync(cacheOf(arn), "utf8"));
  /** Makes the credentials look expired. */
  const expire = (arn: string): void => {
    const login = cached(arn);
    const accessToken = { ...login.accessToken, expiresAt: "2020-01-01T00:00:00Z" };
    writeFileSync(cacheOf(arn), JSON.stringify({ ...login, accessToken }));
  };

  before(async () => {
    await consoleUser(emu, "Ann", { statements: [allow("signin:*")] });
    ann = await signedIn(emu, "Ann");
    writeFileSync(at.config, "[profile work]\nregion = eu-west-1\nsso_session = corp\n\n# mine\n[sso-session corp]\n");
    const { code, stdout, stderr } = await logIn(at, [], agreeing(ann));
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `The profile iam-local has the credentials of ${ANN} now.\n`);
  });

  it("writes a profile, and leaves the others as they are", () => {
    assert.equal(
      readFileSync(at.config, "utf8"),
      "[profile work]\nregion = eu-west-1\nsso_session = corp\n\n# mine\n[sso-session corp]\n\n" +
        `[profile iam-local]\nlogin_session = ${ANN}\nregion = us-east-1\nendpoint_url = ${emu.server.endpoint}\n`,
    );
  });

  it("keeps the credentials where AWS's tools look for them, for nobody else to read", () => {
    assert.equal(statSync(cacheOf(ANN)).mode & 0o777, 0o600);
    const { accessToken, dpopKey, refreshToken, idToken, ...rest } = cached(ANN);
    assert.deepEqual(Object.keys(accessToken), [
      "accessKeyId",
      "secretAccessKey",
      "sessionToken",
      "expiresAt",
      "accountId",
    ]);
    assert.equal(accessToken.accountId, "000000000000");
    assert.match(dpopKey, /^-----BEGIN EC PRIVATE KEY-----\n/);
    assert.ok(refreshToken && idToken);
    assert.deepEqual(rest, { tokenType: "aws_sigv4", clientId: "arn:aws:signin:::devtools/same-device" });
  });

  it("gives the AWS SDK for JavaScript credentials, which it refreshes by itself", async () => {
    const env = { ...at.env, AWS_PROFILE: "iam-local" };
    assert.equal(await applicationIdentity(emu, env), ANN);
    const former = cached(ANN);
    expire(ANN);
    assert.equal(await applicationIdentity(emu, env), ANN);
    const now = cached(ANN);
    assert.notEqual(now.refreshToken, former.refreshToken);
    assert.notEqual(now.accessToken.accessKeyId, former.accessToken.accessKeyId);
    assert.equal(now.dpopKey, former.dpopKey);
  });

  it("--process prints what credential_process is to print, refreshed where it has to be", async () => {
    const print = async () => JSON.parse((await at.run("login", "--process")).stdout);
    const first = await print();
    assert.equal(first.AccessKeyId, cached(ANN).accessToken.accessKeyId);
    assert.deepEqual(Object.keys(first), [
      "Version",
      "AccessKeyId",
      "SecretAccessKey",
      "SessionToken",
      "Expiration",
      "AccountId",
    ]);
    assert.equal(first.Version, 1);
    expire(ANN);
    const second = await print();
    assert.notEqual(second.AccessKeyId, first.AccessKeyId);
    assert.equal(cached(ANN).accessToken.accessKeyId, second.AccessKeyId);
    assert.equal(statSync(cacheOf(ANN)).mode & 0o777, 0o600);
  });

  it("lets a user whose only device is a security key do what demands MFA", async () => {
    const origin = `http://localhost:${new URL(emu.server.endpoint).port}`;
    const mfa = { ...allow("iam:ListUsers"), Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
    await consoleUser(emu, "Una", { statements: [MANAGE_MFA, mfa, allow("signin:*")] });
    const key = testKey("Una");
    const touch = async (visitor: Browser, page: string, made: "register" | "touch") => {
      const shown = await visitor.get(page);
      const { hidden } = formOf(shown.text, "touch")!;
      const answer = key[made](askedBy(shown, origin));
      const { status } = await visitor.post(page, { ...hidden, answer });
      assert.equal(status, 303);
    };
    const enrolling = browser(emu, origin);
    await signIn(enrolling, "Una");
    await touch(enrolling, "/console/mfa/assign/u2f", "register");
    const una = browser(emu, origin);
    await signIn(una, "Una");
    await touch(una, "/console/sign-in/mfa", "touch");
    const { code, stderr } = await logIn(at, ["--profile", "key"], async (address) => {
      assert.equal(address.hostname, "localhost");
      return agreeing(una)(address);
    });
    assert.equal(code, 0, stderr);
    const { accessToken } = cached("arn:aws:iam::000000000000:user/Una");
    const { Users } = await emu.iam(accessToken).send(new ListUsersCommand({}));
    assert.equal(Users!.length, 2);
  });

  it("--remote takes a code that was copied from another device", async () => {
    const root = await signedInRoot(emu);
    const ended = await logIn(at, ["--remote", "--profile", "root", "--json"], async ({ pathname, search }) => {
      const { headers } = await root.get(pathname + search);
      const page = await root.submit(headers["location"]!, {});
      return /<code>([\w+/=]{60,})<\/code>/.exec(page.text)![1]!;
    });
    assert.equal(ended.code, 0, ended.stderr);
    const arn = "arn:aws:iam::000000000000:root";
    assert.deepEqual(JSON.parse(ended.stdout), { profile: "root", loginSession: arn });
    assert.equal(await applicationIdentity(emu, { ...at.env, AWS_PROFILE: "root" }), arn);
  });

  it("--remote refuses what is no code of this login", async () => {
    const { code, stderr } = await logIn(at, ["--remote"], async () => "abc");
    assert.equal(code, 1);
    assert.match(stderr, /iam-local: this is not the authorization code of this login\.\n$/);
  });

  it("takes the place of an earlier login in its profile, and keeps other settings of it", async () => {
    const former = readFileSync(at.config, "utf8");
    writeFileSync(at.config, `${former}output = json\n`);
    const { code } = await logIn(at, ["--region", "eu-west-1"], agreeing(await signedInRoot(emu)));
    assert.equal(code, 0);
    const root = "arn:aws:iam::000000000000:root";
    const settings = readFileSync(at.config, "utf8").split("[profile iam-local]\n")[1]!.split("\n[")[0]!;
    assert.ok(settings.startsWith(`login_session = ${root}\nregion = eu-west-1\n`));
    assert.match(readFileSync(at.config, "utf8"), /^output = json$/m);
    await logIn(at, [], agreeing(ann));
  });

  it("says that it was cancelled in the browser", async () => {
    const ended = await logIn(at, [], async ({ pathname, search }) => {
      const { headers } = await ann.get(pathname + search);
      await fetch(linkIn(await ann.get(headers["location"]!), "Cancel the login"));
      return undefined;
    });
    assert.deepEqual([ended.code, ended.stdout], [1, ""]);
    assert.match(ended.stderr, /iam-local: the login was cancelled in the browser\.\n$/);
  });

  it("takes no answer with the state of another login", async () => {
    const { code } = await logIn(at, [], async (address) => {
      const callback = new URL(address.searchParams.get("redirect_uri")!);
      callback.search = "?code=stolen&state=guessed";
      assert.equal((await fetch(callback)).status, 404);
      return agreeing(ann)(address);
    });
    assert.equal(code, 0);
  });

  it("does not touch a profile that has other credentials", async () => {
    const former = readFileSync(at.config, "utf8");
    const { code, stderr } = await logIn(at, ["--profile", "work"], agreeing(ann));
    assert.equal(code, 1);
    assert.match(stderr, /iam-local: the profile work has sso_session in it\. Take another one with --profile\.\n$/);
    assert.equal(readFileSync(at.config, "utf8"), former);
  });

  it("says that nothing answers before it opens a browser", async () => {
    const { code, stderr } = await at.run("login", "--no-browser", "--endpoint", "http://127.0.0.1:1");
    assert.deepEqual([code, stderr.startsWith("iam-local: nothing answers at http://127.0.0.1:1.")], [1, true]);
  });

  it("--process says to log in first, and once more after a change of the password", async () => {
    const none = await at.run("login", "--process", "--profile", "nobody");
    assert.deepEqual(
      [none.code, none.stdout, none.stderr],
      [1, "", 'iam-local: nobody is logged in with the profile nobody. Run "iam-local login" first.\n'],
    );
    await emu.iam().send(new UpdateLoginProfileCommand({ UserName: "Ann", Password: "Another horse 2" }));
    expire(ANN);
    const changed = await at.run("login", "--process");
    assert.deepEqual(
      [changed.code, changed.stdout, changed.stderr],
      [
        1,
        "",
        "iam-local: The password has changed since the sign-in. Sign in again. " +
          '"iam-local login" starts a new session.\n',
      ],
    );
    await assert.rejects(applicationIdentity(emu, { ...at.env, AWS_PROFILE: "iam-local" }), {
      message: /Unable to refresh credentials because of a change in your password/,
    });
  });

  it("is undone by logout", async () => {
    assert.equal((await at.run("logout")).stdout, `the credentials of ${ANN} are forgotten\n`);
    assert.throws(() => statSync(cacheOf(ANN)), { code: "ENOENT" });
    assert.equal((await at.run("logout")).stdout, "nobody was logged in\n");
    assert.equal((await at.run("login", "--process")).code, 1);
  });
}).timeout(TIMEOUT);
