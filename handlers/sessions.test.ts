import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { accountInId } from "../data/ids.ts";
import { seededRandom } from "../data/random.ts";
import { openToken, sealToken } from "../signing/session-token.ts";
import type { Session } from "./caller.ts";
import type { Context } from "./operation.ts";
import { issueSession, packedPolicySize, type Grant } from "./sessions.ts";

describe("an issued session", () => {
  const random = seededRandom("sessions");
  const key = random.bytes(32);
  const now = Date.UTC(2026, 10, 24, 12, 0, 0, 750);
  const context = {
    now,
    random,
    sessions: { seal: (session: object, size?: number) => sealToken(key, random.bytes(12), session, size) },
  } as Context;
  const grant: Grant = { account: "111122223333", kind: "session-token", principalId: "AIDAEXAMPLE" };

  it("holds in its token what was granted, its keys and its times", () => {
    const { Credentials } = issueSession({ ...grant, mfaAt: now }, 900, context);
    assert.deepEqual(openToken(key, Credentials.SessionToken), {
      ...grant,
      mfaAt: now,
      accessKeyId: Credentials.AccessKeyId,
      secret: Credentials.SecretAccessKey,
      issuedAt: now,
      expiresAt: Date.UTC(2026, 10, 24, 12, 15, 0),
    });
    assert.equal(Credentials.Expiration.toISOString(), "2026-11-24T12:15:00.000Z");
  });

  it("carries the account of the session in its key id", () => {
    assert.equal(accountInId(issueSession(grant, 900, context).Credentials.AccessKeyId), "111122223333");
  });

  it("has a token of the size that was asked for, as near as base64 comes to it", () => {
    for (let size = 600; size <= 4096; size += 7) {
      const issued = issueSession(grant, 900, context, size);
      assert.equal(issued.SessionTokenSize, issued.Credentials.SessionToken.length);
      assert.equal(issued.SessionTokenSize, Math.ceil(size / 4) * 4);
    }
  });

  it("is refused one byte beyond the largest token, by the name of what fills it", () => {
    const sizeWith = (more: Partial<Session>) => issueSession({ ...grant, ...more }, 900, context).SessionTokenSize;
    const policyOf = (length: number) => ({ policy: "x".repeat(length) });
    let length = 2000;
    while (sizeWith(policyOf(length + 1)) < 4096) length++;
    assert.equal(sizeWith(policyOf(length + 1)), 4096);
    const tooLong = length + 4;
    assert.throws(() => sizeWith(policyOf(tooLong)), {
      code: "PackedPolicyTooLarge",
      wireMessage: "Packed policy consumes 101% of allotted space, please use smaller policy.",
    });
    assert.throws(() => sizeWith({ tags: [{ Key: "a", Value: "x".repeat(tooLong) }] }), {
      code: "PackedPolicyTooLarge",
      wireMessage: "Packed size of session tags consumes 101% of allotted space.",
    });
  });

  it("tells a packed size where it has policies or tags", () => {
    const tags = [{ Key: "a", Value: "b" }];
    for (const more of [{ policy: "{}" }, { policyArns: ["arn:aws:iam::aws:policy/X"] }, { tags }]) {
      const issued = issueSession({ ...grant, ...more }, 900, context);
      assert.equal(packedPolicySize({ ...grant, ...more }, issued), issued.SessionTokenUtilization);
    }
    assert.equal(packedPolicySize(grant, issueSession(grant, 900, context)), undefined);
  });
});
