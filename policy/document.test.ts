import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { WireError } from "../handlers/errors.ts";
import {
  contextKeysOf,
  invalidPrincipal,
  namedPrincipals,
  parsePolicy,
  type PolicyKind,
  policySize,
  statementPositions,
} from "./document.ts";

interface Case {
  readonly it: string;
  /** A whole document, as text or as JSON; or one statement, which is filled up to a valid one. */
  readonly text?: string;
  readonly document?: object;
  readonly statement?: object;
}
interface AcceptedCase extends Case {
  readonly kinds: readonly PolicyKind[];
}
interface RejectedCase extends Case {
  readonly kind: PolicyKind;
  readonly message: string;
}
interface KeysCase extends Case {
  readonly keys?: readonly string[];
  readonly refused?: true;
}

const read = (file: string): string => readFileSync(`policy/cases/${file}.json`, "utf8");

function textOf({ text, document, statement }: Case, kind: PolicyKind): string {
  if (text !== undefined) return text;
  const unless = (...elements: string[]) =>
    kind === "trust" || elements.some((element) => statement && element in statement);
  const filled = {
    Effect: "Allow",
    ...(!unless("Action", "NotAction") && { Action: "*" }),
    ...(!unless("Resource") && (!unless("NotResource") || kind !== "rcp") && { Resource: "*" }),
    ...statement,
  };
  return JSON.stringify(document ?? { Version: "2012-10-17", Statement: [filled] });
}

const refusal = (code: string, message: string) => (error: unknown) => {
  assert.ok(error instanceof WireError);
  assert.deepEqual([error.code, error.wireMessage], [code, message]);
  return true;
};

