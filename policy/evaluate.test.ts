import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type ContextKeys, evaluate, type PolicySource } from "./evaluate.ts";
import type { Bindings, RequestPrincipal } from "./match.ts";
import { NoPolicy } from "./structure.ts";

interface CombinationCase {
  readonly it: string;
  readonly who: string;
  readonly identity?: readonly string[];
  readonly boundary?: string;
  readonly session?: readonly string[];
  readonly scopes?: readonly string[];
  readonly resource?: string;
  /** The same of a KMS key. */
  readonly key?: string;
  /** The account of the resource: the caller's by default. */
  readonly owner?: string;
  readonly scps?: readonly (readonly string[])[];
  readonly rcps?: readonly (readonly string[])[];
  readonly decision: string;
  readonly by: string;
}

type Says = "allow" | "deny" | "silent";

interface TrustCase {
  readonly it: string;
  readonly who: string;
  readonly identity?: Says;
  readonly boundary?: Says;
  readonly session?: Says;
  /** The only statement of the trust policy: an Allow of sts:AssumeRole, unless it says otherwise. */
  readonly trust: object | null;
  readonly version?: string;
  readonly bindings?: Bindings;
  readonly keys?: ContextKeys;
  readonly decision: string;
  readonly by: string;
}

const ACCOUNT = "111122223333";
const read = (file: string): string => readFileSync(`policy/cases/${file}.json`, "utf8");

describe("evaluate", () => {
  describe("combines policies", () => {
    const table: {
      policies: Record<string, object>;
      callers: Record<string, RequestPrincipal>;
      cases: CombinationCase[];
    } = JSON.parse(read("combination"));

    const document = (name: string): string => JSON.stringify(table.policies[name]);
    const source = (id: string): PolicySource => ({ id, document: document(id) });
    const levels = (names: CombinationCase["scps"]) => names?.map((level) => level.map(source));

    for (const { it: sentence, who, decision, by, ...given } of table.cases) {
      it(sentence, () => {
        const result = evaluate(
          {
            identity: (given.identity ?? []).map(source),
            ...(given.boundary && { boundary: source(given.boundary) }),
            ...(given.session && { session: given.session.map(source) }),
            ...(given.scopes && { scopes: given.scopes.map(source) }),
            ...(given.resource && { resource: { document: document(given.resource), bindings: {} } }),
            ...(given.key && { resource: { document: document(given.key), bindings: {}, required: true } }),
            ...(given.scps && { scps: levels(given.scps) }),
            ...(given.rcps && { rcps: levels(given.rcps) }),
          },
          {
            action: "s3:GetObject",
            resource: "arn:aws:s3:::bucket/key",
            principal: table.callers[who]!,
            resourceAccount: given.owner ?? ACCOUNT,
            keys: {},
          },
        );
        assert.deepEqual(result, { allowed: decision === "allowed", kind: decision, decidedBy: by });
      });
    }
  });

  describe("asks trust policies", () => {
    const table: { callers: Record<string, RequestPrincipal>; cases: TrustCase[] } = JSON.parse(read("trust"));

    const source = (says: Says): PolicySource => {
      const effect = says === "deny" ? "Deny" : "Allow";
      const statement = { Effect: effect, Action: says === "silent" ? "ec2:*" : "sts:AssumeRole", Resource: "*" };
      return { id: says, document: JSON.stringify({ Version: "2012-10-17", Statement: statement }) };
    };

    for (const { it: sentence, who, trust, decision, by, ...given } of table.cases) {
      it(sentence, () => {
        const statement = { Effect: "Allow", Action: "sts:AssumeRole*", ...trust };
        const document = JSON.stringify({ Version: given.version ?? "2012-10-17", Statement: [statement] });
        const result = evaluate(
          {
            identity: [source(given.identity ?? "silent")],
            ...(given.boundary && { boundary: source(given.boundary) }),
            ...(given.session && { session: [source(given.session)] }),
            trust: trust && { document, bindings: given.bindings ?? {} },
          },
          {
            action: "sts:AssumeRole",
            resource: `arn:aws:iam::${ACCOUNT}:role/target`,
            principal: table.callers[who]!,
            resourceAccount: ACCOUNT,
            keys: given.keys ?? {},
          },
        );
        assert.deepEqual(result, { allowed: decision === "allowed", kind: decision, decidedBy: by });
      });
    }
  });

  it("refuses a document that is no policy", () => {
    const request = {
      action: "s3:GetObject",
      resource: "*",
      principal: { type: "anonymous" },
      resourceAccount: ACCOUNT,
      keys: {},
    } as const;
    assert.throws(() => evaluate({ identity: [{ id: "p", document: "{" }] }, request), NoPolicy);
  });

  it("remembers documents by their text, so that a changed one counts at once", () => {
    const request = {
      action: "s3:GetObject",
      resource: "*",
      principal: { type: "user", account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/alice`, id: "AIDAALICE" },
      resourceAccount: ACCOUNT,
      keys: {},
    } as const;
    const document = (effect: string) =>
      `{"Version":"2012-10-17","Statement":{"Effect":"${effect}","Action":"*","Resource":"*"}}`;
    assert.equal(evaluate({ identity: [{ id: "p", document: document("Allow") }] }, request).kind, "allowed");
    assert.equal(evaluate({ identity: [{ id: "p", document: document("Deny") }] }, request).kind, "explicitDeny");
    assert.equal(evaluate({ identity: [{ id: "p", document: document("Allow") }] }, request).kind, "allowed");
  });
});
