import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { start, type IamLocal } from "../server/index.ts";
import { policyTest } from "./index.ts";
import type { AssertionResult } from "./test-results.ts";

const ACCOUNT = "000000000000";
const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], Resource: string | string[] = "*", Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const trust = (AWS: string, Condition?: object) =>
  document({ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole", ...(Condition && { Condition }) });
const roleArn = (name: string, account = ACCOUNT) => `arn:aws:iam::${account}:role/${name}`;

const withMfa = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
const seed = {
  groups: [{ name: "Readers", policies: { read: document(allow("s3:GetObject")) } }],
  users: [
    { name: "alice", path: "/staff/", groups: ["Readers"], policies: { roles: document(allow("sts:AssumeRole")) } },
    { name: "bob", groups: ["Readers"] },
    { name: "carol" },
  ],
  roles: [
    {
      name: "Build",
      policies: { build: document(allow("s3:*", "arn:aws:s3:::build/*"), allow("sts:AssumeRole")) },
      trustPolicy: trust(`arn:aws:iam::${ACCOUNT}:user/staff/alice`, withMfa),
    },
    { name: "Deploy", trustPolicy: trust(roleArn("Build"), { StringEquals: { "sts:ExternalId": "x1" } }) },
  ],
};

const kinds = (results: readonly AssertionResult[]) => results.map(({ actual }) => actual);
/** What is decided about tests that say the wrong thing of each. */
const decided = async (tests: object) => kinds((await policyTest(tests)).results);
const problems = async (tests: object) => (await policyTest(tests)).results.flatMap((result) => result.problems);

describe("principals of policy tests", () => {
  const ask = (principal: unknown) => ({
    seed,
    tests: [{ principal, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", expect: "deny" }],
  });
  const names = async (principal: unknown) =>
    (await policyTest(ask(principal))).results.map(({ principal: name, actual }) => `${name} ${actual}`);

  it("are users and roles by name, whatever their case and path", async () => {
    assert.deepEqual(await names("user/ALICE"), ["user/ALICE allow"]);
    assert.deepEqual(await names("user/staff/alice"), ["user/staff/alice allow"]);
    assert.deepEqual(await names("role/Build"), ["role/Build implicitDeny"]);
  });

  it("are those that a pattern fits, those of a group, and those of a list", async () => {
    assert.deepEqual(await names("user/*o*"), ["user/bob allow", "user/carol implicitDeny"]);
    assert.deepEqual((await names("group/Readers")).toSorted(), ["user/alice allow", "user/bob allow"]);
    assert.deepEqual(await names(["root", "user/carol"]), ["root allow", "user/carol implicitDeny"]);
  });

  it("are sessions by their ARN, and services", async () => {
    const session = `arn:aws:sts::${ACCOUNT}:assumed-role/Build/s1`;
    assert.deepEqual(await names(session), [`${session} implicitDeny`]);
    assert.deepEqual(await names("lambda.amazonaws.com"), ["lambda.amazonaws.com implicitDeny"]);
  });
});

describe("policy tests", () => {
  it("take the defaults of a file and a test, and let a check say otherwise", async () => {
    const conditions = { StringEquals: { "aws:RequestedRegion": "eu-west-1", "t:x": "1" } };
    const tests = {
      policies: { p: document(allow("s3:GetObject", "*", conditions)) },
      context: { "aws:requestedregion": "eu-west-1" },
      tests: [
        {
          principal: "policy/p",
          context: { "t:x": 1 },
          check: [
            { assertions: { "s3:GetObject": "deny" } },
            { context: { "T:X": [1, 2] }, assertions: { "s3:GetObject": "allow" } },
            { context: { "AWS:RequestedRegion": "us-east-1" }, assertions: { "s3:GetObject": "allow" } },
          ],
        },
      ],
    };
    assert.deepEqual(await decided(tests), ["allow", "implicitDeny", "implicitDeny"]);
  });

  it("know MFA as the emulator does: absent for keys, false in sessions, true with a code and its age", async () => {
    const asks = (operator: string, value: string) =>
      document(allow("s3:GetObject", "*", { [operator]: { "aws:MultiFactorAuthPresent": value } }));
    const tests = {
      policies: {
        absent: asks("Null", "true"),
        no: asks("Bool", "false"),
        yes: asks("Bool", "true"),
        fresh: document(allow("s3:GetObject", "*", { NumericLessThan: { "aws:MultiFactorAuthAge": "60" } })),
      },
      principals: { "role/R": ["no"], "user/u": ["no"] },
      tests: [
        {
          action: "s3:GetObject",
          expect: "allow",
          table: {
            columns: ["principal", "mfa"],
            rows: [
              ["policy/absent", null],
              ["policy/absent", false],
              ["policy/no", false],
              ["policy/yes", true],
              ["policy/fresh", 30],
              ["policy/fresh", 90],
              ["role/R", null],
              ["user/u", null],
            ],
          },
        },
      ],
    };
    const [a, d] = ["allow", "implicitDeny"];
    assert.deepEqual(await decided(tests), [a, d, a, a, a, d, a, d]);
  });

  it("expand a pattern of actions to those that can be about the resource", async () => {
    const { results } = await policyTest({
      seed,
      tests: [{ principal: "role/Build", action: "s3:*Bucket", resource: "arn:aws:s3:::build", expect: "deny" }],
    });
    const asked = results.map(({ action }) => action);
    assert.ok(asked.includes("s3:ListBucket") && asked.includes("s3:DeleteBucket"));
    assert.ok(!asked.some((action) => /AccessPoint|s3:ListAllMyBuckets/.test(action)));
  });

  it("count the policy of a resource where one is given", async () => {
    const resourcePolicy = document({ ...allow("s3:GetObject"), Principal: { AWS: ACCOUNT } });
    const check = { principal: "user/carol", action: "s3:GetObject", resource: "arn:aws:s3:::b/k", expect: "allow" };
    assert.deepEqual(await decided({ seed, tests: [check, { ...check, resourcePolicy }] }), ["implicitDeny", "allow"]);
  });

  it("say by which statement, policy and type of policy it must be decided", async () => {
    const guard = document(
      { ...allow("s3:*"), Sid: "Read" },
      { Sid: "No", Effect: "Deny", Action: "s3:PutObject", Resource: "*" },
      { Sid: "Mfa", ...allow("s3:GetObject", "*", withMfa) },
    );
    const tests = (decidedBy: unknown, action = "s3:PutObject", expect = "explicitDeny") => ({
      policies: { guard },
      tests: [{ principal: "policy/guard", action, expect, decidedBy }],
    });
    assert.deepEqual(await problems(tests("No")), []);
    assert.deepEqual(await problems(tests({ policy: "guard", statement: 2, type: "identity" })), []);
    assert.deepEqual(await problems(tests("Read")), ["it is explicitDeny as expected, but not by statement Read"]);
    assert.deepEqual(await problems(tests({ policy: "other", statement: 2 })), [
      "it is explicitDeny as expected, but not by statement 2 of policy other",
    ]);
    assert.deepEqual(await problems(tests({ type: "scp" })), [
      "it is explicitDeny as expected, but not by policies of type scp",
    ]);
    assert.deepEqual(await problems(tests({ type: "identity" }, "ec2:RunInstances", "implicitDeny")), []);
    const [plain, met] = [tests("Read", "s3:GetObject", "allow"), tests("Mfa", "s3:GetObject", "allow")];
    assert.deepEqual([await problems(plain), (await problems(met)).length], [[], 1]);
  });

  it("say which texts the reasons must hold", async () => {
    const tests = (why: string | string[]) => ({
      policies: { p: document(allow("s3:GetObject", "*", withMfa)) },
      tests: [{ principal: "policy/p", action: "s3:GetObject", expect: "implicitDeny", why }],
    });
    assert.deepEqual(await problems(tests(["aws:MultiFactorAuthPresent", "no such key"])), []);
    assert.deepEqual(await problems(tests("boundary")), ['no reason holds "boundary"']);
  });

  it("hold the organization's policies, boundaries and paths of a seed against what is asked", async () => {
    const deny = { Effect: "Deny", Action: "s3:DeleteBucket", Resource: "*" };
    const tests = {
      seed: {
        organization: {
          root: {
            scps: [{ name: "FullAWSAccess" }, { name: "Keep", document: document(deny) }],
            accounts: ["111122223333"],
          },
        },
        accounts: [
          {
            id: "444455556666",
            managedPolicies: [{ name: "Edge", document: document(allow("ec2:*")) }],
            users: [{ name: "ed", boundary: "Edge", policies: { all: document(allow("*")) } }],
          },
        ],
      },
      tests: [
        {
          action: "s3:DeleteBucket",
          check: [
            {
              principal: "arn:aws:iam::111122223333:root",
              expect: "explicitDeny",
              decidedBy: { type: "scp", policy: "Keep" },
            },
            {
              principal: "arn:aws:iam::444455556666:user/ed",
              expect: "implicitDeny",
              decidedBy: { type: "boundary" },
            },
          ],
        },
      ],
    };
    assert.deepEqual(await problems(tests), []);
  });

  it("run those that a filter lets through", async () => {
    const check = { principal: "root", action: "s3:GetObject", expect: "allow" };
    const tests = { seed, tests: [{ name: "One", ...check }, { name: "two", ...check }, check] };
    const { results } = await policyTest(tests, { filter: "ONE" });
    assert.deepEqual(
      results.map(({ test }) => test),
      ["One"],
    );
    assert.deepEqual((await policyTest(tests)).results.at(-1)!.test, "test 3");
  });
});

describe("only", () => {
  const only = (more: object) => ({
    seed,
    tests: [{ only: { principal: "role/Build", resource: "arn:aws:s3:::build/x", ...more } }],
  });

  it("passes where all other actions of the services are denied", async () => {
    const policies = { p: document(allow(["sqs:SendMessage", "sqs:Receive*"], "arn:aws:sqs:*:*:jobs")) };
    const { passed, results } = await policyTest({
      policies,
      tests: [
        {
          only: {
            principal: "policy/p",
            resource: "arn:aws:sqs:eu-west-1:000000000000:jobs",
            actions: ["sqs:SendMessage", "sqs:ReceiveMessage"],
            services: ["sqs", "sns"],
          },
        },
      ],
    });
    assert.equal(passed, true);
    assert.ok(results.some(({ action, resource }) => action === "sqs:ListQueues" && resource === "*"));
    assert.ok(results.some(({ action }) => action === "sns:Publish"));
  });

  it("fails for each action that is allowed beside those, and for each of those that is not", async () => {
    const { results } = await policyTest(only({ actions: ["s3:GetObject"] }));
    const failed = results.filter(({ passed }) => !passed).map(({ action }) => action);
    assert.ok(failed.includes("s3:PutObject") && !failed.includes("s3:GetObject"));
    const other = await policyTest({
      ...only({ actions: ["s3:GetObject"] }),
      tests: [{ only: { principal: "user/carol", actions: "s3:GetObject", resource: "arn:aws:s3:::build/x" } }],
    });
    assert.deepEqual(
      other.results.filter(({ passed }) => !passed).map(({ action, expected }) => `${action} ${expected}`),
      ["s3:GetObject allow"],
    );
  });

  it("takes patterns for the actions that can be about the resources", async () => {
    const { results } = await policyTest(only({ actions: "s3:*" }));
    assert.deepEqual(
      results.filter(({ passed }) => !passed),
      [],
    );
    assert.ok(!results.some(({ action }) => action === "s3:ListAllMyBuckets"));
  });
});

describe("assume", () => {
  const assume = (...entries: object[]) => ({ seed, tests: [{ assume: entries }] });

  it("asks AssumeRole of both sides, with the code of an MFA device or without", async () => {
    const tests = assume(
      { principal: "user/alice", role: "role/Build", mfa: true, expect: "allow" },
      { principal: "user/alice", role: "role/Build", expect: "implicitDeny", why: "aws:MultiFactorAuthPresent" },
      { principal: "user/bob", role: "role/Build", mfa: true, expect: "implicitDeny", decidedBy: { type: "trust" } },
    );
    assert.deepEqual(await problems(tests), []);
  });

  it("follows a chain of roles, each from the session of the one before", async () => {
    const chain = { principal: "user/alice", role: ["role/Build", "role/Deploy"], mfa: true };
    const tests = assume(
      { ...chain, externalId: "x1", expect: "allow" },
      { ...chain, externalId: "x2", expect: "implicitDeny", why: "sts:ExternalId" },
      { ...chain, mfa: false, externalId: "x1", expect: "implicitDeny", why: "aws:MultiFactorAuthPresent" },
      { principal: "user/alice", role: "role/Deploy", externalId: "x1", expect: "implicitDeny" },
    );
    assert.deepEqual(await problems(tests), []);
  });

  it("asks for what session tags and a source identity need as well", async () => {
    const user = { name: "u", policies: { p: document(allow(["sts:AssumeRole", "sts:TagSession"])) } };
    const role = {
      name: "R",
      trustPolicy: document({
        Effect: "Allow",
        Principal: { AWS: ACCOUNT },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: { StringLikeIfExists: { "aws:RequestTag/team": "b*" } },
      }),
    };
    const asked = { principal: "user/u", role: "role/R" };
    const tests = {
      seed: { users: [user], roles: [role] },
      tests: [
        {
          assume: [
            { ...asked, tags: { team: "blue" }, expect: "allow" },
            { ...asked, tags: { team: "red" }, expect: "implicitDeny" },
            { ...asked, sourceIdentity: "u@example.com", expect: "implicitDeny" },
          ],
        },
      ],
    };
    assert.deepEqual(await problems(tests), []);
  });
});

describe("accounts of policy tests", () => {
  let folder: string;
  let server: IamLocal;
  const tests = [
    {
      name: "same everywhere",
      check: [
        { principal: "user/alice", resource: "arn:aws:s3:::b/k", assertions: { "s3:GetObject": "allow" } },
        { principal: "role/Build", resource: "arn:aws:s3:::b/k", assertions: { "s3:GetObject": "implicitDeny" } },
      ],
      assume: { principal: "user/alice", role: "role/Build", mfa: true, expect: "allow" },
    },
  ];
  const save = (name: string, content: unknown) =>
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-accounts-"));
    const organization = {
      root: {
        scps: [{ name: "FullAWSAccess" }],
        children: [
          {
            name: "Unit",
            accounts: ["111122223333"],
            scps: [
              { name: "FullAWSAccess" },
              { name: "NoKeys", document: document({ Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" }) },
            ],
          },
        ],
      },
    };
    const accounts = [{ id: "111122223333", users: [{ name: "dan", policies: { all: document(allow("*")) } }] }];
    server = await start({ port: 0, seed: { ...seed, organization, accounts } });
    for (const account of [ACCOUNT, "111122223333"]) {
      const answer = await fetch(`${server.endpoint}/_emulator/export?account=${account}`);
      save(`${account}.json`, await answer.text());
    }
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it("come from a seed's file, an export, and authorization details, with the same decisions", async () => {
    save("seed.json", seed);
    for (const accounts of [
      { seed: "seed.json" },
      { export: `${ACCOUNT}.json` },
      { authorizationDetails: [`${ACCOUNT}.json`, "111122223333.json"] },
    ]) {
      const { passed, text, notes } = await policyTest({ ...accounts, tests }, { folder });
      assert.deepEqual({ passed, notes }, { passed: true, notes: [] }, text);
    }
  });

  it("are several where details are of several", async () => {
    const principal = "arn:aws:iam::111122223333:user/dan";
    const check = { principal, action: "iam:CreateAccessKey", resource: principal, expect: "allow" };
    const authorizationDetails = [`${ACCOUNT}.json`, "111122223333.json"];
    assert.equal((await policyTest({ authorizationDetails, tests: [check] }, { folder })).passed, true);
  });

  it("come from several pages of one account", async () => {
    const whole = await (await fetch(`${server.endpoint}/_emulator/export`)).json();
    const { UserDetailList, ...others } = whole as { UserDetailList: unknown };
    save("page1.json", { UserDetailList, IsTruncated: true });
    save("page2.json", { ...others, IsTruncated: false });
    const given = { authorizationDetails: ["page1.json", "page2.json"] };
    assert.equal((await policyTest({ ...given, tests }, { folder })).passed, true);
  });

  it("note what details have that cannot be made", async () => {
    const details = {
      UserDetailList: [
        { UserName: "eve", Path: "/", Arn: `arn:aws:iam::${ACCOUNT}:user/eve`, GroupList: ["gone"] },
        { UserName: "alice", Path: "/", Arn: `arn:aws:iam::${ACCOUNT}:user/alice` },
      ],
    };
    save("odd.json", details);
    const check = { principal: "user/alice", action: "s3:GetObject", expect: "deny" };
    const { passed, notes } = await policyTest({ export: "odd.json", tests: [check] }, { folder });
    assert.equal(passed, true);
    assert.deepEqual(notes, [
      `user/eve of account ${ACCOUNT} was left out: NoSuchEntity: The group with name gone cannot be found.`,
    ]);
  });

  it("are those of a running emulator, with its organization", async () => {
    const dan = "arn:aws:iam::111122223333:user/dan";
    const scp = { principal: dan, action: "iam:CreateAccessKey", resource: dan, expect: "explicitDeny" };
    const given = { endpoint: server.endpoint, tests: [...tests, { ...scp, decidedBy: { type: "scp" } }] };
    const { passed, text } = await policyTest(given);
    assert.equal(passed, true, text);
  });

  it("are made of a folder of documents, below it as well, and of principals who have several", async () => {
    mkdirSync(join(folder, "docs", "team"), { recursive: true });
    save("docs/read.json", document(allow("s3:GetObject")));
    save("docs/team/write now.json", document(allow("s3:PutObject")));
    save("docs/README.md", "no policy");
    const both = { action: ["s3:GetObject", "s3:PutObject"], resource: "arn:aws:s3:::b/k" };
    const given = {
      policies: "docs",
      principals: { "role/Both": ["read", "team/write now"], "user/u": "read" },
      tests: [
        { principal: "policy/*", ...both, expect: "deny" },
        { principal: ["role/Both", "user/u"], ...both, expect: "deny" },
      ],
    };
    const { results } = await policyTest(given, { folder });
    const [a, d] = ["allow", "implicitDeny"];
    assert.deepEqual(kinds(results), [a, d, d, a, a, a, a, d]);
    const place = results[0]!.statements[0]!.at!;
    assert.deepEqual({ ...place }, { file: join(folder, "docs/read.json"), line: 1, column: 38 });
  });
});
