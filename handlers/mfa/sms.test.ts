import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { SmsMessage } from "../../data/entities/mfa.ts";
import { ACCOUNT, mfaState, type MfaState } from "../../integration/mfa/state.ts";
import { checkSmsCode, isPhoneNumber, lastMessage, messagesTo, sendCode, smsCodeState } from "./sms.ts";

const MINUTE = 60_000;

describe("codes sent by text message", () => {
  const phoneNumber = "+15550100";
  const device = { serialNumber: `arn:aws:iam::${ACCOUNT}:sms-mfa/ann`, phoneNumber };
  let state: MfaState;

  beforeEach(async () => {
    state = await mfaState();
  });

  const send = (to = device) => state.run((context) => sendCode(to, context));
  const use = (code: string, by = device) =>
    state.run((context) => {
      const { verdict, record } = checkSmsCode(by, code, context);
      record(context.tx);
      return verdict;
    });
  const inbox = () => state.run((context) => messagesTo(phoneNumber, context));

  it("are six digits in a message that says for how long they are good", () => {
    const { code, text, sentAt } = send();
    assert.match(code, /^\d{6}$/);
    assert.equal(text, `Your AWS authentication code is ${code}. It is good for 5 minutes.`);
    assert.equal(sentAt, state.now);
    assert.deepEqual(inbox(), [state.run((context) => lastMessage(device, context))]);
  });

  it("are accepted once", () => {
    const { code } = send();
    assert.equal(use(code), "accepted");
    assert.equal(use(code), "refused");
  });

  it("are accepted for five minutes", () => {
    const { code } = send();
    state.now += 5 * MINUTE;
    assert.equal(use(code), "refused");
    state.now -= 1;
    assert.equal(use(code), "accepted");
  });

  it("are void once a newer one is sent", () => {
    const older = send();
    const newer = send();
    assert.notEqual(older.code, newer.code);
    assert.equal(use(older.code), "refused");
    assert.equal(use(newer.code), "accepted");
  });

  it("are good, used, replaced or expired", () => {
    const stateOf = (message: SmsMessage) => {
      const stored = inbox().find(({ number }) => number === message.number)!;
      return state.run((context) => smsCodeState(stored, context));
    };
    const first = send();
    assert.equal(stateOf(first), "good");
    const second = send();
    assert.deepEqual([stateOf(first), stateOf(second)], ["replaced", "good"]);
    state.now += 5 * MINUTE;
    assert.equal(stateOf(second), "expired");
    state.now -= 1;
    use(second.code);
    assert.equal(stateOf(second), "used");
  });

  it("are those of one device, though two share a phone", () => {
    const other = { serialNumber: `arn:aws:iam::${ACCOUNT}:sms-mfa/ben`, phoneNumber };
    const { code } = send();
    const theirs = send(other);
    assert.notEqual(code, theirs.code);
    assert.equal(use(code, other), "refused");
    assert.equal(use(theirs.code), "refused");
    assert.equal(use(code), "accepted");
    assert.equal(use(theirs.code, other), "accepted");
  });

  it("are those of one phone, though a device changed its number", () => {
    const { code } = send();
    assert.equal(use(code, { ...device, phoneNumber: "+15550199" }), "refused");
  });

  it("are refused before any was sent", () => assert.equal(use("123456"), "refused"));

  it("can be guessed at nine times in three minutes", () => {
    const { code } = send();
    for (let attempt = 1; attempt <= 9; attempt++) assert.equal(use("guess!"), "refused");
    assert.equal(use(code), "too many attempts");
    state.now += 3 * MINUTE;
    assert.equal(use(code), "accepted");
  });

  it("are kept by the phone, the last hundred of them, in the order they came", () => {
    const sent = Array.from({ length: 103 }, () => send().code);
    assert.deepEqual(
      inbox().map(({ code }) => code),
      sent.slice(3),
    );
  });

  for (const [text, valid] of [
    ["+15550100", true],
    ["+123456789012345", true],
    ["+1234567890123456", false],
    ["+123456", false],
    ["+05550100", false],
    ["15550100", false],
    ["+1 555 0100", false],
    ["+1555010a", false],
    ["", false],
  ] as const) {
    it(`go to "${text}": ${valid ? "a phone number" : "no phone number"}`, () =>
      assert.equal(isPhoneNumber(text), valid));
  }
});
