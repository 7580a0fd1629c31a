import assert from "node:assert/strict";
import { CreatePolicyCommand, PutUserPermissionsBoundaryCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, deny, document, trust } from "../fixtures.ts";

const ALICE = "arn:aws:iam::000000000000:user/alice";
const ROOT = "arn:aws:iam::000000000000:root";
const OBJECT = "arn:aws:s3:::bucket/key";

describe("/_emulator/authorize", () => {
  const emu = emulator();
  const post = (body: object) => request(emu.server.endpoint).post("/_emulator/authorize").send(body);
  const authorize = async (body: object) =>
    (await post({ principal: ALICE, action: "s3:GetObject", ...body }).expect(200)).body;
  const isAllowed = async (body: object): Promise<boolean> => (await authorize(body)).allowed;
  const refused = async (body: object, status: number, code: string, message: string) =>
    assert.deepEqual((await post(body).expect(status)).body, { error: { code, message } });

  before(async () => {
    const inOffice = { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } };
    const ofTeam = { StringEquals: { "s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}" } };
    await createUser(emu, "alice", {
      Tags: [{ Key: "team", Value: "a" }],
      statements: [
        allow("s3:GetObject", OBJECT),
        { ...allow("s3:PutObject"), Condition: inOffice },
        { ...allow("s3:DeleteObject"), Condition: ofTeam },
        deny("s3:GetObject", "arn:aws:s3:::bucket/secret"),
      ],
    });
    await createRole(emu, "deploy", {
      trusts: [trust(ALICE)],
      statements: [allow("sqs:*")],
      Path: "/ops/",
    });
  });

  it("answers whether a principal may do something, and why", async () => {
    assert.deepEqual(await authorize({ resource: OBJECT }), {
      allowed: true,
      action: "s3:GetObject",
      resource: OBJECT,
      decision: "allowed",
      decidedBy: "identity",
      silent: [],
      matched: [
        {
          policyType: "identity",
          policy: "inline policy test of user alice",
          statement: 1,
          effect: "Allow",
          conditions: [],
        },
      ],
      unmet: [],
      reasons: ["Statement 1 of inline policy test of user alice allows it."],
    });
  });

  it("answers a denial in AWS's words, and with a message that STS decodes", async () => {
    const resource = "arn:aws:s3:::other/key";
    const { message, encodedMessage, decision } = await authorize({ resource });
    assert.equal(decision, "implicitDeny");
    assert.equal(
      message,
      `User: ${ALICE} is not authorized to perform: s3:GetObject on resource: ${resource} because no identity-based policy allows the s3:GetObject action`,
    );
    assert.match(encodedMessage, /^[\w+/=]{200,}$/);
    const denied = await authorize({ resource: "arn:aws:s3:::bucket/secret" });
    assert.match(denied.message, / with an explicit deny in an identity-based policy$/);
    assert.deepEqual(denied.reasons, ["Statement 4 of inline policy test of user alice denies it."]);
  });

  it("takes condition keys, whatever their case, in the place of those it knows", async () => {
    const put = { action: "s3:PutObject" };
    assert.equal(await isAllowed(put), false);
    assert.equal(await isAllowed({ ...put, context: { "aws:SourceIp": "192.0.2.7" } }), true);
    assert.equal(await isAllowed({ ...put, context: { "AWS:sourceip": "192.0.2.7" } }), true);
    assert.equal(await isAllowed({ ...put, context: { "aws:SourceIp": "198.51.100.7" } }), false);
  });

  it("knows the principal's tags", async () => {
    const remove = { action: "s3:DeleteObject" };
    assert.equal(await isAllowed({ ...remove, context: { "s3:ExistingObjectTag/team": "a" } }), true);
    assert.equal(await isAllowed({ ...remove, context: { "s3:ExistingObjectTag/team": "b" } }), false);
  });

  it("answers for roles, their sessions and root", async () => {
    const send = { action: "sqs:SendMessage", resource: "arn:aws:sqs:us-east-1:000000000000:queue" };
    for (const principal of [
      "arn:aws:iam::000000000000:role/ops/deploy",
      "arn:aws:sts::000000000000:assumed-role/deploy/session",
      ROOT,
    ]) {
      assert.equal(await isAllowed({ principal, ...send }), true, principal);
    }
    assert.equal(await isAllowed(send), false);
  });

  it("asks a resource's policy, within the account and across accounts", async () => {
    const resource = "arn:aws:sqs:us-east-1:000000000000:queue";
    const resourcePolicy = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: ALICE }, Action: "sqs:*", Resource: resource },
    };
    const send = { action: "sqs:SendMessage", resource };
    assert.equal((await authorize({ ...send, resourcePolicy })).decidedBy, "resource");
    assert.equal(await isAllowed({ ...send, resourcePolicy: JSON.stringify(resourcePolicy) }), true);
    const abroad = { ...send, resource: "arn:aws:sqs:us-east-1:111122223333:queue" };
    const policy = document({ ...resourcePolicy.Statement, Resource: abroad.resource });
    assert.equal(await isAllowed({ ...abroad, resourcePolicy: policy }), false);
  });

  it("asks the trust policy of a role that is to be assumed", async () => {
    const assume = { action: "sts:AssumeRole", resource: "arn:aws:iam::000000000000:role/ops/deploy" };
    assert.equal((await authorize(assume)).decidedBy, "trust");
    await createUser(emu, "bob", { statements: [allow("*")] });
    assert.equal(await isAllowed({ ...assume, principal: "arn:aws:iam::000000000000:user/bob" }), false);
    assert.equal(await isAllowed({ ...assume, resource: "arn:aws:iam::000000000000:role/deploy" }), false);
  });

  it("is limited by the principal's boundary", async () => {
    const policy = new CreatePolicyCommand({ PolicyName: "edge", PolicyDocument: document(allow("iam:*")) });
    const PermissionsBoundary = (await emu.iam().send(policy)).Policy!.Arn!;
    const { arn } = await createUser(emu, "bounded", { statements: [allow("*")] });
    assert.equal(await isAllowed({ principal: arn }), true);
    await emu.iam().send(new PutUserPermissionsBoundaryCommand({ UserName: "bounded", PermissionsBoundary }));
    const { allowed, decidedBy, message } = await authorize({ principal: arn });
    assert.deepEqual([allowed, decidedBy], [false, "boundary"]);
    assert.match(message, / because no permissions boundary allows the s3:GetObject action$/);
  });

  it("changes nothing and is not in the trail", async () => {
    const count = emu.server.trail().length;
    await authorize({});
    assert.equal(emu.server.trail().length, count);
  });

  it("refuses principals that are none or are not there", async () => {
    const action = "s3:GetObject";
    for (const principal of ["alice", "*", "arn:aws:sts::000000000000:federated-user/alice"]) {
      await refused(
        { principal, action },
        400,
        "InvalidRequest",
        "principal must be the ARN of an account's root, of a user, of a role, or of a session: arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION.",
      );
    }
    for (const principal of [
      "arn:aws:iam::000000000000:user/nobody",
      "arn:aws:iam::000000000000:user/path/alice",
      "arn:aws:iam::000000000000:role/deploy",
      "arn:aws:sts::000000000000:assumed-role/none/session",
      "arn:aws:iam::111122223333:user/alice",
    ]) {
      await refused({ principal, action }, 404, "NotFound", `There is no ${principal}.`);
    }
  });

  it("refuses what is incomplete or misspelt", async () => {
    const bad = (body: object, message: string) =>
      refused({ principal: ALICE, ...body }, 400, "InvalidRequest", message);
    await bad({}, "action is missing.");
    await bad({ action: "GetObject" }, 'action must be such as "s3:GetObject".');
    await bad(
      { action: "s3:GetObject", resources: [] },
      'Unknown member "resources". Known are: principal, action, resource, context, resourcePolicy.',
    );
    await bad(
      { action: "s3:GetObject", context: [] },
      'context must be such as {"aws:MultiFactorAuthPresent": "true"}.',
    );
    await bad(
      { action: "s3:GetObject", context: { "a:b": {} } },
      "The value of a:b must be a text or a list of texts.",
    );
    await refused(
      { principal: ALICE, action: "s3:GetObject", resourcePolicy: document(allow("*")) },
      400,
      "MalformedPolicyDocument",
      "Missing required field Principal",
    );
  });
});
