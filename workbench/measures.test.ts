import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { evaluate, type AccessRequest, type Policies, type RequestPrincipal } from "../policy/evaluate.ts";
import { decide, fits, type Statement } from "../policy/second-evaluator.ts";
import { Place } from "../server/seed/place.ts";
import { NO_FILE } from "../server/seed/source.ts";
import type { Assertion } from "./assertions.ts";
import { coverageOf } from "./coverage.ts";
import { mutantsOf } from "./mutants.ts";
import { mutationOf } from "./mutation.ts";
import { policyKey, type TestedPolicy } from "./policies.ts";
import type { PartKind } from "./test-results.ts";

const A = "111122223333";
const alice: RequestPrincipal = { type: "user", account: A, arn: `arn:aws:iam::${A}:user/alice`, id: "AIDA1" };

const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const patternsOf = (name: string, values: fc.Arbitrary<string[]>) =>
  fc.tuple(fc.constantFrom(name, name, `Not${name}`), values).map(([element, list]) => ({ [element]: list }));
const conditions = fc.constantFrom<Statement["Condition"]>(
  undefined,
  { Bool: { "aws:MultiFactorAuthPresent": ["true"] } },
  { BoolIfExists: { "aws:MultiFactorAuthPresent": ["false"] } },
  { StringLike: { "t:x": ["a*"] }, Null: { "aws:MultiFactorAuthPresent": ["false"] } },
);
const statements: fc.Arbitrary<Statement> = fc
  .tuple(
    fc.constantFrom<Statement["Effect"][]>("Allow", "Allow", "Deny"),
    patternsOf("Action", some("s3:GetObject", "s3:Put*", "s3:*", "ec2:RunInstances")),
    patternsOf("Resource", some("arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::c/*", "*")),
    conditions,
  )
  .map(([Effect, actions, resources, Condition]) => ({
    Effect,
    ...actions,
    ...resources,
    ...(Condition && { Condition }),
  }));
const documents = fc
  .array(statements, { minLength: 1, maxLength: 3 })
  .map((Statement) => JSON.stringify({ Version: "2012-10-17", Statement }));

const requests: fc.Arbitrary<AccessRequest> = fc
  .record({
    action: fc.constantFrom("s3:GetObject", "s3:PutObject", "ec2:RunInstances"),
    resource: fc.constantFrom("arn:aws:s3:::b/k", "arn:aws:s3:::b/j", "arn:aws:s3:::c/k"),
    keys: fc.constantFrom<AccessRequest["keys"][]>(
      {},
      { "aws:MultiFactorAuthPresent": "true", "t:x": "ab" },
      { "aws:MultiFactorAuthPresent": "false", "t:x": "b" },
    ),
  })
  .map((asked) => ({ ...asked, principal: alice, resourceAccount: A }));

/** Policies of one user, and tests that say of requests what is decided. */
const suites = fc.record({
  identity: fc.uniqueArray(documents, { minLength: 1, maxLength: 2 }),
  boundary: fc.option(documents, { nil: undefined }),
  asked: fc.array(requests, { maxLength: 8 }),
});

function suiteOf({ identity, boundary, asked }: typeof suites extends fc.Arbitrary<infer T> ? T : never) {
  const policies: Policies = {
    identity: identity.map((document, index) => ({ id: `p${index}`, document })),
    ...(boundary !== undefined && { boundary: { id: "boundary", document: boundary } }),
  };
  const tested = [...policies.identity, ...(policies.boundary ? [policies.boundary] : [])].map(
    (source): TestedPolicy => ({
      key: policyKey("identity", source, { principal: alice }),
      name: source.id,
      document: source.document,
      place: undefined,
    }),
  );
  const assertions = asked.map((request, index): Assertion => {
    const { kind } = evaluate(policies, request);
    return {
      test: `test ${index}`,
      place: new Place({}, NO_FILE),
      principal: "user/alice",
      action: request.action,
      resource: request.resource,
      expected: kind === "allowed" ? "allow" : kind,
      decidedBy: undefined,
      why: [],
      steps: [{ policies, request, decision: evaluate(policies, request) }],
    };
  });
  return { policies, tested, assertions };
}

/** The same policies with another document in the place of one. */
const exchanged = ({ identity, boundary }: Policies, id: string, document: string): Policies => ({
  identity: identity.map((source) => (source.id === id ? { id, document } : source)),
  ...(boundary && { boundary: boundary.id === id ? { id, document } : boundary }),
});

