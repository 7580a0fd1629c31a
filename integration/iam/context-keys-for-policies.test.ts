import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const when = (key: string, ...more: string[]) => ({
  ...allow("*"),
  Condition: { StringEquals: Object.fromEntries([key, ...more].map((name) => [name, "x"])) },
});

describe("GetContextKeysForCustomPolicy", () => {
  const emu = emulator();
  const keys = async (...PolicyInputList: string[]) =>
    (await emu.iam().send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList }))).ContextKeyNames!;

  it("tells the condition keys as they are spelt, once for each document", async () => {
    const policy = document(when("aws:SourceIp", "AWS:sourceip"), when("aws:SourceIp"));
    assert.deepEqual(await keys(policy, document(when("aws:SourceIp"))), [
      "aws:SourceIp",
      "AWS:sourceip",
      "aws:SourceIp",
    ]);
  });

  it("tells the variables of resources and condition values, in documents of the newer version", async () => {
    const statement = {
      Effect: "Allow",
      ...allow("s3:${aws:PrincipalOrgID}", "arn:aws:s3:::${aws:username, 'default'}/${*}/${?}/${$}"),
      Condition: { StringLike: { "s3:prefix": ["${aws:userid}"] } },
    };
    assert.deepEqual(await keys(document(statement)), ["aws:username", "*", "?", "$", "s3:prefix", "aws:userid"]);
    assert.deepEqual(await keys(JSON.stringify({ Version: "2008-10-17", Statement: statement })), ["s3:prefix"]);
  });

  it("takes documents that are incomplete, and those of resources", async () => {
    assert.deepEqual(await keys('{"Version":"2012-10-17"}', '{"Version":"2012-10-17","Statement":[]}'), []);
    const statement = { Effect: "Allow", Principal: "*", Condition: { NumericEquals: { "a:b": "none" } } };
    assert.deepEqual(await keys(JSON.stringify({ Statement: statement })), ["a:b"]);
  });

  it("refuses unknown elements and operators, and statements without an effect", async () => {
    const refused = (policy: object) => assert.rejects(keys(JSON.stringify(policy)), { name: "InvalidInputException" });
    await refused({ Statement: { ...allow("*"), Extra: 1 } });
    await refused({ Version: "2012-10-17", Extra: 1 });
    await refused({ Statement: { Effect: "Allow", Condition: { Like: { "a:b": "x" } } } });
    await refused({ Statement: { Action: "*", Resource: "*" } });
  });

  it("asks permission on *", async () => {
    const dora = await createUser(emu, "dora");
    const call = new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [document(allow("*"))] });
    await assert.rejects(
      emu.iam(dora.credentials).send(call),
      noPolicyAllows(dora.arn, "iam:GetContextKeysForCustomPolicy", "*"),
    );
  });
});

describe("GetContextKeysForPrincipalPolicy", () => {
  const emu = emulator();
  const keys = async (PolicySourceArn: string, PolicyInputList?: string[]) => {
    const call = new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn, PolicyInputList });
    return (await emu.iam().send(call)).ContextKeyNames!.toSorted((a, b) => (a < b ? -1 : 1));
  };

  before(async () => {
    const iam = emu.iam();
    const managed = async (PolicyName: string, key: string) =>
      (await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: document(when(key)) }))).Policy!.Arn!;
    await iam.send(new CreateUserCommand({ UserName: "alice" }));
    await iam.send(new CreateGroupCommand({ GroupName: "readers" }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "readers", UserName: "alice" }));
    const own = { PolicyName: "own", PolicyDocument: document(when("k:user")) };
    await iam.send(new PutUserPolicyCommand({ UserName: "alice", ...own }));
    const ours = { PolicyName: "ours", PolicyDocument: document(when("k:group")) };
    await iam.send(new PutGroupPolicyCommand({ GroupName: "readers", ...ours }));
    const PolicyArn = await managed("shared", "k:managed");
    await iam.send(new AttachUserPolicyCommand({ UserName: "alice", PolicyArn }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: "readers", PolicyArn }));
    const PermissionsBoundary = await managed("edge", "k:boundary");
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "alice", PermissionsBoundary }));
    await createRole(emu, "deploy", {
      trusts: [trust("*", "sts:AssumeRole", { StringEquals: { "sts:ExternalId": "x" } })],
      statements: [when("k:role")],
    });
  });

  it("tells those of a user, its groups and its boundary, of each policy once, and of the documents sent", async () => {
    const user = "arn:aws:iam::000000000000:user/alice";
    assert.deepEqual(await keys(user), ["k:boundary", "k:group", "k:managed", "k:user"]);
    assert.deepEqual(await keys(user, [document(when("k:user"))]), [
      "k:boundary",
      "k:group",
      "k:managed",
      "k:user",
      "k:user",
    ]);
  });

  it("tells those of a group and of a role, but not of the role's trust policy", async () => {
    assert.deepEqual(await keys("arn:aws:iam::000000000000:group/readers"), ["k:group", "k:managed"]);
    assert.deepEqual(await keys("arn:aws:iam::000000000000:role/deploy"), ["k:role"]);
  });

  it("refuses what names no identity", async () => {
    await assert.rejects(keys("arn:aws:iam::000000000000:root"), {
      name: "InvalidInputException",
      message: "Invalid ARN provided in the request: arn:aws:iam::000000000000:root",
    });
    await assert.rejects(keys("arn:aws:iam::000000000000:user/nobody"), {
      name: "NoSuchEntityException",
      message: "Unable to retrieve specified IAM entity.",
    });
  });

  it("asks permission on the identity's ARN as it is stored, whatever the path that was sent", async () => {
    const PolicySourceArn = "arn:aws:iam::000000000000:role/wrong/path/Deploy";
    await asksPermissionOn(
      emu,
      "iam:GetContextKeysForPrincipalPolicy",
      "arn:aws:iam::000000000000:role/deploy",
      (iam) => iam.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn })),
    );
  });
});