describe("parsePolicy", () => {
  describe("accepts", () => {
    const cases: AcceptedCase[] = JSON.parse(read("documents-accepted"));
    for (const testCase of cases) {
      for (const kind of testCase.kinds) {
        it(`${testCase.it} (${kind})`, () => {
          assert.doesNotThrow(() => parsePolicy(textOf(testCase, kind), kind));
        });
      }
    }
  });

  describe("rejects", () => {
    const cases: RejectedCase[] = JSON.parse(read("documents-rejected"));
    for (const testCase of cases) {
      it(`${testCase.it} (${testCase.kind})`, () => {
        const text = textOf(testCase, testCase.kind);
        assert.throws(() => parsePolicy(text, testCase.kind), refusal("MalformedPolicyDocument", testCase.message));
      });
    }
  });

  const KINDS: readonly PolicyKind[] = ["identity", "inline", "boundary", "trust", "session", "resource", "scp", "rcp"];

  it("throws MalformedPolicyDocument and nothing else, whatever the text", () => {
    const words = [
      "Version",
      "2012-10-17",
      "Statement",
      "Effect",
      "Allow",
      "Action",
      "Resource",
      "Principal",
      "AWS",
      "*",
    ];
    const more = ["Condition", "StringLike", "NumericEquals", "arn:aws:s3:::b", "${a:b", "\ud800", "__proto__", ""];
    const word = fc.constantFrom(...words, ...more);
    const { json } = fc.letrec<{ json: unknown; object: unknown }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 8 },
        word,
        fc.integer(),
        fc.constant(null),
        fc.array(tie("json"), { maxLength: 3 }),
        tie("object"),
      ),
      object: fc.dictionary(word, tie("json"), { maxKeys: 5 }),
    }));
    const damaged = fc
      .tuple(json, fc.nat(200), fc.string({ maxLength: 3 }))
      .map(([value, at, noise]) => JSON.stringify(value).slice(0, at) + noise + JSON.stringify(value).slice(at));
    const text = fc.oneof(
      json.map((value) => JSON.stringify(value)),
      damaged,
      fc.string(),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...KINDS), (document, kind) => {
        try {
          parsePolicy(document, kind);
        } catch (error) {
          assert.ok(error instanceof WireError && error.code === "MalformedPolicyDocument", String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("answers to documents that are deep, long or repetitive", () => {
    const size = 128 * 1024;
    const withStatement = (members: string) => `{"Version":"2012-10-17","Statement":{"Effect":"Allow",${members}}}`;
    const withCondition = (operator: string, value: string) =>
      withStatement(`"Action":"*","Resource":"*","Condition":{"${operator}":{"a:b":"${value}"}}`);
    const shapes = [
      "[".repeat(size),
      '{"a":'.repeat(size / 5),
      `{"Version":"2012-10-17","Statement":[${"{},".repeat(size / 3)}{}]}`,
      withStatement(`"Action":"*","Resource":"${"${".repeat(size / 2)}"`),
      withStatement(`"Action":"*","Resource":"${":".repeat(size)}"`),
      withStatement(`"Action":"${"*".repeat(size)}","Resource":"*"`),
      withStatement(`"Action":"${"\\u0000".repeat(size / 6)}","Resource":"*"`),
      withStatement(`"Action":["iam:*"${',"iam:*"'.repeat(size / 8)}],"Resource":"*"`),
      withStatement(`"Action":"sts:AssumeRole","Principal":{"Service":"${"a.".repeat(size / 2)}"}`),
      withCondition("ForAllValues:".repeat(size / 13), "1"),
      withCondition("NumericEquals", `${"1".repeat(size)}e`),
      withCondition("DateEquals", `2030-01-01T${"0".repeat(size)}`),
      withCondition("IpAddress", `${":".repeat(size)}1`),
    ];
    for (const text of shapes) {
      for (const kind of KINDS) {
        try {
          parsePolicy(text, kind);
        } catch (error) {
          assert.ok(error instanceof WireError && error.code === "MalformedPolicyDocument", String(error));
        }
      }
    }
  });
});

describe("policySize", () => {
  it("counts what is no white space", () => {
    assert.equal(policySize('{ "a":\r\n\t"b c" }'), 10);
  });
});

describe("contextKeysOf", () => {
  const cases: KeysCase[] = JSON.parse(read("context-keys"));
  for (const { keys, refused, ...testCase } of cases) {
    it(`${refused ? "refuses" : "finds"} ${testCase.it}`, () => {
      const find = () => contextKeysOf(textOf(testCase, "identity"));
      if (refused) assert.throws(find, refusal("InvalidInput", "Syntax errors in policy."));
      else assert.deepEqual(find(), keys);
    });
  }
});

describe("namedPrincipals", () => {
  it("lists users, roles and unique ids, once each, and nothing that needs no look-up", () => {
    const alice = "arn:aws:iam::111122223333:user/alice";
    const role = "arn:aws:iam::111122223333:role/path/r";
    const id = "AIDAALICEAAAAAAAAAAAA";
    const statement = (...principals: string[]) => ({
      Effect: "Allow",
      Principal: { AWS: principals },
      Action: "sts:AssumeRole",
    });
    const Statement = [
      statement("*", "111122223333", "arn:aws:iam::111122223333:root", alice, id),
      statement("arn:aws:sts::111122223333:assumed-role/r/s", role, alice),
      { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
    ];
    assert.deepEqual(namedPrincipals(JSON.stringify({ Statement })), [alice, id, role]);
  });

  it("goes with an error for those that do not exist", () => {
    const { code, wireMessage } = invalidPrincipal("AWS", "arn:aws:iam::111122223333:user/nobody");
    assert.equal(code, "MalformedPolicyDocument");
    assert.equal(wireMessage, 'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/nobody"');
  });
});

describe("statementPositions", () => {
  const at = (Line: number, Column: number) => ({ Line, Column });

  it("finds the statements of a compact list", () => {
    const first = '{"Effect":"Allow","Action":"*","Resource":"*"}';
    const text = `{"Version":"2012-10-17","Statement":[${first},${first}]}`;
    const end = 38 + first.length;
    assert.deepEqual(statementPositions(text), [
      { Start: at(1, 38), End: at(1, end) },
      { Start: at(1, end), End: at(1, end + 1 + first.length) },
    ]);
  });

  it("finds the statements of an indented list", () => {
    const statement = '    {\n"Sid":\n"",\n"a":\n"b"\n    }';
    const text = `{\n  "Version": "2012-10-17",\n  "Statement": [\n${statement},\n${statement}]}`;
    assert.deepEqual(statementPositions(text), [
      { Start: at(3, 17), End: at(9, 6) },
      { Start: at(9, 6), End: at(15, 6) },
    ]);
  });

  it("takes CR LF for one line break, and escapes for as long as they are written", () => {
    const text = '{"Statement":[\r\n{"Sid":"\\u0041"}\r\n]}';
    assert.deepEqual(statementPositions(text), [{ Start: at(1, 15), End: at(2, 17) }]);
  });

  it("finds a single statement without a list after its brace", () => {
    const text = '{"Version": "2012-10-17", "Statement": {"Effect":"Allow"}}';
    assert.deepEqual(statementPositions(text), [{ Start: at(1, 41), End: at(1, 58) }]);
  });

  it("finds nothing where there is no statement", () => {
    assert.deepEqual(statementPositions('{"Version":"2012-10-17"}'), []);
  });
});