describe("mutation", () => {
  it("finds the mutants that no test notices, as the second evaluator does by trying them all", () =>
    fc.assert(
      fc.property(suites, (suite) => {
        const { policies, tested, assertions } = suiteOf(suite);
        const expected = tested.flatMap(({ name, document }) =>
          mutantsOf(document)
            .filter((mutant) =>
              suite.asked.every(
                (request) => decide(exchanged(policies, name, mutant.document), request) === decide(policies, request),
              ),
            )
            .map(({ index, change }) => `${name} ${index} ${change}`),
        );
        const { survivors, mutants, percent } = mutationOf(tested, assertions);
        const found = survivors.map(({ policy, index, change }) => `${policy.name} ${index} ${change}`);
        assert.deepEqual(found, expected);
        const all = tested.flatMap(({ document }) => mutantsOf(document)).length;
        assert.equal(mutants, all);
        assert.equal(percent, all === 0 ? 100 : Math.floor((100 * (all - expected.length)) / all));
      }),
      { numRuns: 150 },
    ));

  it("counts nothing for assertions that fail anyway", () => {
    const { tested, assertions } = suiteOf({
      identity: [JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" } })],
      boundary: undefined,
      asked: [{ action: "s3:PutObject", resource: "*", principal: alice, resourceAccount: A, keys: {} }],
    });
    assert.equal(mutationOf(tested, assertions).percent, 100);
    const failing = assertions.map((assertion): Assertion => ({ ...assertion, expected: "allow" }));
    assert.equal(mutationOf(tested, failing).percent, 0);
  });
});

/** The parts of a statement that the second evaluator finds to be made use of, such as `action s3:*`. */
function partsUsed(statement: Statement, policies: Policies, asked: readonly AccessRequest[]): Set<string> {
  const { Effect, Action, NotAction, Resource, NotResource, Condition } = statement;
  const { Condition: _c, ...bare } = statement;
  const used = new Set<string>();
  const when = (kind: PartKind, text: string, is: (request: AccessRequest) => boolean) => {
    if (asked.some(is)) used.add(`${kind} ${text}`);
  };
  const decides = (request: AccessRequest) =>
    fits(statement, request) && decide(policies, request) === (Effect === "Allow" ? "allowed" : "explicitDeny");
  when("statement", "", decides);
  for (const text of [Action ?? []].flat()) {
    when("action", text, (request) => decides(request) && fits({ ...statement, Action: text }, request));
  }
  for (const text of [Resource ?? []].flat()) {
    when("resource", text, (request) => decides(request) && fits({ ...statement, Resource: text }, request));
  }
  const { NotAction: _na, ...bareAction } = bare;
  const { NotResource: _nr, ...bareResource } = bare;
  for (const text of [NotAction ?? []].flat()) {
    when("action", text, (request) => fits({ ...bareAction, Action: text }, request));
  }
  for (const text of [NotResource ?? []].flat()) {
    when("resource", text, (request) => fits({ ...bareResource, Resource: text }, request));
  }
  for (const [operator, keys] of Object.entries(Condition ?? {})) {
    for (const [key, values] of Object.entries(keys)) {
      const alone = { ...bare, Condition: { [operator]: { [key]: values } } };
      when("met", `${operator} ${key}`, (request) => fits(alone, request));
      when("unmet", `${operator} ${key}`, (request) => fits(bare, request) && !fits(alone, request));
    }
  }
  return used;
}

describe("coverage", () => {
  it("finds the parts that tests make use of, as the second evaluator does by trying them all", () =>
    fc.assert(
      fc.property(suites, (suite) => {
        const { policies, tested, assertions } = suiteOf(suite);
        const coverage = coverageOf(tested, assertions);
        let covered = 0;
        for (const { policy, statements: found } of coverage.policies) {
          const written = [JSON.parse(policy.document).Statement].flat() as Statement[];
          for (const { index, parts } of found) {
            const used = parts.filter(({ hits }) => hits > 0).map(({ kind, text }) => `${kind} ${text}`);
            assert.deepEqual(new Set(used), partsUsed(written[index]!, policies, suite.asked));
            covered += used.length;
          }
        }
        assert.equal(coverage.covered, covered);
        assert.equal(coverage.percent, Math.floor((100 * covered) / coverage.parts));
      }),
      { numRuns: 150 },
    ));
});
