import assert from "node:assert/strict";
import { denialEnding } from "./denial.ts";
import type { PolicyType } from "./evaluate.ts";

const ENDINGS: readonly [PolicyType, silent: string, denying: string][] = [
  [
    "identity",
    "because no identity-based policy allows the iam:GetUser action",
    "with an explicit deny in an identity-based policy",
  ],
  [
    "boundary",
    "because no permissions boundary allows the iam:GetUser action",
    "with an explicit deny in a permissions boundary",
  ],
  ["session", "because no session policy allows the iam:GetUser action", "with an explicit deny in a session policy"],
  [
    "resource",
    "because no resource-based policy allows the iam:GetUser action",
    "with an explicit deny in a resource-based policy",
  ],
  [
    "trust",
    "because no role trust policy allows the iam:GetUser action",
    "with an explicit deny in the role trust policy",
  ],
  [
    "scp",
    "because no service control policy allows the iam:GetUser action",
    "with an explicit deny in a service control policy",
  ],
  [
    "rcp",
    "because no resource control policy allows the iam:GetUser action",
    "with an explicit deny in a resource control policy",
  ],
];

describe("denialEnding", () => {
  for (const [decidedBy, silent, denying] of ENDINGS) {
    it(`words a refusal by ${decidedBy} as AWS does`, () => {
      assert.equal(denialEnding({ allowed: false, kind: "implicitDeny", decidedBy }, "iam:GetUser"), silent);
      assert.equal(denialEnding({ allowed: false, kind: "explicitDeny", decidedBy }, "iam:GetUser"), denying);
    });
  }
});
