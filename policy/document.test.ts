import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { checkPolicy, contextKeysOf, type PolicyKind, policySize, readPolicy } from "./document.ts";
import type { FaultKind } from "./faults.ts";

interface Case {
  readonly it: string;
  /** A whole document, as text or as JSON; or one statement, which is completed to a valid one. */
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

describe("readPolicy", () => {
  describe("accepts", () => {
    const cases: AcceptedCase[] = JSON.parse(read("documents-accepted"));
    for (const testCase of cases) {
      for (const kind of testCase.kinds) {
        it(`${testCase.it} (${kind})`, () => {
          assert.equal(readPolicy(textOf(testCase, kind), kind).fault, undefined);
        });
      }
    }
  });

  describe("rejects", () => {
    const cases: RejectedCase[] = JSON.parse(read("documents-rejected"));
    for (const testCase of cases) {
      it(`${testCase.it} (${testCase.kind})`, () => {
        assert.equal(readPolicy(textOf(testCase, testCase.kind), testCase.kind).fault?.message, testCase.message);
      });
    }
  });

  const KINDS: readonly PolicyKind[] = [
    "identity",
    "inline",
    "boundary",
    "trust",
    "session",
    "resource",
    "scp",
    "rcp",
    "simulated",
    "simulated-resource",
  ];

  it("answers to any text, with faults that stand in it", () => {
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
        const { structure, faults } = checkPolicy(document, kind);
        assert.ok(structure !== undefined || faults.length > 0);
        assert.deepEqual(readPolicy(document, kind).fault, faults[0]);
        for (const { start, end, detail, message } of faults) {
          assert.ok(start.offset <= end.offset && end.offset <= document.length);
          assert.ok(detail !== "" && message !== "");
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
        const { structure, fault } = readPolicy(text, kind);
        assert.ok(fault ? fault.message !== "" : structure);
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
      assert.deepEqual(contextKeysOf(textOf(testCase, "identity")), refused ? undefined : keys);
    });
  }
});

describe("checkPolicy", () => {
  interface FaultsCase {
    readonly it: string;
    readonly kind: PolicyKind;
    /** The lines of the document. */
    readonly text: readonly string[];
    /** Kind, path, where it starts and ends as `line:column`, and AWS's message. */
    readonly faults: readonly (readonly [FaultKind, string, string, string, string])[];
  }
  const cases: FaultsCase[] = JSON.parse(read("document-faults"));
  for (const { it: says, kind, text, faults } of cases) {
    it(`finds all that is wrong with ${says} (${kind})`, () => {
      const at = ({ line, column }: { line: number; column: number }) => `${line}:${column}`;
      const found = checkPolicy(text.join("\n"), kind).faults;
      assert.deepEqual(
        found.map((fault) => [fault.kind, fault.path, at(fault.start), at(fault.end), fault.message]),
        faults,
      );
    });
  }

  it("says in plain words what AWS has one text for", () => {
    const text = '{"Statement":{"Effect":"Allow","Actions":"*","Condition":{"StringLik":{"a:b":"c"}}}}';
    assert.deepEqual(
      checkPolicy(text, "session").faults.map(({ detail }) => detail),
      [
        'There is no element "Actions" here; there may be Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition.',
        'There is no condition operator "StringLik".',
        "There is nothing in Action, or no such element.",
        "There is nothing in Resource, or no such element.",
      ],
    );
  });

  it("hands on what could be read", () => {
    const { structure, faults } = checkPolicy('{"Statement":[{"Effect":1,"Action":["s3:*",2]}]}', "session");
    assert.deepEqual(structure?.statements[0]?.actions, ["s3:*", ""]);
    assert.equal(faults.length, 3);
    assert.equal(checkPolicy("{", "session").structure, undefined);
  });
});
