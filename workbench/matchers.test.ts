import assert from "node:assert/strict";
import { expect } from "expect";
import { before, describe, it } from "mocha";
import { matchers, type PolicyMatchers } from "./index.ts";

const policy = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const read = policy({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::data/${aws:username}/*",
  Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
});
const noDelete = policy({ Effect: "Deny", Action: "s3:Delete*", Resource: "*" });

/** `expect` as a project has it that has declared the matchers. */
const expectPolicy = expect as unknown as (received: unknown) => PolicyMatchers & { readonly not: PolicyMatchers };

describe("the matchers, in Jest's expect", () => {
  before(() => expect.extend(matchers));

  const asked = { action: "s3:GetObject", resource: "arn:aws:s3:::data/test/x" };

  it("expect a policy to allow and to deny", () => {
    expectPolicy(read).toAllow({ ...asked, mfa: true });
    expectPolicy(read).toAllow({ ...asked, context: { "aws:MultiFactorAuthPresent": true } });
    expectPolicy(read).toDeny(asked);
    expectPolicy(read).not.toAllow(asked);
    expectPolicy(read).toDeny({ ...asked, kind: "implicitDeny" });
    expectPolicy(read).not.toDeny({ ...asked, kind: "explicitDeny" });
  });

  it("take JSON, lists of policies, and who asks", () => {
    const deletion = { action: "s3:DeleteObject", kind: "explicitDeny" } as const;
    expectPolicy([JSON.stringify(read), noDelete]).toAllow({ ...asked, mfa: 20 });
    expectPolicy([read, noDelete]).toDeny(deletion);
    const principal = "arn:aws:iam::111122223333:user/staff/ann";
    const theirs = { ...asked, resource: "arn:aws:s3:::data/ann/x", mfa: true };
    expectPolicy(read).toAllow({ ...theirs, principal });
    expectPolicy(read).toDeny({ ...theirs, principal: "arn:aws:iam::111122223333:role/ann" });
  });

  it("count the policy of the resource", () => {
    const everybody = policy({ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" });
    expectPolicy(noDelete).toAllow({ ...asked, resourcePolicy: everybody });
  });

  it("say what decided where they fail", () => {
    assert.throws(() => expectPolicy(read).toAllow(asked), {
      message: [
        "expected the policy to allow s3:GetObject on arn:aws:s3:::data/test/x, but it is implicitDeny:",
        "  No identity-based policy allows the s3:GetObject action.",
        '  Statement 1 of policy 1 would allow it, but Bool aws:MultiFactorAuthPresent "true" is not met, since the request has no such key.',
      ].join("\n"),
    });
    assert.throws(() => expectPolicy(noDelete).not.toDeny({ action: "s3:DeleteObject" }), {
      message: [
        "expected the policy not to deny s3:DeleteObject on *, but it is explicitDeny:",
        "  Statement 1 of policy 1 denies it.",
      ].join("\n"),
    });
  });

  it("refuse what is no policy, no action and nobody", () => {
    assert.throws(() => expectPolicy({ Statement: [{ Effect: "Allow", Acton: "*" }] }).toAllow(asked), {
      name: "TypeError",
      message:
        /^policy 1 is none: Statement\[0\]\.Acton \(line 1, column \d+\): Syntax errors in policy\. There is no element "Acton" here/,
    });
    assert.throws(() => expectPolicy(undefined).toDeny(asked), { name: "TypeError" });
    assert.throws(() => expectPolicy(read).toDeny({ action: "GetObject" }), {
      name: "TypeError",
      message: '"GetObject" is no action; one is such as s3:GetObject.',
    });
    assert.throws(() => expectPolicy(read).toDeny({ ...asked, principal: "ann" }), {
      name: "TypeError",
      message: "ann is not the ARN of a user or role.",
    });
  });
});
