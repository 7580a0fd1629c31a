import assert from "node:assert/strict";
import * as fc from "fast-check";
import { evaluate, type AccessRequest, type RequestPrincipal } from "../evaluate.ts";
import { decide } from "../second-evaluator.ts";
import { type Access, accessAdded, accessGranted, accessSet, type Comparison, isAllowed } from "./compare.ts";
import { HOLDER } from "./callers.ts";

type Texts = string | readonly string[];
interface Said {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: Texts;
  readonly NotAction?: Texts;
  readonly Resource?: Texts;
  readonly NotResource?: Texts;
  readonly Principal?: object | string;
  readonly Condition?: object;
}

const documentOf = (statements: readonly Said[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const setOf = (...levels: readonly (readonly Said[])[]) =>
  accessSet(levels.map((statements, i) => [{ id: `level ${i}`, document: documentOf(statements) }]));
const allow = (Action: Texts, Resource: Texts = "*", Condition?: object): Said => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const deny = (Action: Texts, Resource: Texts = "*", Condition?: object): Said => ({
  ...allow(Action, Resource, Condition),
  Effect: "Deny",
});

const added = (before: readonly Said[], after: readonly Said[]): Comparison => accessAdded(setOf(before), setOf(after));
const NOTHING: Comparison = { added: [], undecided: [] };
const said = ({ added: found, undecided }: Comparison) => {
  assert.deepEqual(undecided, []);
  return found.map(({ actions, resources }) => [actions.join(" "), resources.join(" ")]);
};

const MFA = { Bool: { "aws:MultiFactorAuthPresent": "true" } };

describe("the comparison of policies", () => {
  it("finds nothing where the same is said in other words", () => {
    assert.deepEqual(
      added(
        [allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::b/*"])],
        [allow("s3:PutObject", "arn:aws:s3:::b/*"), allow("s3:getobject", "arn:aws:s3:::b/*")],
      ),
      NOTHING,
    );
  });

  it("shows that two statements together allow what one does", () => {
    const halves = [
      allow("s3:GetObject", "*", MFA),
      allow("s3:GetObject", "*", { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } }),
    ];
    assert.deepEqual(added(halves, [allow("s3:GetObject")]), NOTHING);
    assert.deepEqual(said(added(halves.slice(0, 1), [allow("s3:GetObject")])), [["s3:GetObject", "*"]]);
  });

  it("tells patterns of ARNs apart exactly", () => {
    const on = (...resources: string[]) => [allow("s3:GetObject", resources)];
    const any = "arn:aws:s3:::b/*";
    assert.deepEqual(added(on("arn:aws:s3:::b/?*", "arn:aws:s3:::b/"), on(any)), NOTHING);
    assert.deepEqual(said(added(on("arn:aws:s3:::b/?*"), on(any))), [["s3:GetObject", any]]);
    assert.deepEqual(added(on("arn:aws:s3:*:*:b/*"), on(any)), NOTHING);
    assert.deepEqual(added(on("arn:aws:s3*"), on(any)), NOTHING);
    assert.equal(added(on("arn:*"), on("*")).added[0]?.example?.resource, "*");
  });

  it("takes variables for whatever they may hold", () => {
    const home = "arn:aws:s3:::home/${aws:username}/*";
    const on = (...resources: string[]) => [allow("s3:GetObject", resources)];
    assert.deepEqual(added(on(home), on("arn:aws:s3:::home/${aws:username}/docs/*")), NOTHING);
    assert.deepEqual(added(on("arn:aws:s3:::home/*"), on(home)), NOTHING);
    assert.deepEqual(said(added(on(home), on("arn:aws:s3:::home/*"))), [["s3:GetObject", "arn:aws:s3:::home/*"]]);
    assert.deepEqual(said(added(on("arn:aws:s3:::home/??????????/*"), on(home))), [["s3:GetObject", home]]);
  });

  it("names the actions of the reference, by patterns where it can", () => {
    const { added: found } = added([allow("s3:Get*")], [allow("s3:*")]);
    assert.ok(!found[0]!.actions.includes("s3:GetObject") && found[0]!.actions.includes("s3:PutObject"));
    assert.deepEqual(said(added([], [allow("s3:*")])), [["s3:*", "*"]]);
    assert.deepEqual(said(added([allow("iam:GetUser")], [allow(["iam:GetUser", "iam:getrole"])])), [
      ["iam:getrole", "*"],
    ]);
  });

  it("knows denies that came, went, or were narrowed by conditions", () => {
    const all = allow("s3:*");
    assert.deepEqual(added([all], [all, deny("s3:DeleteBucket")]), NOTHING);
    assert.deepEqual(said(added([all, deny("s3:DeleteBucket")], [all])), [["s3:DeleteBucket", "*"]]);
    const [found] = added([all, deny("s3:DeleteBucket")], [all, deny("s3:DeleteBucket", "*", MFA)]).added;
    assert.deepEqual(found?.actions, ["s3:DeleteBucket"]);
    assert.deepEqual(found?.example?.keys, {});
  });

  it("lets every level have its say", () => {
    const before = setOf([allow("s3:*")], [allow("s3:Get*")]);
    const after = setOf([allow("s3:*")], [allow(["s3:Get*", "s3:PutObject"])]);
    assert.deepEqual(said(accessAdded(before, after)), [["s3:PutObject", "*"]]);
    assert.deepEqual(accessAdded(after, before), NOTHING);
  });

  it("tells callers apart whom trust policies name", () => {
    const trust = (Principal: object): Said => ({ Effect: "Allow", Action: "sts:AssumeRole", Principal });
    const ofAccount = trust({ AWS: "111122223333" });
    const { added: found } = added([ofAccount], [ofAccount, trust({ AWS: "arn:aws:iam::444455556666:role/ci" })]);
    assert.deepEqual(
      found.map(({ callers }) => callers),
      [["arn:aws:iam::444455556666:role/ci"]],
    );
    assert.equal(added([], [trust({ Service: "ec2.amazonaws.com" })]).added[0]?.callers[0], "ec2.amazonaws.com");
  });
});
describe("whether access is granted", () => {
  const access = setOf([allow("s3:*", "arn:aws:s3:::data/*", MFA), deny("s3:PutObject", "arn:aws:s3:::data/frozen/*")]);
  const isGranted = (action: string, resource: string) =>
    said(accessGranted(access, { actions: [action], resources: [resource] })).length > 0;

  it("is told of actions and resources with wildcards, under any conditions", () => {
    assert.ok(isGranted("s3:GetObject", "arn:aws:s3:::data/x"));
    assert.ok(isGranted("s3:PutObject", "arn:aws:s3:::*"));
    assert.ok(isGranted("s3:P*", "arn:aws:s3:::data/frozen/x"));
    assert.ok(!isGranted("s3:PutObject", "arn:aws:s3:::data/frozen/x*"));
    assert.ok(!isGranted("s3:GetObject", "arn:aws:s3:::other/*"));
    assert.ok(!isGranted("ec2:*", "*"));
  });
});

describe("hostile policies", () => {
  const pattern = (letter: string) => `arn:aws:s3:::${`*${letter}?`.repeat(40)}*`;
  const texts = (prefix: string) => Array.from({ length: 60 }, (_, i) => `${prefix}*${i}*`);

  it("are left undecided once too much was tried", () => {
    const on = (letter: string) => allow("s3:GetObject", pattern(letter), { StringLike: { "t:x": texts(letter) } });
    const before = [allow("s3:GetObject", pattern("x")), ...Array.from("abcdefgh", on)];
    const wide = allow("s3:GetObject", "*", { StringLike: { "t:x": texts("z"), "t:y": texts("y") } });
    const tried = accessAdded(setOf(before), setOf([wide, allow("s3:GetObject", pattern("[xy]"))]), 20_000);
    assert.ok(tried.added.length + tried.undecided.length > 0);
    const { undecided: open } = accessAdded(
      setOf([allow("s3:GetObject", pattern("a"))]),
      setOf([allow("s3:GetObject", pattern("b").replace("b", "a"))]),
      10,
    );
    assert.deepEqual(
      open.map(({ actions }) => actions),
      [["s3:GetObject"]],
    );
  });
});

const KEYS = ["aws:username", "t:x", "t:set", "t:n", "t:d", "t:ip", "t:arn", "aws:MultiFactorAuthPresent"] as const;
const some = (...values: string[]) => fc.subarray(values, { minLength: 1, maxLength: 2 });
const forms = (...names: string[]) =>
  names.flatMap((name) => [name, `${name}IfExists`, `ForAllValues:${name}`, `ForAnyValue:${name}`]);
const oneOf = (operators: string[], keys: string[], values: fc.Arbitrary<string[]>) =>
  fc
    .tuple(fc.constantFrom(...operators), fc.constantFrom(...keys), values)
    .map(([operator, key, texts]) => ({ [operator]: { [key]: texts } }));
const condition = fc.oneof(
  oneOf(
    forms("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike"),
    ["aws:username", "t:x", "t:set"],
    some("alice", "b", "a*", "ALICE", "${aws:username}", "a?ice", ""),
  ),
  oneOf(
    forms("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals"),
    ["t:n"],
    some("1", "10", "-3.5"),
  ),
  oneOf(forms("Bool"), ["aws:MultiFactorAuthPresent"], some("true", "false")),
  oneOf(forms("DateGreaterThan"), ["t:d"], some("2030-01-01T00:00:00Z", "2031-06-01T00:00:00Z")),
  oneOf(forms("IpAddress", "NotIpAddress"), ["t:ip"], some("10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0")),
  oneOf(
    forms("ArnLike", "ArnNotLike"),
    ["t:arn"],
    some("arn:aws:iam::*:user/${aws:username}*", "*", "arn:aws:s3:::b*", "arn:aws:*:::?*", "arn:aws:s3:::bucket"),
  ),
  oneOf(["Null"], [...KEYS], some("true", "false")),
);
const resources = some(
  "*",
  "arn:aws:s3:::b/*",
  "arn:aws:s3:::b/k",
  "arn:aws:s3:::?/*",
  "arn:aws:s3:::${aws:username}/*",
  "arn:aws:s3:::b/${aws:username}",
  "arn:${t:x}:s3:::b/k",
  "arn:aws:s*",
);
const statement: fc.Arbitrary<Said> = fc
  .tuple(
    fc.constantFrom<("Allow" | "Deny")[]>("Allow", "Allow", "Allow", "Deny"),
    fc.constantFrom("Action", "Action", "Action", "NotAction"),
    some("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:putobject", "?3:*t", "foo:*", "foo:Bar"),
    fc.constantFrom("Resource", "Resource", "Resource", "NotResource"),
    resources,
    fc.option(condition, { freq: 2 }),
  )
  .map(([Effect, action, actions, resource, texts, Condition]) => ({
    Effect,
    [action]: actions,
    [resource]: texts,
    ...(Condition && { Condition }),
  }));
const level = fc.array(statement, { minLength: 1, maxLength: 3 });
const sets = fc.array(level, { minLength: 1, maxLength: 2 });

const requests = (() => {
  const values = {
    "aws:username": [undefined, "alice", "b", "k"],
    "t:x": [undefined, "alice", "aws", ""],
    "t:set": [undefined, "b", ["alice", "b"], ["b"]],
    "t:n": [undefined, "1", "-3.50", "20"],
    "t:d": [undefined, "2030-01-01T00:00:00Z", "2031-06-01T00:00:00.001Z"],
    "t:ip": [undefined, "10.1.2.3", "10.2.3.4", "192.0.2.1"],
    "t:arn": [undefined, "arn:aws:s3:::bucket", "arn:aws:iam::1:user/b", "arn:aws:sqs:::q"],
    "aws:MultiFactorAuthPresent": [undefined, "true", "false"],
  };
  return fc.record({
    action: fc.constantFrom(
      "s3:GetObject",
      "s3:PutObject",
      "s3:ListBucket",
      "foo:Bar",
      "foo:Other",
      "ec2:RunInstances",
    ),
    resource: fc.constantFrom(
      "*",
      "arn:aws:s3:::b/k",
      "arn:aws:s3:::b/alice",
      "arn:aws:s3:::alice/k",
      "arn:aws:ec2:::x",
    ),
    keys: fc
      .record(Object.fromEntries(KEYS.map((key) => [key, fc.constantFrom<unknown>(...values[key])])))
      .map((keys) => Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined))),
  });
})();

const policiesOf = (levels: readonly (readonly Said[])[]) => {
  const [first = [], ...others] = levels.map((statements, i) => [{ id: String(i), document: documentOf(statements) }]);
  return { identity: first, scps: others };
};
const asked = ({ action, resource, keys }: { action: string; resource: string; keys: object }): AccessRequest => ({
  action,
  resource,
  principal: HOLDER,
  resourceAccount: "000000000000",
  keys: keys as AccessRequest["keys"],
});

describe("the comparison of policies and the second evaluator", () => {
  it("agree that what is said to be added is, and that nothing else is", () => {
    const seen = { nothing: 0, added: 0, undecided: 0, gained: 0 };
    fc.assert(
      fc.property(sets, sets, fc.array(requests, { minLength: 40, maxLength: 40 }), (before, after, some40) => {
        const compared = accessAdded(setOf(...before), setOf(...after));
        const [old, fresh] = [policiesOf(before), policiesOf(after)];
        for (const { example } of compared.added) {
          assert.ok(isAllowed(setOf(...after), asked(example!)) && !isAllowed(setOf(...before), asked(example!)));
          if (isMalformed(example!.keys)) continue;
          assert.equal(decide(fresh, asked(example!)), "allowed");
          assert.notEqual(decide(old, asked(example!)), "allowed");
        }
        const found = [...compared.added, ...compared.undecided];
        // A key that no policy asks for with a set prefix is taken to have one value.
        const hasSets = /"For\w+:\w+":\{"t:set"/.test(JSON.stringify([before, after]));
        for (const request of some40.map(asked)) {
          if (!hasSets && Array.isArray(request.keys["t:set"])) continue;
          if (decide(fresh, request) !== "allowed" || decide(old, request) === "allowed") continue;
          seen.gained++;
          assert.ok(
            found.some((access) => covers(access, request)),
            JSON.stringify([request, found]),
          );
        }
        seen[compared.added.length > 0 ? "added" : compared.undecided.length > 0 ? "undecided" : "nothing"]++;
      }),
      { numRuns: 200 },
    );
    assert.ok(seen.nothing > 10 && seen.added > 50 && seen.gained > 200, JSON.stringify(seen));
    assert.ok(seen.undecided < 40, JSON.stringify(seen));
  });
});

describe("the comparison of trust policies and the engine", () => {
  const [A, B] = ["111122223333", "444455556666"];
  const user = (account: string, name: string) =>
    ({ type: "user", account, arn: `arn:aws:iam::${account}:user/${name}`, id: `AIDA${name}` }) as const;
  const session = (account: string, role: string, name: string) =>
    ({
      type: "role",
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${role}/${name}`,
      roleArn: `arn:aws:iam::${account}:role/${role}`,
      id: "AROA",
    }) as const;
  const callers: readonly RequestPrincipal[] = [
    user(A, "ann"),
    user(A, "bob"),
    user(B, "ann"),
    session(A, "ci", "s"),
    session(A, "ci", "t"),
    session(B, "ci", "s"),
    { type: "root", account: A, arn: `arn:aws:iam::${A}:root` },
    {
      type: "federated-user",
      account: A,
      arn: `arn:aws:sts::${A}:federated-user/f`,
      issuerArn: `arn:aws:iam::${A}:user/ann`,
      issuerId: "AIDAann",
    },
    { type: "service", service: "ec2.amazonaws.com" },
    { type: "service", service: "ecs-tasks.amazonaws.com" },
    { type: "federated", provider: "accounts.google.com" },
    { type: "anonymous" },
  ];
  const aws = some(
    "*",
    A,
    `arn:aws:iam::${A}:user/ann`,
    `arn:aws:iam::${A}:role/ci`,
    `arn:aws:sts::${A}:assumed-role/ci/s`,
    `arn:aws:iam::${B}:root`,
  );
  const principal = fc.oneof(
    aws.map((AWS) => ({ AWS })),
    fc.constant("*"),
    fc.constant({ Service: "ec2.amazonaws.com" }),
    fc.constant({ Federated: "accounts.google.com" }),
  );
  const trusting = fc
    .tuple(
      fc.constantFrom("Allow", "Allow", "Deny"),
      fc.constantFrom("Principal", "Principal", "NotPrincipal"),
      principal,
    )
    .map(([Effect, element, who]): Said => ({ Effect: Effect as "Allow", Action: "sts:AssumeRole", [element]: who }));
  const policy = fc.array(trusting, { minLength: 1, maxLength: 3 });

  it("agree on who is let in", () => {
    let gained = 0;
    fc.assert(
      fc.property(policy, policy, (before, after) => {
        const [old, fresh] = [setOf(before), setOf(after)];
        const { added: found, undecided } = accessAdded(old, fresh);
        assert.deepEqual(undecided, []);
        const isNew = callers.some((caller) => {
          const request = { ...asked({ action: "sts:AssumeRole", resource: "*", keys: {} }), principal: caller };
          return isAllowed(fresh, request) && !isAllowed(old, request);
        });
        if (isNew) gained++;
        assert.ok(!isNew || found.length > 0, JSON.stringify([before, after]));
      }),
      { numRuns: 500 },
    );
    assert.ok(gained > 50, String(gained));
  });
});

/** Of addresses and ARNs that are none the second evaluator knows nothing. */
const isMalformed = ({ "t:ip": ip = [], "t:arn": arn = [] }: AccessRequest["keys"]): boolean =>
  [ip].flat().some((text) => !/^[\d.]+$/.test(text)) ||
  [arn].flat().some((text) => !/^arn:[^:]+:[^:]+:.*:.*:./.test(text));

/** Whether what is said to be added speaks of the request. */
function covers({ actions, resources: texts }: Access, request: AccessRequest): boolean {
  const element = (name: string, listed: readonly string[]) => {
    const [first = ""] = listed;
    return first.startsWith("not ") ? { [`Not${name}`]: first.slice(4).split(", ") } : { [name]: listed };
  };
  const speaks = { Effect: "Allow" as const, ...element("Action", actions), ...element("Resource", texts) };
  return evaluate({ identity: [{ id: "found", document: documentOf([speaks]) }] }, request).allowed;
}
