import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type ContextKeys, evaluate } from "./evaluate.ts";

interface Case {
  readonly it: string;
  readonly version?: string;
  readonly condition: object;
  readonly keys: ContextKeys;
  readonly simulated?: boolean;
  /** Whether an Allow with the condition allows. */
  readonly met: boolean;
  /** Whether a Deny with the condition denies, if that differs from `met`. */
  readonly denied?: boolean;
}

const FILES = [
  "string-operators",
  "numeric-operators",
  "date-operators",
  "bool-null-binary-operators",
  "ip-operators",
  "arn-operators",
  "absent-and-multivalued-keys",
  "variables",
  "mfa",
];

describe("conditions", () => {
  for (const file of FILES) {
    describe(file, () => {
      const cases: Case[] = JSON.parse(readFileSync(`policy/cases/${file}.json`, "utf8"));
      for (const { it: sentence, met, denied = met, ...rest } of cases) {
        it(sentence, () => {
          assert.equal(decide("Allow", rest).allowed, met);
          assert.equal(decide("Deny", rest).kind === "explicitDeny", denied);
        });
      }
    });
  }
});

function decide(
  effect: "Allow" | "Deny",
  { version = "2012-10-17", condition, keys, simulated }: Omit<Case, "it" | "met">,
) {
  const statement = { Effect: effect, Action: "*", Resource: "*", Condition: condition };
  return evaluate(
    { identity: [{ id: "p", document: JSON.stringify({ Version: version, Statement: statement }) }] },
    {
      action: "s3:ListBucket",
      resource: "arn:aws:s3:::bucket",
      principal: {
        type: "user",
        account: "111122223333",
        arn: "arn:aws:iam::111122223333:user/alice",
        id: "AIDAALICE",
      },
      resourceAccount: "111122223333",
      keys,
      simulated: simulated ?? false,
    },
  );
}
