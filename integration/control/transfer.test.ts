import assert from "node:assert/strict";
import { GetRoleCommand, GetUserPolicyCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { beforeEach, describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import { allow, createUser, document, trust, type Statement } from "../fixtures.ts";
import { rootOf } from "../organization.ts";

const FORMER = "123456789012";
const HERE = "000000000000";
const formerArn = (resource: string) => `arn:aws:iam::${FORMER}:${resource}`;

/** A document as the AWS CLI shows it. */
const shown = (...statements: Statement[]): unknown => JSON.parse(document(...statements));
const READ = shown(allow("iam:GetUser"));

const user = (UserName: string, more: object = {}) => ({
  Path: "/",
  UserName,
  UserId: "AIDAR4NFHRANVEXAMPLE1",
  Arn: formerArn(`user/${UserName}`),
  GroupList: [],
  AttachedManagedPolicies: [],
  ...more,
});
const role = (RoleName: string, AssumeRolePolicyDocument: unknown, more: object = {}) => ({
  Path: "/",
  RoleName,
  Arn: formerArn(`role/${RoleName}`),
  AssumeRolePolicyDocument,
  InstanceProfileList: [],
  RolePolicyList: [],
  AttachedManagedPolicies: [],
  ...more,
});
const policy = (PolicyName: string, versions: Readonly<Record<string, unknown>>, DefaultVersionId: string) => ({
  PolicyName,
  Arn: formerArn(`policy/${PolicyName}`),
  Path: "/",
  DefaultVersionId,
  PolicyVersionList: Object.entries(versions).map(([VersionId, Document]) => ({ VersionId, Document })),
});

describe("importing an account", () => {
  const emu = emulator();
  beforeEach(() => emu.server.reset());
  const post = (body: object, query = "") => request(emu.server.endpoint).post(`/_emulator/import${query}`).send(body);
  const exported = async () => (await request(emu.server.endpoint).get("/_emulator/export").expect(200)).body;
  const refuses = async (test: request.Test, message: string) => {
    const { body } = await test.expect(400);
    assert.deepEqual(body, { error: { code: "InvalidRequest", message } });
  };

  it("makes policies, groups, users, roles and instance profiles with all that belongs to them", async () => {
    const { body } = await post({
      UserDetailList: [
        user("Jane", {
          Path: "/staff/",
          UserPolicyList: [{ PolicyName: "own", PolicyDocument: READ }],
          GroupList: ["Readers"],
          AttachedManagedPolicies: [{ PolicyName: "Read", PolicyArn: formerArn("policy/Read") }],
          PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: formerArn("policy/Read") },
          Tags: [{ Key: "team", Value: "blue" }],
        }),
      ],
      GroupDetailList: [
        {
          Path: "/",
          GroupName: "Readers",
          Arn: formerArn("group/Readers"),
          GroupPolicyList: [{ PolicyName: "own", PolicyDocument: READ }],
          AttachedManagedPolicies: [
            { PolicyName: "ReadOnlyAccess", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
          ],
        },
      ],
      RoleDetailList: [
        role("Web", shown({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }), {
          InstanceProfileList: [{ Path: "/servers/", InstanceProfileName: "Web", Arn: "x", Roles: [] }],
          RolePolicyList: [{ PolicyName: "own", PolicyDocument: READ }],
        }),
        role("AWSServiceRoleForAutoScaling_web", {}, { Path: "/aws-service-role/autoscaling.amazonaws.com/" }),
      ],
      Policies: [
        policy("Read", { v2: READ, v5: shown(allow("iam:List*")) }, "v2"),
        { ...policy("ReadOnlyAccess", {}, "v1"), Arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      ],
    }).expect(200);
    assert.deepEqual(body, {
      account: HERE,
      from: FORMER,
      made: { policy: 1, group: 1, user: 1, role: 2, "instance-profile": 1 },
      failed: [],
      documentsNamingFormerAccount: [],
    });
    const { UserDetailList, GroupDetailList, RoleDetailList, Policies } = await exported();
    const [jane] = UserDetailList;
    assert.equal(jane.Arn, `arn:aws:iam::${HERE}:user/staff/Jane`);
    assert.notEqual(jane.UserId, "AIDAR4NFHRANVEXAMPLE1");
    assert.deepEqual(jane.UserPolicyList, [{ PolicyName: "own", PolicyDocument: READ }]);
    assert.deepEqual(jane.GroupList, ["Readers"]);
    assert.deepEqual(jane.AttachedManagedPolicies, [
      { PolicyName: "Read", PolicyArn: `arn:aws:iam::${HERE}:policy/Read` },
    ]);
    assert.equal(jane.PermissionsBoundary.PermissionsBoundaryArn, `arn:aws:iam::${HERE}:policy/Read`);
    assert.deepEqual(jane.Tags, [{ Key: "team", Value: "blue" }]);
    assert.equal(GroupDetailList[0].AttachedManagedPolicies[0].PolicyArn, "arn:aws:iam::aws:policy/ReadOnlyAccess");
    const [linked, web] = RoleDetailList;
    assert.equal(linked.Arn, `arn:aws:iam::${HERE}:role/aws-service-role/autoscaling.amazonaws.com/${linked.RoleName}`);
    assert.equal(web.InstanceProfileList[0].Arn, `arn:aws:iam::${HERE}:instance-profile/servers/Web`);
    const read = Policies.find(({ PolicyName }: { PolicyName: string }) => PolicyName === "Read");
    assert.equal(read.DefaultVersionId, "v2");
    assert.deepEqual(read.PolicyVersionList.map(({ VersionId }: { VersionId: string }) => VersionId).toSorted(), [
      "v2",
      "v5",
    ]);
  });

  it("takes the percent-encoded documents of the API, byte for byte", async () => {
    const text = `{ "Version": "2012-10-17",\n  "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } }`;
    await post({
      UserDetailList: [
        user("Jane", { UserPolicyList: [{ PolicyName: "own", PolicyDocument: encodeURIComponent(text) }] }),
      ],
    }).expect(200);
    const { PolicyDocument } = await emu.iam().send(new GetUserPolicyCommand({ UserName: "Jane", PolicyName: "own" }));
    assert.equal(decodeURIComponent(PolicyDocument!), text);
  });

  it("makes roles that trust themselves, one another, and roles that come later", async () => {
    const { body } = await post({
      RoleDetailList: [
        role("A", shown(trust(formerArn("role/B")))),
        role("B", shown(trust(formerArn("role/A")))),
        role("Later", shown(trust(formerArn("role/Self")))),
        role("Self", shown(trust(formerArn("role/Self")))),
      ],
    })
      .query({ rewriteAccount: true })
      .expect(200);
    assert.deepEqual([body.made.role, body.failed], [4, []]);
    const { Role } = await emu.iam().send(new GetRoleCommand({ RoleName: "A" }));
    assert.equal(decodeURIComponent(Role!.AssumeRolePolicyDocument!), document(trust(`arn:aws:iam::${HERE}:role/B`)));
  });

  it("leaves documents as they are, and says which of them name the former account", async () => {
    const uses = shown(allow("s3:*", [`arn:aws:s3:::bucket-${FORMER}`, `arn:aws:sns:eu-west-1:${FORMER}:topic`]));
    const harmless = shown(allow("s3:*", `arn:aws:s3:::bucket-${FORMER}`));
    const details = {
      UserDetailList: [
        user("Jane", {
          UserPolicyList: [
            { PolicyName: "uses", PolicyDocument: uses },
            { PolicyName: "harmless", PolicyDocument: harmless },
          ],
        }),
      ],
      RoleDetailList: [role("Deploy", shown(trust(FORMER)))],
      Policies: [policy("Read", { v1: uses }, "v1")],
    };
    const { body } = await post(details).expect(200);
    assert.deepEqual(body.failed, []);
    assert.deepEqual(body.documentsNamingFormerAccount, [
      "policy/Read: v1",
      "user/Jane: uses",
      "role/Deploy: AssumeRolePolicyDocument",
    ]);
    const [jane] = (await exported()).UserDetailList;
    assert.deepEqual(jane.UserPolicyList[1].PolicyDocument, uses);
  });

  it("changes them where that is asked for, in ARNs and where the number stands alone", async () => {
    const before = shown(allow("s3:*", [`arn:aws:s3:::bucket-${FORMER}`, `arn:aws:sns:eu-west-1:${FORMER}:topic`]));
    const after = shown(allow("s3:*", [`arn:aws:s3:::bucket-${FORMER}`, `arn:aws:sns:eu-west-1:${HERE}:topic`]));
    const details = {
      UserDetailList: [user("Jane", { UserPolicyList: [{ PolicyName: "own", PolicyDocument: before }] })],
      RoleDetailList: [role("Deploy", shown(trust(FORMER)))],
    };
    const { body } = await post(details, "?rewriteAccount=true").expect(200);
    assert.deepEqual(body.documentsNamingFormerAccount, []);
    const { UserDetailList, RoleDetailList } = await exported();
    assert.deepEqual(UserDetailList[0].UserPolicyList[0].PolicyDocument, after);
    assert.deepEqual(RoleDetailList[0].AssumeRolePolicyDocument, shown(trust(`arn:aws:iam::${HERE}:root`)));
  });

  it("makes nothing of what fails, says why, and makes the rest", async () => {
    await createUser(emu, "Taken");
    const { body } = await post({
      UserDetailList: [
        user("taken"),
        user("Broken", { UserPolicyList: [{ PolicyName: "own", PolicyDocument: {} }] }),
        user("Alone", { GroupList: ["None"] }),
        user("Fine"),
      ],
      RoleDetailList: [
        role("Trusting", shown(trust(`arn:aws:iam::${HERE}:role/Nobody`))),
        role("AWSServiceRoleForNothing", {}, { Path: "/aws-service-role/nothing.amazonaws.com/" }),
      ],
    }).expect(200);
    assert.deepEqual(body.made, { policy: 0, group: 0, user: 1, role: 0, "instance-profile": 0 });
    assert.deepEqual(body.failed, [
      { entity: "user/taken", code: "EntityAlreadyExists", message: "User with name taken already exists." },
      { entity: "user/Broken", code: "MalformedPolicyDocument", message: "Syntax errors in policy." },
      { entity: "user/Alone", code: "NoSuchEntity", message: "The group with name None cannot be found." },
      {
        entity: "role/Trusting",
        code: "MalformedPolicyDocument",
        message: `Invalid principal in policy: "AWS":"arn:aws:iam::${HERE}:role/Nobody"`,
      },
      {
        entity: "role/AWSServiceRoleForNothing",
        code: "InvalidInput",
        message: "Cannot find Service Linked Role template for nothing.amazonaws.com",
      },
    ]);
    const { UserDetailList, RoleDetailList } = await exported();
    assert.deepEqual(
      UserDetailList.map(({ UserName }: { UserName: string }) => UserName),
      ["Fine", "Taken"],
    );
    assert.deepEqual(RoleDetailList, []);
  });

  it("goes into another account where that is asked for", async () => {
    const { body } = await post({ UserDetailList: [user("Jane")] }, "?account=111122223333").expect(200);
    assert.equal(body.account, "111122223333");
    const { Users } = await emu.iam(rootOf(emu, "111122223333")).send(new ListUsersCommand({}));
    assert.equal(Users![0]!.Arn, "arn:aws:iam::111122223333:user/Jane");
  });

  it("refuses what are no details, or not all of them, or those of two accounts", async () => {
    await refuses(
      post({ Users: [] }),
      "These are no authorization details: they have none of UserDetailList, GroupDetailList, RoleDetailList, Policies.",
    );
    for (const cut of [{ IsTruncated: true, Marker: "x" }, { NextToken: "x" }]) {
      await refuses(
        post({ UserDetailList: [], ...cut }),
        "These are not all pages of the details. Give all of them at once.",
      );
    }
    await refuses(
      post({ UserDetailList: [user("a"), user("b", { Arn: "arn:aws:iam::111122223333:user/b" })] }),
      `The details are of several accounts: ${FORMER}, 111122223333.`,
    );
    await refuses(post({ UserDetailList: [] }, "?rewriteAccount=yes"), "rewriteAccount must be true or false.");
    await refuses(post({ UserDetailList: [] }, "?account=1"), 'account must be 12 digits, not "1".');
  });

  it("refuses details of another shape by the path to what is wrong, and makes nothing", async () => {
    await refuses(post({ UserDetailList: {} }), "UserDetailList: must be a list, not a mapping.");
    await refuses(
      post({ UserDetailList: [user("a"), { ...user("b"), UserName: undefined }] }),
      "UserDetailList[1]: UserName is missing.",
    );
    await refuses(post({ Policies: [policy("a", {}, "v1")] }), "Policies[0].PolicyVersionList: must have a version.");
    await refuses(
      post({ Policies: [policy("a", { v0: READ }, "v0")] }),
      "Policies[0].PolicyVersionList[0].VersionId: must be such as v1, up to v10000.",
    );
    const { Users } = await emu.iam().send(new ListUsersCommand({}));
    assert.deepEqual(Users, []);
  });

  it("takes an account of many megabytes", async () => {
    const [padding] = [shown({ ...allow("iam:GetUser"), Sid: "x".repeat(1800) })];
    const UserDetailList = Array.from({ length: 3000 }, (_, i) =>
      user(`user-${i}`, { UserPolicyList: [{ PolicyName: "own", PolicyDocument: padding }] }),
    );
    const { body } = await post({ UserDetailList }).expect(200);
    assert.equal(body.made.user, 3000);
  }).timeout(30_000);
});

describe("exporting an account", () => {
  const emu = emulator({ seed: "integration/seed/complete/seed.yaml" });
  const empty = emulator();
  const exported = async (query = "") =>
    (await request(emu.server.endpoint).get(`/_emulator/export${query}`).expect(200)).body;

  /** Members that an import creates anew. */
  const ANEW = /^(UserId|GroupId|RoleId|PolicyId|InstanceProfileId|CreateDate|UpdateDate|RoleLastUsed)$/;
  const lasting = (details: Record<string, unknown[]>): unknown =>
    JSON.parse(
      JSON.stringify(
        {
          ...details,
          Policies: (details["Policies"] as { Arn: string }[]).toSorted((a, b) => (a.Arn < b.Arn ? -1 : 1)),
        },
        (key, value: unknown) => (ANEW.test(key) ? undefined : value),
      ),
    );

  it("shows it as the AWS CLI prints it: documents as JSON, times with their offset", async () => {
    const { UserDetailList } = await exported();
    assert.match(UserDetailList[0].CreateDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    const jane = UserDetailList.find(({ UserName }: { UserName: string }) => UserName === "Jane");
    assert.deepEqual(jane.UserPolicyList[0].PolicyDocument.Statement[0], {
      Effect: "Allow",
      Action: "iam:GetUser",
      Resource: "*",
    });
  });

  it("holds no secrets", async () => {
    const text = JSON.stringify(await exported());
    for (const secret of ["wJalrXUtnFEMI", "AKIA", "GEZDGNBV", "correct horse", "scrypt", "The root of it all"]) {
      assert.ok(!text.includes(secret), secret);
    }
  });

  it("shows all pages, and another account where that is asked for", async () => {
    const names = Array.from({ length: 1001 }, (_, i) => `user-${String(i).padStart(4, "0")}`);
    await request(emu.server.endpoint)
      .post("/_emulator/import?account=444455556666")
      .send({ UserDetailList: names.map((name) => user(name)) })
      .expect(200);
    const { UserDetailList } = await exported("?account=444455556666");
    assert.deepEqual(
      UserDetailList.map(({ UserName }: { UserName: string }) => UserName),
      names,
    );
  });

  it("can be imported into an empty account, again and again, and is the same but for ids and dates", async () => {
    const before = await exported();
    let copy = before;
    for (const _ of ["once", "twice"]) {
      await empty.server.reset();
      const { body } = await request(empty.server.endpoint).post("/_emulator/import").send(copy).expect(200);
      assert.deepEqual(body.failed, []);
      copy = (await request(empty.server.endpoint).get("/_emulator/export").expect(200)).body;
      assert.deepEqual(lasting(copy), lasting(before));
    }
  });
});
