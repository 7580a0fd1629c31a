import assert from "node:assert/strict";
import { paginateSimulateCustomPolicy, SimulateCustomPolicyCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, deny, document } from "../fixtures.ts";
import { OBJECT, QUEUE, ROLE, USER, simulator, sources } from "./simulation.ts";

describe("SimulateCustomPolicy answers", () => {
  const emu = emulator();
  const { results, result, decisions } = simulator(emu);

  it("one result an action, in the order asked and as often", async () => {
    const PolicyInputList = [document(allow("s3:Get*"), deny("s3:GetObjectAcl"))];
    const ActionNames = ["s3:PutObject", "s3:GetObject", "s3:GetObjectAcl", "s3:GetObject"];
    assert.deepEqual(
      (await results({ PolicyInputList, ActionNames })).map((one) => [one.EvalActionName, one.EvalDecision]),
      [
        ["s3:PutObject", "implicitDeny"],
        ["s3:GetObject", "allowed"],
        ["s3:GetObjectAcl", "explicitDeny"],
        ["s3:GetObject", "allowed"],
      ],
    );
  });

  it("for no resources: *, and nothing about resources", async () => {
    const PolicyInputList = ['{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'];
    assert.deepEqual(await result({ PolicyInputList }), {
      EvalActionName: "iam:GetUser",
      EvalResourceName: "*",
      EvalDecision: "allowed",
      MatchedStatements: [
        {
          SourcePolicyId: "PolicyInputList.1",
          SourcePolicyType: "IAM Policy",
          StartPosition: { Line: 1, Column: 38 },
          EndPosition: { Line: 1, Column: 84 },
        },
      ],
      MissingContextValues: [],
    });
  });

  it("for one resource: its name, and one entry for it", async () => {
    const { MatchedStatements, ...one } = await result({ ResourceArns: [USER] });
    assert.deepEqual(one, {
      EvalActionName: "iam:GetUser",
      EvalResourceName: USER,
      EvalDecision: "allowed",
      MissingContextValues: [],
      EvalDecisionDetails: {},
      ResourceSpecificResults: [
        { EvalResourceName: USER, EvalResourceDecision: "allowed", MatchedStatements, MissingContextValues: [] },
      ],
    });
  });

  it("for several resources: a template of their name, the strictest decision, and all statements that matched", async () => {
    const PolicyInputList = [
      document(allow("s3:GetObject", OBJECT), deny("s3:GetObject", "arn:aws:s3:::bucket/secret")),
    ];
    const ResourceArns = ["arn:aws:s3:::bucket/secret", "arn:aws:s3:::other/key", OBJECT];
    const both = await result({ PolicyInputList, ActionNames: ["s3:GetObject"], ResourceArns });
    assert.equal(both.EvalResourceName, "arn:aws:s3:::${BucketName}/${KeyName}");
    assert.equal(both.EvalDecision, "explicitDeny");
    assert.equal(both.MatchedStatements!.length, 2);
    assert.ok(both.MatchedStatements![0]!.StartPosition!.Column! < both.MatchedStatements![1]!.StartPosition!.Column!);
    assert.deepEqual(
      both.ResourceSpecificResults!.map((one) => [
        one.EvalResourceName,
        one.EvalResourceDecision,
        one.MatchedStatements?.length,
      ]),
      [
        ["arn:aws:s3:::bucket/secret", "explicitDeny", 1],
        ["arn:aws:s3:::other/key", "implicitDeny", undefined],
        [OBJECT, "allowed", 1],
      ],
    );
  });

  it("an implicit deny where one of several resources is not allowed", async () => {
    const PolicyInputList = [document(allow("s3:GetObject", OBJECT))];
    const input = {
      PolicyInputList,
      ActionNames: ["s3:GetObject"],
      ResourceArns: [OBJECT, "arn:aws:s3:::other/key"],
    };
    const one = await result(input);
    assert.equal(one.EvalDecision, "implicitDeny");
    assert.deepEqual(sources(one.MatchedStatements), ["PolicyInputList.1 (IAM Policy)"]);
  });

  it("an implicit deny for resources of a kind that the action is not about, whatever the policy says", async () => {
    const input = { ActionNames: ["iam:GetUser", "iam:PassRole", "iam:ListUsers"], ResourceArns: [USER, ROLE] };
    const kinds = (await results(input)).map((one) => one.ResourceSpecificResults!.map((r) => r.EvalResourceDecision));
    assert.deepEqual(kinds, [
      ["allowed", "implicitDeny"],
      ["implicitDeny", "allowed"],
      ["implicitDeny", "implicitDeny"],
    ]);
  });

  it("what documents with white space in front say, and where in them", async () => {
    const text = `\n  ${document(allow("s3:*"))}`;
    const lists = { PolicyInputList: [text], PermissionsBoundaryPolicyInputList: [text] };
    const { EvalDecision, MatchedStatements } = await result({ ...lists, ActionNames: ["s3:GetObject"] });
    assert.equal(EvalDecision, "allowed");
    assert.deepEqual(
      MatchedStatements!.map(({ StartPosition }) => StartPosition),
      [{ Line: 2, Column: 40 }],
    );
  });

  it("the positions of statements in the text as it was sent", async () => {
    const pretty = JSON.stringify(
      {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "iam:GetUser", Resource: "*" },
          { Effect: "Allow", Action: "iam:*", Resource: "*" },
        ],
      },
      undefined,
      2,
    );
    const lines = async (text: string) =>
      (await result({ PolicyInputList: [text] })).MatchedStatements!.map(({ StartPosition: s, EndPosition: e }) => [
        s!.Line,
        s!.Column,
        e!.Line,
        e!.Column,
      ]);
    const expected = [
      [3, 17, 8, 6],
      [8, 6, 13, 6],
    ];
    assert.deepEqual(await lines(pretty), expected);
    assert.deepEqual(await lines(pretty.replaceAll("\n", "\r\n")), expected);
    assert.deepEqual(
      await lines('{"Version":"2012-10-17","Statement": {"Effect":"Allow","Action":"*","Resource":"*"}}'),
      [[1, 39, 1, 84]],
    );
  });

  it("pages of actions, and takes a marker although the input has changed", async () => {
    const ActionNames = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
    const input = {
      PolicyInputList: [document(allow("*"))],
      ActionNames,
      ResourceArns: [OBJECT, "arn:aws:s3:::b/2"],
    };
    const seen: (string | undefined)[] = [];
    for await (const page of paginateSimulateCustomPolicy({ client: emu.iam(), pageSize: 2 }, { ...input })) {
      seen.push(...page.EvaluationResults!.map(({ EvalActionName }) => EvalActionName));
      assert.ok(page.EvaluationResults!.every((one) => one.ResourceSpecificResults!.length === 2));
    }
    assert.deepEqual(seen, ActionNames);
    const { Marker } = await emu.iam().send(new SimulateCustomPolicyCommand({ ...input, MaxItems: 1 }));
    const changed = {
      ...input,
      ActionNames: ["sqs:SendMessage", "sqs:ReceiveMessage"],
      ResourceArns: [QUEUE],
      Marker,
    };
    const { EvaluationResults } = await emu.iam().send(new SimulateCustomPolicyCommand(changed));
    assert.deepEqual(
      EvaluationResults!.map(({ EvalActionName }) => EvalActionName),
      ["sqs:ReceiveMessage"],
    );
  });

  it("an implicit deny where there is no policy", async () => {
    assert.deepEqual(await decisions({ PolicyInputList: [] }), ["implicitDeny"]);
  });

  it("for actions that AWS does not have by their letters", async () => {
    const PolicyInputList = [document(allow("madeup:*"))];
    assert.deepEqual(await decisions({ PolicyInputList, ActionNames: ["madeup:Act", "other:Act", "madeup:*"] }), [
      "allowed",
      "implicitDeny",
      "allowed",
    ]);
  });

  it("fewer actions on a page where there are many resources, so as not to hold up other callers", async () => {
    const ResourceArns = Array.from({ length: 4000 }, (_, index) => `arn:aws:s3:::bucket/${index}`);
    const ActionNames = Array.from({ length: 50 }, () => "s3:GetObject");
    const { EvaluationResults, IsTruncated } = await emu
      .iam()
      .send(new SimulateCustomPolicyCommand({ PolicyInputList: [document(allow("*"))], ActionNames, ResourceArns }));
    assert.deepEqual([EvaluationResults!.length, IsTruncated], [2, true]);
  });

  it("fewer actions on a page where the policies are long", async () => {
    const long = document(allow(Array.from({ length: 9000 }, (_, index) => `s3:Get${index}`)));
    const ActionNames = Array.from({ length: 200 }, () => "s3:GetObject");
    const page = async (policies: string[]) => {
      const command = new SimulateCustomPolicyCommand({ PolicyInputList: policies, ActionNames, MaxItems: 200 });
      return (await emu.iam().send(command)).EvaluationResults!.length;
    };
    assert.equal(await page([long]), Math.floor((10_000 * 2048) / long.length));
    assert.equal(await page([document(allow("s3:*"))]), 200);
  });
});
