import assert from "node:assert/strict";
import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  GetAccountAuthorizationDetailsCommand,
  paginateGetAccountAuthorizationDetails,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  type EntityType,
  type GetAccountAuthorizationDetailsCommandOutput,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust } from "../fixtures.ts";
import { noPolicyAllows } from "./authorization.ts";

const ARN = "arn:aws:iam::000000000000";
const AWS_POLICY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
const FIRST = document(allow("s3:Get*"));
const SECOND = document(allow("s3:*"));
const TRUST = document(trust(`${ARN}:root`));

describe("GetAccountAuthorizationDetails", () => {
  const emu = emulator();
  const details = (input: { Filter?: EntityType[]; MaxItems?: number; Marker?: string } = {}) =>
    emu.iam().send(new GetAccountAuthorizationDetailsCommand(input));
  /** The names of the report's entries. */
  const names = (page: GetAccountAuthorizationDetailsCommandOutput) => [
    ...page.UserDetailList!.map(({ UserName }) => UserName!),
    ...page.RoleDetailList!.map(({ RoleName }) => RoleName!),
    ...page.GroupDetailList!.map(({ GroupName }) => GroupName!),
    ...page.Policies!.map(({ PolicyName }) => PolicyName!),
  ];
  let local = "";

  before(async () => {
    const iam = emu.iam();
    await iam.send(new CreateUserCommand({ UserName: "bare" }));
    await iam.send(new CreateUserCommand({ UserName: "Full", Tags: [{ Key: "team", Value: "a" }] }));
    await createRole(emu, "bare-role", { trusts: [trust(`${ARN}:root`)], Description: "not shown" });
    await createRole(emu, "full-role", { trusts: [trust(`${ARN}:root`)], Tags: [{ Key: "team", Value: "a" }] });
    for (const GroupName of ["bare-group", "full-group"]) await iam.send(new CreateGroupCommand({ GroupName }));
    const policy = new CreatePolicyCommand({ PolicyName: "local", Description: "not shown", PolicyDocument: FIRST });
    local = (await iam.send(policy)).Policy!.Arn!;
    emu.server.clock.advance(60);
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn: local, PolicyDocument: SECOND }));

    await iam.send(new AddUserToGroupCommand({ GroupName: "full-group", UserName: "Full" }));
    await iam.send(new PutUserPolicyCommand({ UserName: "Full", PolicyName: "p", PolicyDocument: FIRST }));
    await iam.send(new PutGroupPolicyCommand({ GroupName: "full-group", PolicyName: "p", PolicyDocument: FIRST }));
    await iam.send(new PutRolePolicyCommand({ RoleName: "full-role", PolicyName: "p", PolicyDocument: FIRST }));
    await iam.send(new AttachUserPolicyCommand({ UserName: "Full", PolicyArn: AWS_POLICY }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: "full-group", PolicyArn: AWS_POLICY }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: "full-role", PolicyArn: AWS_POLICY }));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "Full", PermissionsBoundary: local }));
    const Tags = [{ Key: "team", Value: "a" }];
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "profile", Tags }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "profile", RoleName: "full-role" }));
  });

  it("shows of a bare user its lists, but no list of inline policies", async () => {
    const user = (await details()).UserDetailList!.find(({ UserName }) => UserName === "bare")!;
    assert.deepEqual(user, {
      Path: "/",
      UserName: "bare",
      UserId: user.UserId,
      Arn: `${ARN}:user/bare`,
      CreateDate: new Date("2026-11-24T12:00:00Z"),
      GroupList: [],
      AttachedManagedPolicies: [],
      Tags: [],
    });
  });

  it("shows of a user its groups, policies, boundary and tags", async () => {
    const user = (await details()).UserDetailList!.find(({ UserName }) => UserName === "Full")!;
    assert.deepEqual(user, {
      Path: "/",
      UserName: "Full",
      UserId: user.UserId,
      Arn: `${ARN}:user/Full`,
      CreateDate: new Date("2026-11-24T12:00:00Z"),
      UserPolicyList: [{ PolicyName: "p", PolicyDocument: encodeURIComponent(FIRST).replaceAll("*", "%2A") }],
      GroupList: ["full-group"],
      AttachedManagedPolicies: [{ PolicyName: "IAMReadOnlyAccess", PolicyArn: AWS_POLICY }],
      PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: local },
      Tags: [{ Key: "team", Value: "a" }],
    });
  });

  it("shows of groups both lists of policies, also empty", async () => {
    const [bare, full] = (await details()).GroupDetailList!;
    assert.deepEqual(bare, {
      Path: "/",
      GroupName: "bare-group",
      GroupId: bare!.GroupId,
      Arn: `${ARN}:group/bare-group`,
      CreateDate: new Date("2026-11-24T12:00:00Z"),
      GroupPolicyList: [],
      AttachedManagedPolicies: [],
    });
    assert.deepEqual(
      full!.GroupPolicyList!.map(({ PolicyName }) => PolicyName),
      ["p"],
    );
    assert.deepEqual(full!.AttachedManagedPolicies, [{ PolicyName: "IAMReadOnlyAccess", PolicyArn: AWS_POLICY }]);
  });

  it("shows of roles all lists, also empty, the trust policy, and instance profiles without tags", async () => {
    const [bare, full] = (await details()).RoleDetailList!;
    const AssumeRolePolicyDocument = encodeURIComponent(TRUST);
    assert.deepEqual(bare, {
      Path: "/",
      RoleName: "bare-role",
      RoleId: bare!.RoleId,
      Arn: `${ARN}:role/bare-role`,
      CreateDate: new Date("2026-11-24T12:00:00Z"),
      AssumeRolePolicyDocument,
      InstanceProfileList: [],
      RolePolicyList: [],
      AttachedManagedPolicies: [],
      Tags: [],
      RoleLastUsed: {},
    });
    const [profile] = full!.InstanceProfileList!;
    assert.deepEqual(profile, {
      Path: "/",
      InstanceProfileName: "profile",
      InstanceProfileId: profile!.InstanceProfileId,
      Arn: `${ARN}:instance-profile/profile`,
      CreateDate: new Date("2026-11-24T12:01:00Z"),
      Roles: [
        {
          Path: "/",
          RoleName: "full-role",
          RoleId: full!.RoleId,
          Arn: `${ARN}:role/full-role`,
          CreateDate: new Date("2026-11-24T12:00:00Z"),
          AssumeRolePolicyDocument,
        },
      ],
    });
    assert.deepEqual(
      full!.RolePolicyList!.map(({ PolicyName }) => PolicyName),
      ["p"],
    );
    assert.deepEqual(full!.Tags, [{ Key: "team", Value: "a" }]);
  });

  it("shows of a customer's policy all versions with their documents, the newest first, but no description and no tags", async () => {
    const [policy] = (await details({ Filter: ["LocalManagedPolicy"] })).Policies!;
    assert.deepEqual(policy, {
      PolicyName: "local",
      PolicyId: policy!.PolicyId,
      Arn: local,
      Path: "/",
      DefaultVersionId: "v1",
      AttachmentCount: 0,
      PermissionsBoundaryUsageCount: 1,
      IsAttachable: true,
      CreateDate: new Date("2026-11-24T12:00:00Z"),
      UpdateDate: new Date("2026-11-24T12:01:00Z"),
      PolicyVersionList: [
        {
          Document: encodeURIComponent(SECOND).replaceAll("*", "%2A"),
          VersionId: "v2",
          IsDefaultVersion: false,
          CreateDate: new Date("2026-11-24T12:01:00Z"),
        },
        {
          Document: encodeURIComponent(FIRST).replaceAll("*", "%2A"),
          VersionId: "v1",
          IsDefaultVersion: true,
          CreateDate: new Date("2026-11-24T12:00:00Z"),
        },
      ],
    });
  });

  it("shows AWS's policies that are in use, with their document, and customers' policies in use or not", async () => {
    const { Policies } = await details({ Filter: ["AWSManagedPolicy"] });
    assert.deepEqual(
      Policies!.map(({ PolicyName, AttachmentCount }) => [PolicyName, AttachmentCount]),
      [["IAMReadOnlyAccess", 3]],
    );
    assert.match(decodeURIComponent(Policies![0]!.PolicyVersionList![0]!.Document!), /"iam:GenerateCredentialReport"/);
    const other = emu.iam({ accessKeyId: "111111111111", secretAccessKey: "test" });
    await other.send(new CreatePolicyCommand({ PolicyName: "unused", PolicyDocument: FIRST }));
    const page = await other.send(new GetAccountAuthorizationDetailsCommand({}));
    assert.deepEqual(names(page), ["unused"]);
  });

  it("has what any of the filters chooses, and empty lists for the rest", async () => {
    const page = await details({ Filter: ["Group", "User", "Group"] });
    assert.deepEqual(names(page), ["bare", "Full", "bare-group", "full-group"]);
    assert.deepEqual([page.RoleDetailList, page.Policies, page.IsTruncated], [[], [], false]);
  });

  it("shares its pages among users, roles, groups and policies, in this order", async () => {
    const pages: string[][] = [];
    const config = { client: emu.iam(), pageSize: 3 };
    for await (const page of paginateGetAccountAuthorizationDetails(config, { Filter: [] })) pages.push(names(page));
    assert.deepEqual(
      pages.map(({ length }) => length),
      [3, 3, 2],
    );
    assert.deepEqual(pages.flat().slice(0, 6), ["bare", "Full", "bare-role", "full-role", "bare-group", "full-group"]);
    assert.deepEqual(new Set(pages.flat().slice(6)), new Set(["local", "IAMReadOnlyAccess"]));
  });

  it("takes a marker with another page size and an equivalent filter, and with no other filter", async () => {
    const { Marker } = await details({ MaxItems: 1 });
    const every: EntityType[] = ["Group", "AWSManagedPolicy", "Role", "LocalManagedPolicy", "User", "User"];
    const rest = await details({ Marker, MaxItems: 2, Filter: every });
    assert.deepEqual(names(rest), ["Full", "bare-role"]);
    const refusal = { name: "ValidationError", message: "Marker and Filter do not match" };
    await assert.rejects(details({ Marker, Filter: ["User"] }), refusal);
    await assert.rejects(details({ Marker: "bad" }), refusal);
  });

  it("refuses filters and page sizes that are none", async () => {
    await assert.rejects(details({ Filter: ["user" as EntityType] }), {
      name: "ValidationError",
      message:
        "1 validation error detected: Value at 'filter' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [LocalManagedPolicy, User, AWSManagedPolicy, Role, Group]]",
    });
    await assert.rejects(details({ MaxItems: 1001 }), {
      name: "ValidationError",
      message:
        "1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000",
    });
  });

  it("asks one permission, on *", async () => {
    const caller = await createUser(emu, "zoe");
    await assert.rejects(
      emu.iam(caller.credentials).send(new GetAccountAuthorizationDetailsCommand({})),
      noPolicyAllows(caller.arn, "iam:GetAccountAuthorizationDetails", "*"),
    );
  });
});
