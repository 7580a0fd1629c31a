import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type AccessRequest, evaluate, type Policies, type RequestPrincipal } from "./evaluate.ts";
import { explain } from "./explain.ts";
import { decide, type Statement } from "./second-evaluator.ts";

const A = "111122223333";
const B = "444455556666";
const USER = `arn:aws:iam::${A}:user/alice`;
const ROLE = `arn:aws:iam::${A}:role/admin`;
const SESSION = `arn:aws:sts::${A}:assumed-role/admin/s`;
const GUEST = `arn:aws:sts::${A}:federated-user/guest`;
const PROVIDER = `arn:aws:iam::${A}:saml-provider/corp`;
const THEIRS = `arn:aws:iam::${B}:saml-provider/corp`;

const callers: RequestPrincipal[] = [
  { type: "root", account: A, arn: `arn:aws:iam::${A}:root` },
  { type: "user", account: A, arn: USER, id: "AIDA1" },
  { type: "role", account: A, arn: SESSION, roleArn: ROLE, id: "AROA1" },
  { type: "federated-user", account: A, arn: GUEST, issuerArn: USER, issuerId: "AIDA1" },
  { type: "federated-user", account: A, arn: GUEST, issuerArn: `arn:aws:iam::${A}:root`, issuerId: A },
  { type: "federated", provider: PROVIDER },
  { type: "federated", provider: THEIRS },
];

const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
/**
 * Some of a few values, sometimes with many others that match nothing but make the list long enough to be matched as a
 * whole.
 */
const someAmong = (other: string, ...values: string[]) =>
  fc
    .tuple(some(...values), fc.constantFrom(0, 0, 0, 0, 0, 20))
    .map(([chosen, others]) => [...Array.from({ length: others }, (_, i) => other.replace("#", String(i))), ...chosen]);
const oneKey = <T>(names: string[], value: fc.Arbitrary<T>) =>
  fc.tuple(fc.constantFrom(...names), value).map(([k, v]) => ({ [k]: v }));

const actions = someAmong("s3:#*", "*", "s3:*", "S3:get*", "s3:GetObject", "s3:?etObject", "ec2:*", "s3:Put*");
const resources = someAmong(
  "arn:aws:s3:::#/${aws:username}/*",
  "*",
  "arn:aws:s3:::b/*",
  "arn:aws:s3:::b/k",
  "arn:aws:s3:::${aws:username}/*",
  "arn:aws:s3:::b/?",
  "arn:aws:s3*",
  "arn:*:s3:::*${t:x, 'b'}*k",
  "arn:aws:ec2:::*",
);
const principal: fc.Arbitrary<Statement["Principal"]> = fc.oneof(
  fc.constant("*" as const),
  oneKey(["AWS"], some("*", A, B, `arn:aws:iam::${A}:root`, USER, ROLE, SESSION, GUEST)),
  oneKey(["Federated"], some(PROVIDER, THEIRS)),
);

const forms = (...names: string[]) =>
  names.flatMap((n) => [n, `${n}IfExists`, `ForAllValues:${n}`, `ForAnyValue:${n}`]);
const texts = ["alice", "b", "a*", "ALICE", "${aws:username}", "${t:x, 'alice'}", ""];
const condition: fc.Arbitrary<Statement["Condition"]> = fc.oneof(
  oneKey(
    forms("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike"),
    oneKey(["aws:username", "t:x", "t:set"], someAmong("#${aws:username}#*", ...texts)),
  ),
  oneKey(
    forms("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals"),
    oneKey(["t:n"], some("1", "10", "-3.5")),
  ),
  oneKey(forms("Bool"), oneKey(["aws:MultiFactorAuthPresent"], some("true", "false"))),
  oneKey(["Null"], oneKey(["aws:MultiFactorAuthPresent", "t:set", "t:x"], some("true", "false"))),
  oneKey(forms("DateGreaterThan"), oneKey(["t:d"], some("2030-01-01T00:00:00Z", "2031-06-01T00:00:00+02:00"))),
  oneKey(forms("IpAddress", "NotIpAddress"), oneKey(["t:ip"], some("10.0.0.0/8", "192.0.2.128/25", "0.0.0.0/0"))),
  oneKey(
    forms("ArnLike", "ArnNotLike"),
    oneKey(
      ["t:arn"],
      someAmong("arn:aws:iam::*:user/#${aws:username}*", "*", "arn:aws:s3:::b*", "arn:aws:iam::*:user/${aws:username}"),
    ),
  ),
);

