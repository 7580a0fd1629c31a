import assert from "node:assert/strict";
import {
  CreateUserCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetGroupCommand,
  GetInstanceProfileCommand,
  GetLoginProfileCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ListPolicyVersionsCommand,
  ListRolesCommand,
  ListUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { assume, credentialsOf, withDetails } from "../fixtures.ts";
import { askOrganization, rootOf, type Organization } from "../organization.ts";

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);
const SEED = "integration/seed/complete/seed.yaml";
const JANE: Credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPL2", secretAccessKey: "short" };
const JANES_PHONE = "arn:aws:iam::000000000000:mfa/apps/phone";
const BOUNDARY = "arn:aws:iam::000000000000:policy/Boundary";
const READER = "arn:aws:iam::000000000000:policy/team/Reader";

describe("an emulator that is started with a seed", () => {
  const emu = emulator({ seed: SEED, now: NOW });

  it("has the account's alias and password policy", async () => {
    const { AccountAliases } = await emu.iam().send(new ListAccountAliasesCommand({}));
    assert.deepEqual(AccountAliases, ["example-company"]);
    const { PasswordPolicy } = await emu.iam().send(new GetAccountPasswordPolicyCommand({}));
    assert.deepEqual([PasswordPolicy!.MinimumPasswordLength, PasswordPolicy!.MaxPasswordAge], [12, 90]);
  });

  it("has root's access key and MFA device", async () => {
    const root = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
    const { Arn } = await emu.sts(root).send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, "arn:aws:iam::000000000000:root");
    const { SummaryMap } = await emu.iam().send(new GetAccountSummaryCommand({}));
    assert.deepEqual([SummaryMap!["AccountMFAEnabled"], SummaryMap!["AccountAccessKeysPresent"]], [1, 1]);
  });

  it("has users with path, tags, boundary, groups and policies", async () => {
    const iam = emu.iam();
    const { User } = await iam.send(new GetUserCommand({ UserName: "Jane" }));
    assert.equal(User!.Arn, "arn:aws:iam::000000000000:user/staff/Jane");
    assert.deepEqual(User!.Tags, [
      { Key: "cost-center", Value: "0123" },
      { Key: "team", Value: "blue" },
    ]);
    assert.equal(User!.PermissionsBoundary!.PermissionsBoundaryArn, BOUNDARY);
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: "Jane" }));
    assert.deepEqual(
      Groups!.map(({ GroupName }) => GroupName),
      ["Readers"],
    );
    const { PolicyNames } = await iam.send(new ListUserPoliciesCommand({ UserName: "Jane" }));
    assert.deepEqual(PolicyNames, ["from-file", "from-text"]);
    const { PolicyDocument } = await iam.send(new GetUserPolicyCommand({ UserName: "Jane", PolicyName: "from-file" }));
    assert.match(decodeURIComponent(PolicyDocument!), /^\{\n {2}"Version": "2012-10-17",\n/);
    const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName: "Jane" }));
    assert.deepEqual(AttachedPolicies, [{ PolicyName: "Reader", PolicyArn: READER }]);
  });

  it("has passwords and access keys, with the ids and secrets that were given", async () => {
    const { LoginProfile } = await emu.iam().send(new GetLoginProfileCommand({ UserName: "Jane" }));
    assert.equal(LoginProfile!.PasswordResetRequired, true);
    const { AccessKeyMetadata } = await emu.iam().send(new ListAccessKeysCommand({ UserName: "Jane" }));
    assert.deepEqual(new Set(AccessKeyMetadata!.map(({ Status }) => Status)), new Set(["Active", "Inactive"]));
    const { Arn } = await emu.sts(JANE).send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, "arn:aws:iam::000000000000:user/staff/Jane");
  });

  it("has groups with policies, those of the seed by their names and AWS's by their ARNs", async () => {
    const { Group } = await emu.iam().send(new GetGroupCommand({ GroupName: "Readers" }));
    assert.equal(Group!.Arn, "arn:aws:iam::000000000000:group/team/Readers");
    const { AttachedPolicies } = await emu.iam().send(new ListAttachedGroupPoliciesCommand({ GroupName: "Readers" }));
    assert.deepEqual(
      new Set(AttachedPolicies!.map(({ PolicyArn }) => PolicyArn)),
      new Set([READER, "arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    );
  });

  it("has managed policies with their versions", async () => {
    const { Policy } = await emu.iam().send(new GetPolicyCommand({ PolicyArn: BOUNDARY }));
    assert.equal(Policy!.Description, "The most that anybody has");
    assert.deepEqual(Policy!.Tags, [{ Key: "kind", Value: "boundary" }]);
    const { Versions } = await emu.iam().send(new ListPolicyVersionsCommand({ PolicyArn: READER }));
    assert.deepEqual(
      Versions!.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
      [
        ["v3", false],
        ["v2", true],
        ["v1", false],
      ],
    );
  });

  it("has roles that trust roles which come later in the seed, or stand in another account", async () => {
    const { Role } = await emu.iam().send(new GetRoleCommand({ RoleName: "Deploy" }));
    assert.equal(Role!.MaxSessionDuration, 7200);
    assert.equal(Role!.Description, "Trusts a role that comes after it");
    assert.equal(Role!.PermissionsBoundary!.PermissionsBoundaryArn, BOUNDARY);
    const { Statement } = JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)) as {
      Statement: { Principal: unknown }[];
    };
    assert.deepEqual(Statement[0]!.Principal, {
      AWS: ["arn:aws:iam::000000000000:role/Chain", "arn:aws:iam::111122223333:role/Other"],
    });
    const { Roles } = await emu.iam(rootOf(emu, "111122223333")).send(new ListRolesCommand({}));
    assert.deepEqual(
      Roles!.map(({ RoleName }) => RoleName),
      ["Other"],
    );
  });

  it("has service-linked roles and instance profiles", async () => {
    const { Role } = await emu.iam().send(new GetRoleCommand({ RoleName: "AWSServiceRoleForAutoScaling_web" }));
    assert.equal(Role!.Description, "For the web");
    const { InstanceProfile } = await emu.iam().send(new GetInstanceProfileCommand({ InstanceProfileName: "Web" }));
    assert.equal(InstanceProfile!.Arn, "arn:aws:iam::000000000000:instance-profile/servers/Web");
    assert.equal(InstanceProfile!.Roles![0]!.RoleName, "Deploy");
  });

  it("has MFA devices of all four kinds, enabled", async () => {
    const serialsOf = async (UserName: string) => {
      const { MFADevices } = await emu.iam().send(new ListMFADevicesCommand({ UserName }));
      return MFADevices!.map(({ SerialNumber }) => SerialNumber!);
    };
    assert.deepEqual(await serialsOf("Jane"), [JANES_PHONE]);
    assert.deepEqual(await serialsOf("Hal"), ["GAHT12345678"]);
    assert.match((await serialsOf("Uma"))[0]!, /^arn:aws:iam::000000000000:u2f\/user\/Uma\/blue-[A-Z2-7]{26}$/);
    assert.deepEqual(await serialsOf("Sam"), ["arn:aws:iam::000000000000:sms-mfa/Sam"]);
    const { Tags } = await emu.iam().send(new ListMFADeviceTagsCommand({ SerialNumber: JANES_PHONE }));
    assert.deepEqual(Tags, []);
  });

  it("takes the codes of devices whose seeds were given, by clocks that are off", async () => {
    // RFC 6238, appendix B, lists the codes of this seed; the hardware token's clock is three steps ahead.
    const { code } = emu.server.mfa.code(JANES_PHONE);
    const ofToken = emu.server.mfa.code("GAHT12345678");
    assert.notEqual(code, ofToken.code);
    assert.equal(emu.server.mfa.code("GAHT00000001").code, code);
    const session = await emu
      .sts(JANE)
      .send(new GetSessionTokenCommand({ SerialNumber: JANES_PHONE, TokenCode: code }));
    const chain = { arn: "arn:aws:iam::000000000000:role/Chain", id: "" };
    const chained = await assume(emu, credentialsOf(session), chain);
    const deploy = { arn: "arn:aws:iam::000000000000:role/Deploy", id: "" };
    const { Arn } = await emu.sts(await assume(emu, chained, deploy)).send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, "arn:aws:sts::000000000000:assumed-role/Deploy/session");
  });

  it("has an organization, whose policies are in force", async () => {
    const organization = (await askOrganization(emu, "GET")).json as Organization;
    assert.equal(organization["trustedAccess"], true);
    const [sandbox] = organization.root.children;
    assert.deepEqual([sandbox!.name, sandbox!["accounts"]], ["Sandbox", ["111122223333"]]);
    await assert.rejects(emu.iam(rootOf(emu, "111122223333")).send(new CreateUserCommand({ UserName: "ann" })), {
      name: "AccessDenied",
      message: withDetails(
        "User: arn:aws:iam::111122223333:root is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::111122223333:user/ann with an explicit deny in a service control policy",
      ),
    });
  });

  it("has nothing of the seed in its trail: nobody has called", () => {
    assert.ok(emu.server.trail().every(({ userAgent }) => userAgent.startsWith("aws-sdk-js/")));
  });
});
