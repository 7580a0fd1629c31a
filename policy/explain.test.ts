import assert from "node:assert/strict";
import { type ContextKeys, type Policies } from "./evaluate.ts";
import { explain, neededKeys } from "./explain.ts";

const ACCOUNT = "111122223333";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/target`;

const source = (id: string, ...statements: object[]) => ({
  id,
  document: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
});
const allow = (more: object = {}) => ({ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*", ...more });
const deny = (more: object = {}) => ({ ...allow(more), Effect: "Deny" });
const trust = (...statements: object[]) => ({ document: source("trust", ...statements).document, bindings: {} });
const mfa = { Bool: { "aws:MultiFactorAuthPresent": "true" } };

const ask = (policies: Policies, keys: ContextKeys = {}) =>
  explain(policies, {
    action: "sts:AssumeRole",
    resource: ROLE,
    principal: { type: "user", account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/alice`, id: "AIDAALICE" },
    resourceAccount: ACCOUNT,
    keys,
  });

describe("explain", () => {
  it("names the condition of the trust policy that was not met", () => {
    const statement = {
      Sid: "WithMfa",
      Effect: "Allow",
      Principal: { AWS: ACCOUNT },
      Action: "sts:AssumeRole",
      Condition: mfa,
    };
    const explanation = ask({ identity: [source("inline", allow())], trust: trust(statement) });
    assert.deepEqual(explanation, {
      allowed: false,
      kind: "implicitDeny",
      decidedBy: "trust",
      matched: [{ type: "identity", source: "inline", index: 0, sid: undefined, effect: "Allow", conditions: [] }],
      unmet: [
        {
          type: "trust",
          source: ROLE,
          index: 0,
          sid: "WithMfa",
          effect: "Allow",
          conditions: [
            { operator: "Bool", key: "aws:MultiFactorAuthPresent", expected: ["true"], actual: undefined, met: false },
          ],
        },
      ],
      silent: ["trust"],
    });
  });

  it("shows the request's values beside the policy's, for each condition of the statement", () => {
    const Condition = { ...mfa, NumericLessThan: { "aws:MultiFactorAuthAge": "3600" } };
    const keys = { "aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "7200" };
    const { unmet } = ask({ identity: [source("p", allow({ Condition }))] }, keys);
    assert.deepEqual(unmet[0]?.conditions, [
      { operator: "Bool", key: "aws:MultiFactorAuthPresent", expected: ["true"], actual: "true", met: true },
      { operator: "NumericLessThan", key: "aws:MultiFactorAuthAge", expected: ["3600"], actual: "7200", met: false },
    ]);
  });

  it("names the statement that denied, and the condition that made it apply", () => {
    const Condition = { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } };
    const { kind, decidedBy, matched } = ask({ identity: [source("p", allow(), deny({ Sid: "NoMfa", Condition }))] });
    assert.deepEqual([kind, decidedBy], ["explicitDeny", "identity"]);
    assert.deepEqual(matched, [
      {
        type: "identity",
        source: "p",
        index: 1,
        sid: "NoMfa",
        effect: "Deny",
        conditions: [
          {
            operator: "BoolIfExists",
            key: "aws:MultiFactorAuthPresent",
            expected: ["false"],
            actual: undefined,
            met: true,
          },
        ],
      },
    ]);
  });

  it("names all statements that allowed", () => {
    const { kind, matched, silent } = ask({
      identity: [source("a", allow()), source("b", allow({ Action: "ec2:*" }), allow({ Action: "sts:*" }))],
      boundary: source("c", allow({ Action: "*" })),
    });
    assert.equal(kind, "allowed");
    assert.deepEqual(
      matched.map(({ type, source: id, index }) => [type, id, index]),
      [
        ["identity", "a", 0],
        ["identity", "b", 1],
        ["boundary", "c", 0],
      ],
    );
    assert.deepEqual(silent, []);
  });

  it("lists every type of policy that did not allow", () => {
    const other = source("other", allow({ Action: "ec2:*" }));
    const { decidedBy, silent, unmet } = ask({
      scps: [[source("scp", allow())], [other]],
      identity: [],
      boundary: other,
      session: [],
      trust: null,
    });
    assert.equal(decidedBy, "scp");
    assert.deepEqual(silent, ["scp", "trust", "identity", "boundary", "session"]);
    assert.deepEqual(unmet, []);
  });

  it("names no statement of other policies where the organization's decided", () => {
    const { matched } = ask({ scps: [[source("scp", allow(), deny())]], identity: [source("p", deny())] });
    assert.deepEqual(
      matched.map(({ type, source: id, index }) => [type, id, index]),
      [["scp", "scp", 1]],
    );
  });

  it("passes over statements about other principals, actions and resources", () => {
    const { matched, unmet } = ask({
      identity: [
        source("p", allow({ Action: "sts:TagSession", Condition: mfa }), allow({ Resource: "arn:aws:iam::*:role/x" })),
      ],
      trust: trust({ Effect: "Allow", Principal: { AWS: "444455556666" }, Action: "sts:AssumeRole", Condition: mfa }),
    });
    assert.deepEqual([matched, unmet], [[], []]);
  });

  it("counts root's identity as allowing", () => {
    const root = { type: "root", account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` } as const;
    const request = { action: "iam:GetUser", resource: "*", principal: root, resourceAccount: ACCOUNT, keys: {} };
    const { allowed, silent } = explain({ identity: [] }, request);
    assert.deepEqual([allowed, silent], [true, []]);
  });
});

describe("neededKeys", () => {
  it("lists condition keys and variables, once each, whatever the actions of their statements", () => {
    const first = allow({ Action: "ec2:*", Resource: "arn:aws:s3:::${aws:username}/${*}", Condition: mfa });
    const second = deny({ Condition: { StringLike: { "AWS:UserName": "${aws:userid}" } } });
    assert.deepEqual(neededKeys([source("a", first), source("b", second)]), [
      "aws:username",
      "aws:MultiFactorAuthPresent",
      "aws:userid",
    ]);
  });
});