const effect = fc.constantFrom<Statement["Effect"][]>("Allow", "Allow", "Allow", "Allow", "Allow", "Deny");
const statement = (who: fc.Arbitrary<Statement["Principal"]> | undefined): fc.Arbitrary<Statement> =>
  fc
    .tuple(
      effect,
      oneKey(["Action", "Action", "NotAction"], actions),
      oneKey(["Resource", "Resource", "NotResource"], resources),
      fc.option(condition, { freq: 1 }),
      who ?? fc.constant(undefined),
    )
    .map(([Effect, action, resource, Condition, Principal]) => ({
      Effect,
      ...action,
      ...resource,
      ...(Condition && { Condition }),
      ...(Principal && { Principal }),
    }));
const document = (who?: fc.Arbitrary<Statement["Principal"]>) =>
  fc
    .array(statement(who), { minLength: 1, maxLength: 3 })
    .map((Statement) => JSON.stringify({ Version: "2012-10-17", Statement }));
const source = document().map((text) => ({ id: "p", document: text }));
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
// Most accounts are in no organization; otherwise its policies would decide nearly everything.
const levels = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.array(fc.array(source, { minLength: 1, maxLength: 2 }), { maxLength: 2 }) },
);
const ownPolicy = fc.record({
  document: document(principal),
  bindings: fc.constantFrom<Record<string, string>[]>({}, { [USER]: "AIDA1" }, { [USER]: "AIDA0", [ROLE]: "AROA1" }),
});

const policies: fc.Arbitrary<Policies> = fc
  .record({
    scps: levels,
    rcps: levels,
    identity: fc.array(source, { maxLength: 2 }),
    boundary: optional(source),
    session: optional(fc.array(source, { maxLength: 2 })),
    own: optional(ownPolicy),
    kind: fc.constantFrom("resource", "resource", "trust", "trust", "missing role"),
  })
  .map(({ own, kind, ...rest }) => ({
    ...rest,
    ...(kind === "missing role" ? { trust: null } : own && { [kind]: own }),
  }));

const request: fc.Arbitrary<AccessRequest> = fc.record({
  action: fc.constantFrom("s3:GetObject", "s3:putObject", "ec2:RunInstances"),
  resource: fc.constantFrom("*", "arn:aws:s3:::b/k", "arn:aws:s3:::alice/b/k", "arn:aws:s3:::b/*"),
  principal: fc.constantFrom(...callers),
  resourceAccount: fc.constantFrom(A, A, B),
  keys: fc.record(
    {
      "aws:username": fc.constantFrom("alice", "b", "*", "Alice"),
      "t:x": fc.constantFrom<(string | string[])[]>("alice", "a*", "abc", "", ["alice"]),
      "t:set": fc.array(fc.constantFrom("alice", "b", "abc"), { maxLength: 2 }),
      "t:n": fc.constantFrom("1", "10.0", "-3.50", "+2e1"),
      "aws:MultiFactorAuthPresent": fc.constantFrom("true", "false"),
      "t:d": fc.constantFrom("2030-01-01T00:00:00Z", "2031-05-31T22:00:00.001Z"),
      "t:ip": fc.constantFrom("10.1.2.3", "192.0.2.129", "192.0.2.127"),
      "t:arn": fc.constantFrom("arn:aws:s3:::bucket", USER),
    },
    { requiredKeys: [] },
  ),
});

describe("evaluate and the second evaluator", () => {
  it("come to the same decision", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(policies, request, (given, asked) => {
        const decision = evaluate(given, asked);
        assert.equal(decision.kind, decide(given, asked));
        assert.equal(decision.allowed, decision.kind === "allowed");
        seen.add(`${decision.kind} ${decision.decidedBy}`);
      }),
      { numRuns: 5000 },
    );
    // The generator must reach these corners.
    for (const corner of [
      "allowed identity",
      "allowed resource",
      "allowed trust",
      "implicitDeny boundary",
      "implicitDeny session",
      "explicitDeny trust",
    ]) {
      assert.ok(seen.has(corner), corner);
    }
  });

  it("are explained in line with the decision", () => {
    fc.assert(
      fc.property(policies, request, (given, asked) => {
        const { kind, decidedBy, matched, silent } = explain(given, asked);
        const types = matched.map(({ type }) => type);
        if (kind === "explicitDeny")
          assert.ok(types.includes(decidedBy) && matched.every(({ effect: e }) => e === "Deny"));
        if (kind === "implicitDeny") assert.ok(silent.includes(decidedBy));
        if (kind === "allowed") assert.ok(!silent.includes(decidedBy));
      }),
      { numRuns: 2000 },
    );
  });
});
