import { evaluate, type AccessRequest, type Policies } from "../../policy/evaluate.ts";

const ACCOUNT = "123456789012";
const USER = `arn:aws:iam::${ACCOUNT}:user/ann`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/admin`;

const policies: Policies = {
  identity: [
    {
      id: "assume",
      document: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: ROLE }],
      }),
    },
  ],
  trust: {
    document: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
          Action: "sts:AssumeRole",
          Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
        },
      ],
    }),
    bindings: {},
  },
};

const request: AccessRequest = {
  action: "sts:AssumeRole",
  resource: ROLE,
  principal: { type: "user", account: ACCOUNT, arn: USER, id: "AIDAEXAMPLEEXAMPLE123" },
  resourceAccount: ACCOUNT,
  keys: { "aws:MultiFactorAuthPresent": "true", "aws:username": "ann", "sts:RoleSessionName": "s" },
};

/**
 * Decisions per second on one core: an identity policy, a trust policy and an MFA condition, all of which must allow.
 */
export function measureDecisions(seconds = 2): number {
  for (let i = 0; i < 20_000; i++) evaluate(policies, request);
  const began = performance.now();
  let decisions = 0;
  while (performance.now() - began < seconds * 1000) {
    for (let i = 0; i < 1000; i++)
      if (!evaluate(policies, request).allowed) throw new Error("the request must be allowed");
    decisions += 1000;
  }
  return decisions / ((performance.now() - began) / 1000);
}
