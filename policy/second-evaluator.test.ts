import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { AccessRequest, RequestPrincipal } from "./evaluate.ts";
import { decide } from "./second-evaluator.ts";

interface TrustCase {
  readonly it: string;
  readonly who: string;
  readonly identity?: string;
  readonly boundary?: string;
  readonly session?: string;
  readonly trust: object | null;
  readonly bindings?: Readonly<Record<string, string>>;
  readonly keys?: AccessRequest["keys"];
  readonly decision: string;
}

describe("a second evaluator", () => {
  it("decides the cases of trust as they say", () => {
    const text = readFileSync("policy/cases/trust.json", "utf8");
    const table: { callers: Record<string, RequestPrincipal>; cases: TrustCase[] } = JSON.parse(text);
    const source = (says: string) => {
      const statement = {
        Effect: says === "deny" ? "Deny" : "Allow",
        Action: says === "silent" ? "ec2:*" : "*",
        Resource: "*",
      };
      return { id: says, document: JSON.stringify({ Statement: statement }) };
    };
    for (const { it: sentence, who, trust, ...given } of table.cases) {
      const statement = { Effect: "Allow", Action: "sts:AssumeRole*", ...trust };
      const decision = decide(
        {
          identity: [source(given.identity ?? "silent")],
          ...(given.boundary && { boundary: source(given.boundary) }),
          ...(given.session && { session: [source(given.session)] }),
          trust: trust && { document: JSON.stringify({ Statement: statement }), bindings: given.bindings ?? {} },
        },
        {
          action: "sts:AssumeRole",
          resource: "arn:aws:iam::111122223333:role/target",
          principal: table.callers[who]!,
          resourceAccount: "111122223333",
          keys: given.keys ?? {},
        },
      );
      assert.equal(decision, given.decision, sentence);
    }
  });
});
