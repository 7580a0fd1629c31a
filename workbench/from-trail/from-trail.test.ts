import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { policySize } from "../../policy/document.ts";
import { fromTrailCommand, type FromTrailOptions } from "./command.ts";
import { derive, LIMITS } from "./derive.ts";
import { eventsIn } from "./event-stream.ts";
import { usageIn } from "./from-trail.ts";
import type { Use } from "./usage.ts";
import { verify } from "./verify.ts";

const ACCOUNT = "111122223333";
const user = (name: string, mfa = false) => ({
  type: "IAMUser",
  arn: `arn:aws:iam::${ACCOUNT}:user/${name}`,
  userName: name,
  accountId: ACCOUNT,
  ...(mfa && { sessionContext: { attributes: { mfaAuthenticated: "true" } } }),
});
const role = (name: string) => ({
  type: "AssumedRole",
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/s`,
  accountId: ACCOUNT,
  sessionContext: { sessionIssuer: { type: "Role", arn: `arn:aws:iam::${ACCOUNT}:role/ci/${name}` } },
});
let next = 0;
const event = (service: string, eventName: string, requestParameters: object, more: object = {}) => ({
  eventID: `e${++next}`,
  eventTime: "2026-11-24T12:00:00Z",
  eventSource: `${service}.amazonaws.com`,
  eventName,
  awsRegion: "eu-west-1",
  recipientAccountId: ACCOUNT,
  userIdentity: user("alice"),
  requestParameters,
  ...more,
});
const got = (key: string, more: object = {}) => event("s3", "GetObject", { bucketName: "data", key }, more);

describe("iam-local policy from-trail", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "from-trail-"))));
  after(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  function write(name: string, content: string | Buffer | object): string {
    const raw = typeof content === "string" || Buffer.isBuffer(content);
    writeFileSync(path(name), raw ? content : JSON.stringify(content));
    return path(name);
  }
  const DEFAULTS = {
    files: [],
    resources: "exact",
    anyAccount: false,
    mfa: false,
    kind: "managed",
    verify: true,
  } as const;
  async function run(options: Partial<FromTrailOptions>) {
    let [output, errors] = ["", ""];
    const code = await fromTrailCommand(
      { ...DEFAULTS, ...options },
      { write: (text: string) => (output += text) },
      { write: (text: string) => (errors += text) },
    );
    return { code, output, errors };
  }
  const statementsFrom = async (events: object[], options: Partial<FromTrailOptions> = {}) => {
    const { code, output, errors } = await run({ files: [write("events.json", { Records: events })], ...options });
    assert.equal(code, 0, errors);
    return JSON.parse(output).Statement;
  };

  it("names actions as policies do, and resources by what CloudTrail lists or the request says", async () => {
    const statements = await statementsFrom([
      got("a/x.txt", { resources: [{ ARN: "arn:aws:s3:::data/a/x.txt" }, { ARN: "arn:aws:s3:::data" }] }),
      event("s3", "ListObjectsV2", { bucketName: "data" }),
      event("s3", "ListBuckets", {}),
      event("lambda", "UpdateFunctionCode20150331v2", { functionName: "f" }),
      event("dynamodb", "PutItem", { tableName: "t" }),
      event("monitoring", "DescribeAlarms", {}),
      event("sqs", "SendMessageBatch", { queueUrl: `https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/q` }),
      event("sts", "GetCallerIdentity", {}),
      event("signin", "ConsoleLogin", {}),
    ]);
    assert.deepEqual(
      statements.map(({ Action, Resource }: { Action: unknown; Resource: unknown }) => [Action, Resource]),
      [
        [["cloudwatch:DescribeAlarms", "s3:ListAllMyBuckets"], "*"],
        ["dynamodb:PutItem", `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/t`],
        ["lambda:UpdateFunctionCode", `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`],
        ["s3:GetObject", "arn:aws:s3:::data/a/x.txt"],
        ["s3:ListBucket", "arn:aws:s3:::data"],
        ["sqs:SendMessage", `arn:aws:sqs:eu-west-1:${ACCOUNT}:q`],
      ],
    );
  });

  it("lets a copy read what it is made of", async () => {
    const parameters = { bucketName: "data", key: "to", "x-amz-copy-source": "/source/from%20here?versionId=1" };
    const resources = ["arn:aws:s3:::data/to", "arn:aws:s3:::source/from here"].map((ARN) => ({ ARN }));
    const statements = await statementsFrom([event("s3", "CopyObject", parameters, { resources })]);
    assert.deepEqual(
      statements.map(({ Action, Resource }: { Action: unknown; Resource: unknown }) => [Action, Resource]),
      [
        ["s3:GetObject", "arn:aws:s3:::source/from here"],
        ["s3:PutObject", "arn:aws:s3:::data/to"],
      ],
    );
  });

  it("generalises resources as it is asked to, and merges actions that have the same", async () => {
    const events = [got("a/x"), got("a/y"), event("s3", "PutObject", { bucketName: "data", key: "a/x" })];
    const resources = async (how: FromTrailOptions["resources"]) =>
      (await statementsFrom(events, { resources: how })).map(({ Resource }: { Resource: unknown }) => Resource);
    assert.deepEqual(await resources("exact"), ["arn:aws:s3:::data/a/x", "arn:aws:s3:::data/a/y"]);
    assert.deepEqual(await resources("prefix"), ["arn:aws:s3:::data/a/*"]);
    assert.deepEqual(await resources("type"), ["arn:aws:s3:::*/*"]);
    assert.deepEqual(await resources("any"), ["*"]);
    const [statement] = await statementsFrom([event("dynamodb", "PutItem", { tableName: "t" })], { anyAccount: true });
    assert.equal(statement.Resource, "arn:aws:dynamodb:eu-west-1:*:table/t");
  });

  it("asks for MFA where all calls had it", async () => {
    const withMfa = { userIdentity: user("alice", true) };
    const events = [
      got("x", withMfa),
      got("y", withMfa),
      got("y"),
      event("iam", "DeleteUser", { userName: "bob" }, withMfa),
    ];
    assert.deepEqual(await statementsFrom(events, { mfa: true }), [
      {
        Effect: "Allow",
        Action: "iam:DeleteUser",
        Resource: `arn:aws:iam::${ACCOUNT}:user/bob`,
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      },
      { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/y" },
      {
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::data/x",
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      },
    ]);
  });

  it("leaves out others' calls, those of other times, and those that were denied", async () => {
    const denied = { errorCode: "AccessDenied" };
    const events = [
      got("mine", { userIdentity: role("Deploy") }),
      got("other", { userIdentity: role("Other") }),
      got("denied", { userIdentity: role("Deploy"), ...denied }),
      got("early", { userIdentity: role("Deploy"), eventTime: "2026-11-23T12:00:00Z" }),
    ];
    const since = Date.parse("2026-11-24T00:00:00Z");
    const keys = async (options: Partial<FromTrailOptions>) =>
      (await statementsFrom(events, { since, ...options })).flatMap(({ Resource }: { Resource: string }) => Resource);
    const mine = ["arn:aws:s3:::data/mine"];
    assert.deepEqual(await keys({ principal: "role/Deploy" }), mine);
    assert.deepEqual(await keys({ principal: `arn:aws:iam::${ACCOUNT}:role/ci/Deploy` }), mine);
    assert.deepEqual(await keys({ principal: `arn:aws:sts::${ACCOUNT}:assumed-role/Deploy/s` }), mine);
    assert.deepEqual(await keys({ principal: "role/Deploy", includeDenied: true }), [
      "arn:aws:s3:::data/denied",
      ...mine,
    ]);
    const { code, errors } = await run({ files: [path("events.json")], principal: "user/nobody" });
    assert.deepEqual([code, errors], [1, "0 calls.\niam-local: nothing that needs a permission was recorded.\n"]);
  });

  it("says which operations it knows no action for", async () => {
    const { errors } = await run({ files: [write("odd.json", [event("s3", "Frobnicate", {}), got("x")])] });
    assert.match(errors, /^No action is known for s3 Frobnicate \(1\): the policy lacks what they need\.$/m);
  });

  it("keeps each policy within the size of its kind, and all of them together do", async () => {
    const uses = Array.from({ length: 150 }, (_, i): Use => {
      const resource = `arn:aws:s3:::data/${"long".repeat(10)}/${i}`;
      return {
        action: i % 2 ? "s3:GetObject" : "s3:PutObject",
        resource,
        mfa: false,
        count: 1,
        operations: [],
        first: 0,
        last: 0,
        eventIds: [],
      };
    });
    for (const kind of ["managed", "user-inline"] as const) {
      const policies = derive(uses, { resources: "exact", anyAccount: false, mfa: false, kind });
      assert.ok(policies.length > 1);
      for (const { document } of policies) assert.ok(policySize(document) <= LIMITS[kind]);
      assert.deepEqual(verify(policies, uses), { missing: [], needless: [] });
    }
  });

  it("finds by replay what is missing and what is not needed", () => {
    const uses = ["GetObject", "PutObject"].map((name): Use => ({
      action: `s3:${name}`,
      resource: "arn:aws:s3:::b/k",
      mfa: false,
      count: 1,
      operations: [],
      first: 0,
      last: 0,
      eventIds: [],
    }));
    const options = { resources: "exact", anyAccount: false, mfa: false, kind: "managed" } as const;
    assert.deepEqual(verify(derive(uses.slice(0, 1), options), uses).missing, uses.slice(1));
    assert.deepEqual(verify(derive(uses, options), uses.slice(0, 1)).needless, [
      { policy: 0, statement: 0, action: "s3:PutObject" },
    ]);
  });

  it("tells beside the policy which calls are behind each statement", async () => {
    const file = write("why.events.json", {
      Records: [got("x", { eventID: "first" }), got("x", { eventID: "second" })],
    });
    assert.equal((await run({ files: [file], explain: path("why.json") })).code, 0);
    const [statement] = JSON.parse(readFileSync(path("why.json"), "utf8")).policies[0].statements;
    assert.equal(statement.Action, "s3:GetObject");
    assert.deepEqual(
      statement.calls.map(({ count, operations, eventIds, first }: Record<string, unknown>) => [
        count,
        operations,
        eventIds,
        first,
      ]),
      [[2, ["s3 GetObject"], ["first", "second"], "2026-11-24T12:00:00.000Z"]],
    );
  });

  it("tells what an existing policy grants beyond use", async () => {
    const statement = (Sid: string, Action: string | string[], Resource: string) => ({
      Sid,
      Effect: "Allow",
      Action,
      Resource,
    });
    const file = write("wide.json", {
      Version: "2012-10-17",
      Statement: [
        statement("Read", ["s3:GetObject", "s3:GetObjectTagging"], "arn:aws:s3:::data/*"),
        statement("Queues", "sqs:SendMessage", "*"),
      ],
    });
    const files = [write("used.json", { Records: [got("x")] })];
    const { code, output } = await run({ files, resources: "prefix", compare: file });
    assert.equal(code, 1);
    assert.match(output, /^Statement 2 \(Queues\) was not used\.$/m);
    assert.match(output, /^Not used:\n {2}s3:GetObjectTagging on arn:aws:s3:::data\/\*$/m);
    const odd = write("odd.policy.json", {
      Version: "2012-10-17",
      Statement: [{ Effect: "Alow", Action: "*", Resource: "*" }],
    });
    const refused = await run({ files, compare: odd });
    assert.deepEqual([refused.code, /odd\.policy\.json:1:\d+: /.test(refused.errors)], [2, true], refused.errors);
    const tight = write("tight.json", {
      Version: "2012-10-17",
      Statement: [statement("Read", "s3:GetObject", "arn:aws:s3:::data/*")],
    });
    assert.deepEqual(await run({ files, resources: "prefix", compare: tight }), {
      code: 0,
      output: "It grants what was used and nothing else.\n",
      errors: "1 call.\n",
    });
  });

  describe("reading events", () => {
    const events = [got("a"), got('quo"te\\'), got("b}{][")];
    const read = async (file: string) => {
      const found: object[] = [];
      for await (const one of eventsIn(file)) found.push(one);
      return found;
    };
    const text = JSON.stringify(events);
    const cases: readonly (readonly [string, string | Buffer])[] = [
      ["CloudTrail's files", `{"Records":${text}}`],
      ["CloudTrail's files, gzipped", gzipSync(`{"Records": ${text}}`)],
      ["lists", ` [${events.map((one) => JSON.stringify(one, undefined, 2)).join(",\n")}]`],
      ["an event a line", events.map((one) => JSON.stringify(one)).join("\n")],
      ["what iam-local trail prints", JSON.stringify({ events, more: { other: [{ not: "an event" }] } })],
      ["several files in one", `{"Records":${text.slice(0, -1)}]}\n{"Records":[]}`],
    ];
    for (const [name, content] of cases) {
      it(`takes ${name}`, async () => {
        assert.deepEqual(await read(write(Buffer.isBuffer(content) ? "read.json.gz" : "read.json", content)), events);
      });
    }

    it("refuses what is none, in one line", async () => {
      const file = write("bad.json", '{"Records": [{"a": nope}]}');
      const { code, errors } = await run({ files: [file] });
      assert.equal(code, 2);
      assert.match(errors, /^iam-local: .*bad\.json:1:20: is not JSON: A value is expected here[^\n]*\n$/);
      const later = write("later.json", `[\n  ${JSON.stringify(events[0])},\n  {\n    "a": 1,\n    "b" 2\n  }\n]`);
      assert.match(
        (await run({ files: [later] })).errors,
        /later\.json:5:9: is not JSON: A colon is expected here\.\n$/,
      );
      const policy = write("policy.json", '{"Version": "2012-10-17", "Statement": []}');
      assert.match((await run({ files: [policy] })).errors, /policy\.json: there is no event of a trail in it\.\n$/);
      assert.match(
        (await run({ files: [write("cut.json", '{"Records": [{"a": 1}')] })).errors,
        /ends in the middle of an event\.\n$/,
      );
      assert.match((await run({ files: [path("nowhere")] })).errors, /nowhere cannot be read/);
      assert.match((await run({})).errors, /^iam-local: nothing says where calls are recorded/);
    });

    it("takes many events in memory that is bounded, and folders where resources are too many", async () => {
      const many = Array.from({ length: 20_000 }, (_, i) => JSON.stringify(got(`logs/${i}`)));
      const usage = await usageIn({ files: [write("many.json", many.join("\n"))] });
      assert.equal(usage.calls, 20_000);
      const uses = usage.list();
      assert.equal(uses.length, 1001);
      assert.equal(uses.find(({ resource }) => resource === "arn:aws:s3:::data/logs/*")?.count, 19_000);
      assert.deepEqual([...usage.shortened], ["s3:GetObject"]);
    });
  });
});
