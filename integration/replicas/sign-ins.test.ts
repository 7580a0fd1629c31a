import assert from "node:assert/strict";
import { ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import supertest from "supertest";
import { browser, consoleUser, formOf, said, signIn } from "../console/browser.ts";
import { askedBy, testKey } from "../console/security-key.ts";
import { administrator, MANAGE_MFA, signedIn } from "../console/visitors.ts";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, enableMfa, trust } from "../fixtures.ts";
import { control } from "../mfa/control.ts";
import { startReplicas } from "./in-one-process.ts";
import { codeFor, codeGrant, createToken, newKey, proofBy, refreshGrant, tokensFor } from "../signin/developer-tool.ts";

/** As many at once as there are replicas. */
const TWICE = [0, 1];

// A balancer that sends each request to the next replica; every transaction is run twice (TwiceStore).
describe("two replicas on one state", () => {
  const emu = emulator({}, startReplicas);
  const key = newKey();
  const statuses = (answers: readonly { readonly status: number }[]) =>
    answers.map(({ status }) => status).sort((a, b) => a - b);

  before(async () => {
    await consoleUser(emu, "Ann", { statements: [allow("signin:*")] });
  });

  it("know who has signed in, with MFA, what to tell them, and that they have signed out", async () => {
    await consoleUser(emu, "Mia");
    const serial = await enableMfa(emu, "Mia");
    const mia = browser(emu);
    await signIn(mia, "Mia");
    const { code } = emu.server.mfa.code(serial);
    assert.equal(said(await mia.submitAndFollow("/console/sign-in/mfa", { code })).heading, "IAM Dashboard");
    for (const _ of TWICE) assert.equal((await mia.get("/console/who-am-i")).status, 200);
    const copy = await mia.submitAndFollow("/console", {}, "/console/sign-out");
    assert.equal(said(copy).notice, "You have signed out.");
    for (const _ of TWICE) assert.equal((await mia.get("/console/who-am-i")).status, 303);
  });

  it("take an MFA code once", async () => {
    const { credentials } = await createUser(emu, "Una");
    const SerialNumber = await enableMfa(emu, "Una");
    const asked = { SerialNumber, TokenCode: emu.server.mfa.code(SerialNumber).code };
    const outcomes = await Promise.allSettled(
      TWICE.map(() => emu.sts(credentials).send(new GetSessionTokenCommand(asked))),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  });

  it("take the touch of a security key that another one has asked for, once", async () => {
    const origin = `http://localhost:${new URL(emu.server.endpoint).port}`;
    await consoleUser(emu, "Kay", { statements: [MANAGE_MFA] });
    const kay = browser(emu, origin);
    await signIn(kay, "Kay");
    const page = "/console/mfa/assign/u2f";
    const shown = await kay.get(page);
    const { hidden } = formOf(shown.text, "touch")!;
    const touch = () => kay.post(page, { ...hidden, once: `${Math.random()}`, answer });
    const answer = testKey("Kay").register(askedBy(shown, origin));
    assert.deepEqual(statuses(await Promise.all(TWICE.map(touch))), [303, 403]);
  });

  it("count the failures of a sign-in together", async () => {
    await consoleUser(emu, "Bob");
    const failures = Array.from({ length: 10 }, () => signIn(browser(emu), "Bob", "wrong"));
    assert.deepEqual(new Set(statuses(await Promise.all(failures))), new Set([403]));
    assert.equal((await signIn(browser(emu), "Bob")).status, 429);
  });

  it("redeem a code once, and take back what it was redeemed for when it comes again", async () => {
    const code = codeFor(await signedIn(emu, "Ann"));
    const redeem = async () => createToken(emu, codeGrant(await code), await proofBy(await key, emu));
    const answers = await Promise.all(TWICE.map(redeem));
    assert.deepEqual(statuses(answers), [200, 401]);
    const { accessToken } = answers.find(({ status }) => status === 200)!.body;
    for (const _ of TWICE) {
      await assert.rejects(emu.sts(accessToken).send(new GetCallerIdentityCommand({})), {
        name: "InvalidClientTokenId",
        message: "The security token included in the request is invalid",
      });
    }
  });

  it("take a proof of possession once", async () => {
    const { refreshToken, accessToken } = await tokensFor(await signedIn(emu, "Ann"), await key, emu);
    const proof = await proofBy(await key, emu);
    const answers = await Promise.all(TWICE.map(() => createToken(emu, refreshGrant(refreshToken), proof)));
    assert.deepEqual(statuses(answers), [200, 400]);
    assert.equal(answers.find(({ status }) => status === 400)!.body.message, "The DPoP proof was used before.");
    for (const _ of TWICE) assert.ok(await emu.sts(accessToken).send(new GetCallerIdentityCommand({})));
  });

  it("sign in once with a token of the federation endpoint", async () => {
    const broker = await createUser(emu, "broker", { statements: [allow("*")] });
    const role = await createRole(emu, "Ops", { trusts: [trust(broker.arn)] });
    const { accessKeyId, secretAccessKey, sessionToken } = await assume(emu, broker.credentials, role);
    const Session = JSON.stringify({ sessionId: accessKeyId, sessionKey: secretAccessKey, sessionToken });
    const { body } = await supertest(emu.server.endpoint)
      .get("/federation")
      .query({ Action: "getSigninToken", Session })
      .expect(200);
    const query = new URLSearchParams({ SigninToken: body.SigninToken, Destination: "/console/who-am-i" });
    const visitors = TWICE.map(() => browser(emu));
    const answers = await Promise.all(
      visitors.map((visitor) => visitor.get(`/console/federation?${query.toString()}`)),
    );
    assert.deepEqual(statuses(answers), [303, 400]);
  });

  it("do once what is sent twice, and answer both alike", async () => {
    const admin = await administrator(emu);
    const page = "/console/security-credentials";
    const { hidden } = formOf((await admin.get(page)).text, "create-access-key")!;
    const answers = await Promise.all(TWICE.map(() => admin.post(page, hidden)));
    const [first, second] = answers.map(({ text }) => /Secret access key<\/dt>\s*<dd>([^]*?)<\/dd>/.exec(text)![1]);
    assert.equal(first, second);
    const { AccessKeyMetadata } = await emu.iam().send(new ListAccessKeysCommand({ UserName: "admin" }));
    assert.equal(AccessKeyMetadata!.length, 2);
  });

  it("give an application the same credentials", async () => {
    const trusts = [{ Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }];
    await createRole(emu, "app", { trusts });
    const { uri, authorizationToken } = (await control(emu, "container-credentials", { roleName: "app" })) as {
      readonly uri: string;
      readonly authorizationToken: string;
    };
    const given = await Promise.all(
      TWICE.map(() => supertest(uri).get("").set("Authorization", authorizationToken).expect(200)),
    );
    assert.deepEqual(given[0]!.body, given[1]!.body);
  });
});
