import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetFederationTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import {
  allow,
  createRole,
  createUser,
  deny,
  document,
  enableMfa,
  type Statement,
  trust,
  type TestUser,
} from "../fixtures.ts";

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

  /** The ARN of a new managed policy. */
  const managed = async (PolicyName: string, statement: Statement): Promise<string> => {
    const input = { PolicyName, PolicyDocument: document(statement) };
    return (await emu.iam().send(new CreatePolicyCommand(input))).Policy!.Arn!;
  };

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

  it("counts a user's own policies and those of each of its groups together, one that comes twice once", async () => {
    const iam = emu.iam();
    const { arn } = await createUser(emu, "member", { statements: [allow("sns:*")] });
    const shared = await managed("shared", allow("sqs:*"));
    await iam.send(new AttachUserPolicyCommand({ UserName: "member", PolicyArn: shared }));
    for (const [GroupName, policies] of [
      ["writers", [shared, await managed("writing", allow("s3:*"))]],
      ["careful", [await managed("caution", deny("s3:DeleteObject"))]],
    ] as const) {
      await iam.send(new CreateGroupCommand({ GroupName }));
      for (const PolicyArn of policies) await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
      await iam.send(new AddUserToGroupCommand({ GroupName, UserName: "member" }));
    }
    const may = (action: string) => authorize({ principal: arn, action });
    assert.equal((await may("sns:Publish")).allowed, true);
    assert.equal((await may("s3:PutObject")).allowed, true);
    assert.equal((await may("s3:DeleteObject")).decision, "explicitDeny");
    assert.deepEqual((await may("sqs:SendMessage")).reasons, [`Statement 1 of ${shared} allows it.`]);
  });

  it("is limited by the principal's boundary", async () => {
    const PermissionsBoundary = await managed("edge", allow("iam:*"));
    const { arn } = await createUser(emu, "bounded", { statements: [allow("*")] });
    assert.equal(await isAllowed({ principal: arn }), true);
    await emu.iam().send(new PutUserPermissionsBoundaryCommand({ UserName: "bounded", PermissionsBoundary }));
    const { allowed, decidedBy, message } = await authorize({ principal: arn });
    assert.deepEqual([allowed, decidedBy], [false, "boundary"]);
    assert.match(message, / because no permissions boundary allows the s3:GetObject action$/);
  });

  it("allows a service what a resource's policy allows it, and nothing else", async () => {
    const resource = "arn:aws:sqs:us-east-1:000000000000:queue";
    const send = { action: "sqs:SendMessage", resource };
    const Condition = { ArnLike: { "aws:SourceArn": "arn:aws:sns:us-east-1:000000000000:*" } };
    const statement = { Principal: { Service: "sns.amazonaws.com" }, ...allow(send.action, resource), Condition };
    const asService = (service: string, more: object) =>
      authorize({ principal: service, ...send, resourcePolicy: document(statement), ...more });
    const context = { "aws:SourceArn": "arn:aws:sns:us-east-1:000000000000:topic" };
    const { allowed, decidedBy } = await asService("sns.amazonaws.com", { context });
    assert.deepEqual([allowed, decidedBy], [true, "resource"]);
    assert.equal(
      await isAllowed({
        ...send,
        principal: { service: "sns.amazonaws.com" },
        resourcePolicy: document(statement),
        context,
      }),
      true,
    );
    const { message } = await asService("sns.amazonaws.com", {});
    assert.equal(
      message,
      `User: sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: ${resource} because no resource-based policy allows the sqs:SendMessage action`,
    );
    assert.equal((await asService("lambda.amazonaws.com", { context })).allowed, false);
    const alone = await authorize({ principal: "sns.amazonaws.com", ...send });
    assert.deepEqual([alone.decidedBy, alone.silent], ["resource", ["resource", "identity"]]);
  });

  it("allows a service to assume the roles that trust it", async () => {
    const { arn } = await createRole(emu, "worker", {
      trusts: [{ Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    const assume = { action: "sts:AssumeRole", resource: arn };
    assert.equal(await isAllowed({ principal: "lambda.amazonaws.com", ...assume }), true);
    assert.equal(await isAllowed({ principal: "ec2.amazonaws.com", ...assume }), false);
  });

  it("knows a service by the keys of services", async () => {
    const resource = "arn:aws:s3:::bucket/key";
    const Condition = {
      Bool: { "aws:PrincipalIsAWSService": "true" },
      StringEquals: { "aws:PrincipalServiceName": "logging.s3.amazonaws.com" },
    };
    const resourcePolicy = document({ Principal: "*", ...allow("s3:PutObject", resource), Condition });
    const put = { action: "s3:PutObject", resource, resourcePolicy };
    assert.equal(await isAllowed({ principal: "logging.s3.amazonaws.com", ...put }), true);
    assert.equal(await isAllowed({ principal: "s3.amazonaws.com", ...put }), false);
    assert.equal(await isAllowed(put), false);
  });

  it("allows a federated user, named by its ARN, what policies of resources allow it", async () => {
    const guest = "arn:aws:sts::000000000000:federated-user/guest";
    const get = { principal: guest, resource: OBJECT };
    const { decidedBy, message } = await authorize(get);
    assert.equal(decidedBy, "session");
    assert.equal(
      message,
      `User: ${guest} is not authorized to perform: s3:GetObject on resource: ${OBJECT} because no session policy allows the s3:GetObject action`,
    );
    const named = document({ Principal: { AWS: guest }, ...allow("s3:GetObject", OBJECT) });
    assert.equal(await isAllowed({ ...get, resourcePolicy: named }), true);
    assert.equal(await isAllowed({ ...get, principal: `${guest}2`, resourcePolicy: named }), false);
  });

  describe("with a session token", () => {
    let carol: TestUser;
    before(async () => {
      const withMfa = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
      carol = await createUser(emu, "carol", {
        statements: [allow(["s3:*", "iam:*", "sts:*"]), { ...allow("sqs:*"), Condition: withMfa }],
      });
    });

    const tokenOf = ({ Credentials }: { Credentials?: { SessionToken?: string | undefined } | undefined }) =>
      Credentials!.SessionToken!;
    const sessionAuthorize = async (sessionToken: string, body: object = {}) =>
      (await post({ sessionToken, action: "s3:GetObject", ...body }).expect(200)).body;
    const refusedToken = (sessionToken: string, code: string, message: string, action = "s3:GetObject") =>
      post({ sessionToken, action })
        .expect(403)
        .then(({ body }) => assert.deepEqual(body, { error: { code, message } }));

    it("knows whether the session has MFA", async () => {
      const send = { action: "sqs:SendMessage" };
      const sts = emu.sts(carol.credentials);
      const plain = tokenOf(await sts.send(new GetSessionTokenCommand({})));
      assert.equal((await sessionAuthorize(plain, send)).allowed, false);
      const SerialNumber = await enableMfa(emu, "carol");
      emu.server.clock.advance(60);
      const TokenCode = emu.server.mfa.code(SerialNumber).code;
      const strong = tokenOf(await sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode })));
      assert.equal((await sessionAuthorize(strong, send)).allowed, true);
    });

    it("is limited by the session's policy", async () => {
      const Policy = document(allow("s3:GetObject", OBJECT));
      const guest = tokenOf(
        await emu.sts(carol.credentials).send(new GetFederationTokenCommand({ Name: "guest", Policy })),
      );
      assert.equal((await sessionAuthorize(guest, { resource: OBJECT })).allowed, true);
      assert.equal((await sessionAuthorize(guest, { action: "s3:PutObject", resource: OBJECT })).decidedBy, "session");
    });

    it("knows the session's tags, and that a role has gone", async () => {
      await createRole(emu, "tagged", {
        trusts: [trust(carol.arn, ["sts:AssumeRole", "sts:TagSession"])],
        statements: [{ ...allow("s3:*"), Condition: { StringEquals: { "aws:PrincipalTag/team": "blue" } } }],
      });
      const assume = async (Value: string) =>
        tokenOf(
          await emu.sts(carol.credentials).send(
            new AssumeRoleCommand({
              RoleArn: "arn:aws:iam::000000000000:role/tagged",
              RoleSessionName: "session",
              Tags: [{ Key: "team", Value }],
            }),
          ),
        );
      const blue = await assume("blue");
      assert.equal((await sessionAuthorize(blue)).allowed, true);
      assert.equal((await sessionAuthorize(await assume("red"))).allowed, false);
      await emu.iam().send(new DeleteRolePolicyCommand({ RoleName: "tagged", PolicyName: "test" }));
      await emu.iam().send(new DeleteRoleCommand({ RoleName: "tagged" }));
      await refusedToken(blue, "InvalidClientTokenId", "The security token included in the request is invalid.");
    });

    it("refuses what AWS refuses whatever the policies say: IAM without MFA", async () => {
      const plain = tokenOf(await emu.sts(carol.credentials).send(new GetSessionTokenCommand({})));
      const message = "The security token included in the request is invalid";
      await refusedToken(plain, "InvalidClientTokenId", message, "iam:ListUsers");
    });

    it("refuses tokens that have expired, that are none, and what else is sealed", async () => {
      const brief = tokenOf(
        await emu.sts(carol.credentials).send(new GetSessionTokenCommand({ DurationSeconds: 900 })),
      );
      const { encodedMessage } = await authorize({ resource: "arn:aws:s3:::other/key" });
      emu.server.clock.advance(899);
      await sessionAuthorize(brief);
      emu.server.clock.advance(1);
      await refusedToken(brief, "ExpiredToken", "The security token included in the request is expired");
      const invalid = "The security token included in the request is invalid";
      for (const token of ["none", `${brief}A`]) await refusedToken(token, "InvalidClientTokenId", invalid);
      await refusedToken(encodedMessage, "InvalidClientTokenId", `${invalid}.`);
    });
  });

  it("changes nothing and is not in the trail", async () => {
    const count = emu.server.trail().length;
    await authorize({});
    assert.equal(emu.server.trail().length, count);
  });

  it("refuses principals that are none or are not there", async () => {
    const action = "s3:GetObject";
    for (const principal of [
      "alice",
      "*",
      "example.com",
      1,
      {},
      { service: ALICE },
      { service: "example.com" },
      { user: ALICE },
    ]) {
      await refused(
        { principal, action },
        400,
        "InvalidRequest",
        "principal must be the ARN of an account's root, of a user, of a role, or of a session (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, arn:aws:sts::ACCOUNT:federated-user/NAME), or a service such as lambda.amazonaws.com.",
      );
    }
    const nameless = { principal: "arn:aws:sts::000000000000:federated-user/", action };
    await refused(nameless, 400, "InvalidRequest", '"" is no name of a federated user.');
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
    await bad({ sessionToken: "t" }, "Exactly one of principal and sessionToken must be given.");
    await bad({ principal: undefined }, "Exactly one of principal and sessionToken must be given.");
    await bad({ action: "GetObject" }, 'action must be such as "s3:GetObject".');
    await bad(
      { action: "s3:GetObject", resources: [] },
      'Unknown member "resources". Known are: principal, sessionToken, action, resource, context, resourcePolicy.',
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
