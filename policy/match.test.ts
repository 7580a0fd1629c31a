import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type ContextKeys, evaluate } from "./evaluate.ts";
import type { Bindings, RequestPrincipal } from "./match.ts";

interface WildcardCase {
  readonly it: string;
  readonly statement: object;
  readonly action: string;
  readonly resource: string;
  readonly keys?: ContextKeys;
  readonly applies: boolean;
}

interface PrincipalCase {
  readonly it: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly bindings?: Bindings;
  /** Callers to whom the statement applies, and some to whom it does not. */
  readonly named: readonly string[];
  readonly others: readonly string[];
}

const read = (file: string): string => readFileSync(`policy/cases/${file}.json`, "utf8");
const policy = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: statement });

describe("actions and resources", () => {
  const cases: WildcardCase[] = JSON.parse(read("wildcards"));
  for (const { it: sentence, statement, action, resource, keys = {}, applies } of cases) {
    it(sentence, () => {
      const { allowed } = evaluate(
        { identity: [{ id: "p", document: policy({ Effect: "Allow", ...statement }) }] },
        {
          action,
          resource,
          principal: { type: "user", account: "111122223333", arn: "arn:aws:iam::111122223333:user/u", id: "AIDAU" },
          resourceAccount: "111122223333",
          keys,
        },
      );
      assert.equal(allowed, applies);
    });
  }
});

describe("principals", () => {
  const table: { callers: Record<string, RequestPrincipal>; cases: PrincipalCase[] } = JSON.parse(read("principals"));

  // A Deny shows whom a statement names, whatever else decides an allow.
  const applies = ({ Principal, NotPrincipal, bindings = {} }: PrincipalCase, name: string): boolean => {
    const document = policy({ Effect: "Deny", Principal, NotPrincipal, Action: "*", Resource: "*" });
    const decision = evaluate(
      { identity: [], resource: { document, bindings } },
      {
        action: "s3:GetObject",
        resource: "*",
        principal: table.callers[name]!,
        resourceAccount: "111122223333",
        keys: {},
      },
    );
    return decision.kind === "explicitDeny";
  };

  for (const testCase of table.cases) {
    it(testCase.it, () => {
      for (const name of testCase.named) assert.equal(applies(testCase, name), true, name);
      for (const name of testCase.others) assert.equal(applies(testCase, name), false, name);
    });
  }
});
