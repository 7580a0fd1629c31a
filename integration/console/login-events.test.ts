import assert from "node:assert/strict";
import { describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import { enableMfa } from "../fixtures.ts";
import { browser, consoleUser, PASSWORD, signIn, signInAsRoot } from "./browser.ts";

describe("the trail of sign-ins", () => {
  const emu = emulator();
  const last = async () =>
    (await supertest(emu.server.endpoint).get("/_emulator/trail").query({ eventName: "ConsoleLogin" })).body.events[0];

  it("has a ConsoleLogin of a user as CloudTrail writes it", async () => {
    const { arn, id } = await consoleUser(emu, "Jane");
    await signIn(browser(emu), "Jane");
    const { eventID, requestID, userAgent, ...event } = await last();
    assert.match(eventID, /^[0-9a-f-]{36}$/);
    assert.deepEqual([requestID, userAgent], [eventID, ""]);
    assert.deepEqual(event, {
      eventTime: "2026-11-24T12:00:00.000Z",
      eventSource: "signin.amazonaws.com",
      eventName: "ConsoleLogin",
      awsRegion: "us-east-1",
      sourceIPAddress: "127.0.0.1",
      userIdentity: {
        type: "IAMUser",
        principalId: id,
        arn,
        accountId: "000000000000",
        accessKeyId: "",
        userName: "Jane",
      },
      requestParameters: null,
      responseElements: { ConsoleLogin: "Success" },
      additionalEventData: { LoginTo: `${emu.server.endpoint}/console`, MobileVersion: "No", MFAUsed: "No" },
      readOnly: false,
      httpStatus: 200,
      recipientAccountId: "000000000000",
    });
  });

  it("says which device was used", async () => {
    await consoleUser(emu, "Vera");
    const serial = await enableMfa(emu, "Vera");
    const visitor = browser(emu);
    await signIn(visitor, "Vera");
    await visitor.submit("/console/sign-in/mfa", { code: "nothing" });
    const failed = await last();
    assert.deepEqual(
      [failed.errorMessage, failed.additionalEventData.MFAUsed, failed.additionalEventData.LoginTo],
      ["Failed authentication", "Yes", `${emu.server.endpoint}/console`],
    );
    await visitor.submit("/console/sign-in/mfa", { code: emu.server.mfa.code(serial).code });
    const { responseElements, additionalEventData } = await last();
    assert.deepEqual([responseElements.ConsoleLogin, additionalEventData.MFAUsed], ["Success", "Yes"]);
    assert.equal(additionalEventData.MFAIdentifier, serial);
  });

  it("has root as such", async () => {
    await signInAsRoot(browser(emu), emu);
    const { userIdentity } = await last();
    assert.deepEqual(userIdentity, {
      type: "Root",
      principalId: "000000000000",
      arn: "arn:aws:iam::000000000000:root",
      accountId: "000000000000",
      accessKeyId: "",
    });
  });

  it("has failures: of a user by name, of nobody without it, since it may be a password", async () => {
    await consoleUser(emu, "Kim");
    await signIn(browser(emu), "Kim", "wrong");
    const known = await last();
    assert.deepEqual(
      [known.errorMessage, known.errorCode, known.httpStatus, known.responseElements.ConsoleLogin],
      ["Failed authentication", undefined, 403, "Failure"],
    );
    assert.equal(known.userIdentity.userName, "Kim");
    await signIn(browser(emu), PASSWORD, "Kim");
    const unknown = await last();
    assert.equal(unknown.errorMessage, "No username found in supplied account");
    assert.deepEqual(unknown.userIdentity, {
      type: "IAMUser",
      accountId: "000000000000",
      accessKeyId: "",
      userName: "HIDDEN_DUE_TO_SECURITY_REASONS",
    });
  });

  it("has neither passwords nor codes anywhere", async () => {
    const { text } = await supertest(emu.server.endpoint).get("/_emulator/trail");
    assert.ok(!text.includes(PASSWORD) && !text.includes(emu.server.rootSignIn.password));
  });
});
