import assert from "node:assert/strict";
import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateVirtualMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  GetAccountSummaryCommand,
  PutUserPermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import { beforeEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, enableMfa, trust } from "../fixtures.ts";
import { control } from "../mfa/control.ts";
import { DELEGATE, MANAGEMENT, MEMBER, organize, rootOf } from "../organization.ts";
import { asksPermissionOn } from "./authorization.ts";

const EMPTY = {
  Users: 0,
  UsersQuota: 5000,
  Groups: 0,
  GroupsQuota: 300,
  GroupsPerUserQuota: 10,
  Roles: 0,
  RolesQuota: 1000,
  Policies: 0,
  PoliciesQuota: 1500,
  PolicySizeQuota: 6144,
  PolicyVersionsInUse: 0,
  PolicyVersionsInUseQuota: 10000,
  VersionsPerPolicyQuota: 5,
  UserPolicySizeQuota: 2048,
  GroupPolicySizeQuota: 5120,
  RolePolicySizeQuota: 10240,
  AssumeRolePolicySizeQuota: 2048,
  AttachedPoliciesPerUserQuota: 10,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AccessKeysPerUserQuota: 2,
  SigningCertificatesPerUserQuota: 2,
  ServerCertificates: 0,
  ServerCertificatesQuota: 20,
  InstanceProfiles: 0,
  InstanceProfilesQuota: 1000,
  Providers: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  AccountMFAEnabled: 0,
  AccountAccessKeysPresent: 0,
  AccountPasswordPresent: 1,
  AccountSigningCertificatesPresent: 0,
  GlobalEndpointTokenVersion: 1,
};

describe("GetAccountSummary", () => {
  const emu = emulator();
  beforeEach(() => emu.server.reset().then(() => emu.server.clock.freeze()));
  const get = async (iam = emu.iam()) => (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap!;
  /** The differences from an empty account. */
  const changes = async () => {
    const summary = await get();
    return Object.fromEntries(
      Object.entries(summary).filter(([key, value]) => EMPTY[key as keyof typeof EMPTY] !== value),
    );
  };

  it("answers 34 keys", async () => {
    assert.equal(Object.keys(EMPTY).length, 34);
    assert.deepEqual(await get(), EMPTY);
  });

  it("counts what there is in the account", async () => {
    const user = await createUser(emu, "ann");
    await createRole(emu, "role", { trusts: [trust(user.arn)] });
    const iam = emu.iam();
    await iam.send(new CreateGroupCommand({ GroupName: "group" }));
    await iam.send(new CreatePolicyCommand({ PolicyName: "policy", PolicyDocument: document(allow("s3:*")) }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "profile" }));
    await iam.send(
      new CreateOpenIDConnectProviderCommand({ Url: "https://issuer.example", ThumbprintList: ["a".repeat(40)] }),
    );
    await enableMfa(emu, user.name);
    await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "spare" }));
    assert.deepEqual(await changes(), {
      Users: 1,
      Groups: 1,
      Roles: 1,
      Policies: 1,
      InstanceProfiles: 1,
      Providers: 1,
      MFADevices: 2,
      MFADevicesInUse: 1,
    });
    assert.deepEqual(await get(emu.iam(rootOf(emu, MEMBER))), EMPTY);
  });

  it("counts no more what is deleted", async () => {
    const iam = emu.iam();
    const { credentials } = await createUser(emu, "ann");
    await iam.send(new DeleteAccessKeyCommand({ UserName: "ann", AccessKeyId: credentials.accessKeyId }));
    await iam.send(new DeleteUserCommand({ UserName: "ann" }));
    assert.deepEqual(await changes(), {});
  });

  it("counts policies in use, AWS's and boundaries as well, each once and whatever their versions", async () => {
    const iam = emu.iam();
    const inUse = async () => (await get()).PolicyVersionsInUse;
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: "mine", PolicyDocument: document(allow("s3:*")) }),
    );
    const mine = Policy!.Arn!;
    const PolicyDocument = document(allow("sqs:*"));
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn: mine, PolicyDocument }));
    assert.equal(await inUse(), 0);
    const user = await createUser(emu, "ann");
    await createRole(emu, "role", { trusts: [trust(user.arn)] });
    await iam.send(new CreateGroupCommand({ GroupName: "group" }));
    await iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: mine }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: "group", PolicyArn: mine }));
    assert.equal(await inUse(), 1);
    const awsOwned = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    await iam.send(new AttachRolePolicyCommand({ RoleName: "role", PolicyArn: awsOwned }));
    assert.equal(await inUse(), 2);
    for (const PermissionsBoundary of [mine, awsOwned]) {
      await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "ann", PermissionsBoundary }));
      assert.equal(await inUse(), 2);
    }
    const boundary = "arn:aws:iam::aws:policy/PowerUserAccess";
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "ann", PermissionsBoundary: boundary }));
    assert.equal(await inUse(), 3);
    await iam.send(new DetachUserPolicyCommand({ UserName: "ann", PolicyArn: mine }));
    assert.equal(await inUse(), 3);
  });

  it("tells what root has", async () => {
    await emu.iam().send(new CreateAccessKeyCommand({}));
    await control(emu, "mfa-devices", { kind: "virtual", root: true, name: "root" });
    assert.deepEqual(await changes(), {
      AccountAccessKeysPresent: 1,
      AccountMFAEnabled: 1,
      MFADevices: 1,
      MFADevicesInUse: 1,
    });
  });

  it("knows no password of the root of accounts made in an organization", async () => {
    await organize(emu);
    const passwords = [MANAGEMENT, MEMBER, DELEGATE].map((account) => get(emu.iam(rootOf(emu, account))));
    assert.deepEqual(
      (await Promise.all(passwords)).map(({ AccountPasswordPresent }) => AccountPasswordPresent),
      [1, 0, 0],
    );
  });

  it("asks permission on everything", async () => {
    await asksPermissionOn(emu, "iam:GetAccountSummary", "*", get);
  });
});

describe("the quotas in GetAccountSummary", () => {
  const emu = emulator({ quotas: { UsersPerAccount: 7, PoliciesPerRole: 20 } });

  it("are those of the emulator", async () => {
    const { SummaryMap } = await emu.iam().send(new GetAccountSummaryCommand({}));
    assert.deepEqual(SummaryMap, { ...EMPTY, UsersQuota: 7, AttachedPoliciesPerRoleQuota: 20 });
  });
});
