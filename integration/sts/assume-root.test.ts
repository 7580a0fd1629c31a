import assert from "node:assert/strict";
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DisableOrganizationsRootCredentialsManagementCommand,
  EnableOrganizationsRootCredentialsManagementCommand,
  EnableOrganizationsRootSessionsCommand,
  GetAccountSummaryCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  AssumeRootCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type AssumeRootCommandInput,
} from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  notAuthorized,
  trust,
  type TestUser,
  withDetails,
} from "../fixtures.ts";
import { control } from "../mfa/control.ts";
import { askOrganization, DELEGATE, MANAGEMENT, MEMBER, organize, rootOf } from "../organization.ts";

const taskPolicy = (name: string) => ({ arn: `arn:aws:iam::aws:policy/root-task/${name}` });
const AUDIT = taskPolicy("IAMAuditRootUserCredentials");
const CREATE_PASSWORD = taskPolicy("IAMCreateRootUserPassword");
const DELETE = taskPolicy("IAMDeleteRootUserCredentials");
const UNLOCK_BUCKET = taskPolicy("S3UnlockBucketPolicy");
const MEMBER_ROOT = `arn:aws:iam::${MEMBER}:root`;

describe("AssumeRoot", () => {
  const emu = emulator();
  let caller: TestUser;

  before(async () => {
    await organize(emu);
    caller = await createUser(emu, "keeper", { statements: [allow(["sts:AssumeRoot", "sts:AssumeRole"])] });
    await emu.iam().send(new EnableOrganizationsRootCredentialsManagementCommand({}));
    await emu.iam().send(new EnableOrganizationsRootSessionsCommand({}));
  });

  const send = (more: Partial<AssumeRootCommandInput> = {}, credentials = caller.credentials) =>
    emu.sts(credentials).send(new AssumeRootCommand({ TargetPrincipal: MEMBER, TaskPolicyArn: AUDIT, ...more }));
  const session = async (TaskPolicyArn: { arn: string }) => credentialsOf(await send({ TaskPolicyArn }));
  const refusal = (arn: string, target = MEMBER) => notAuthorized(arn, "sts:AssumeRoot", `arn:aws:iam::${target}:root`);

  it("answers credentials of the member's root for fifteen minutes", async () => {
    const { $metadata: _metadata, Credentials, ...rest } = await send();
    assert.deepEqual(Credentials!.Expiration, new Date("2026-11-24T12:15:00Z"));
    assert.deepEqual(rest, {
      SessionTokenSize: Credentials!.SessionToken!.length,
      SessionTokenUtilization: rest.SessionTokenUtilization,
    });
    const { Arn, UserId, Account } = await emu
      .sts(credentialsOf({ Credentials }))
      .send(new GetCallerIdentityCommand({}));
    assert.deepEqual([Arn, UserId, Account], [MEMBER_ROOT, MEMBER, MEMBER]);
  });

  it("takes the target by its ARN, a shorter time, none at all, and a least size of the token", async () => {
    const { Credentials, SessionTokenSize } = await send({
      TargetPrincipal: MEMBER_ROOT,
      DurationSeconds: 60,
      MinimumSessionTokenSize: 2000,
    });
    assert.deepEqual(Credentials!.Expiration, new Date("2026-11-24T12:01:00Z"));
    assert.ok(SessionTokenSize! >= 2000);
    const ended = await send({ DurationSeconds: 0 });
    await assert.rejects(emu.sts(credentialsOf(ended)).send(new GetCallerIdentityCommand({})), {
      name: "ExpiredToken",
    });
  });

  it("expires", async () => {
    const sts = emu.sts(await session(AUDIT));
    await sts.send(new GetCallerIdentityCommand({}));
    emu.server.clock.advance(900);
    await assert.rejects(sts.send(new GetCallerIdentityCommand({})), { name: "ExpiredToken" });
    emu.server.clock.advance(-900);
  });

  it("hands the source identity of a role's session on", async () => {
    const role = await createRole(emu, "named", {
      trusts: [trust(caller.arn, ["sts:AssumeRole", "sts:SetSourceIdentity"])],
      statements: [allow("sts:AssumeRoot")],
    });
    const bold = await createUser(emu, "bold", { statements: [allow("sts:*")] });
    const other = await createRole(emu, "bolder", {
      trusts: [trust(bold.arn, ["sts:AssumeRole", "sts:SetSourceIdentity"])],
      statements: [allow("sts:AssumeRoot")],
    });
    assert.equal((await send({}, await assume(emu, caller.credentials, role))).SourceIdentity, undefined);
    const named = await assume(emu, bold.credentials, other, { SourceIdentity: "ann" });
    assert.equal((await send({}, named)).SourceIdentity, "ann");
  });

  it("serves a delegated administrator", async () => {
    const delegate = await createUser(emu, "delegate", {
      root: rootOf(emu, DELEGATE),
      statements: [allow("sts:AssumeRoot")],
    });
    assert.ok((await send({}, delegate.credentials)).Credentials);
  });

  describe("refuses", () => {
    for (const TargetPrincipal of [
      "111122223333x",
      "arn:aws:iam::111122223333:user/root",
      "arn:aws:iam::111122223333:root/",
      "arn:aws:sts::111122223333:root",
    ]) {
      it(`the target ${TargetPrincipal}`, async () => {
        await assert.rejects(send({ TargetPrincipal }), {
          name: "ValidationError",
          message: "Request must contain a valid target principal",
        });
      });
    }

    for (const arn of [
      "arn:aws:iam::aws:policy/ReadOnlyAccess",
      "arn:aws:iam::aws:policy/root-task/Other",
      "arn:aws:iam::aws:policy/root-task/constructor",
      `arn:aws:iam::${MANAGEMENT}:policy/root-task/IAMAuditRootUserCredentials`,
    ]) {
      it(`the policy ${arn}`, async () => {
        await assert.rejects(send({ TaskPolicyArn: { arn } }), {
          name: "ValidationError",
          message: "Request must contain valid AWS managed task policy ARN",
        });
      });
    }

    it("to go without a policy", async () => {
      await assert.rejects(send({ TaskPolicyArn: {} }), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value null at 'taskPolicyArn' failed to satisfy constraint: Member must not be null",
      });
    });

    it("more than fifteen minutes", async () => {
      await assert.rejects(send({ DurationSeconds: 901 }), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value '901' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 900",
      });
    });

    it("callers without the permission, or with it on other roots or for other tasks", async () => {
      const statements = [
        [allow("sts:AssumeRoot", `arn:aws:iam::${DELEGATE}:root`)],
        [{ ...allow("sts:AssumeRoot"), Condition: { StringEquals: { "sts:TaskPolicyArn": DELETE.arn } } }],
      ];
      for (const [index, list] of statements.entries()) {
        const other = await createUser(emu, `other-${index}`, { statements: list });
        await assert.rejects(send({}, other.credentials), refusal(other.arn));
      }
      const right = [
        { ...allow("sts:AssumeRoot", MEMBER_ROOT), Condition: { StringEquals: { "sts:TaskPolicyArn": AUDIT.arn } } },
      ];
      const one = await createUser(emu, "one-task", { statements: right });
      await send({}, one.credentials);
    });

    it("root", async () => {
      await assert.rejects(send({}, rootOf(emu, MANAGEMENT)), refusal(`arn:aws:iam::${MANAGEMENT}:root`));
    });

    it("the management account and accounts outside as targets", async () => {
      for (const target of [MANAGEMENT, "999988887777"]) {
        await assert.rejects(send({ TargetPrincipal: target }), refusal(caller.arn, target));
      }
    });

    it("callers of ordinary members and of accounts outside", async () => {
      for (const account of [MEMBER, "999988887777"]) {
        const outsider = await createUser(emu, "outsider", {
          root: rootOf(emu, account),
          statements: [allow("sts:AssumeRoot")],
        });
        await assert.rejects(send({}, outsider.credentials), refusal(outsider.arn));
      }
    });

    it("credentials of GetSessionToken", async () => {
      const issued = credentialsOf(await emu.sts(caller.credentials).send(new GetSessionTokenCommand({})));
      await assert.rejects(send({}, issued), {
        name: "AccessDenied",
        message: "Cannot call AssumeRoot with session credentials",
      });
    });

    it("while trusted access is off, or there is no organization", async () => {
      await organize(emu, { trustedAccess: false });
      await assert.rejects(send(), refusal(caller.arn));
      await organize(emu);
      await askOrganization(emu, "DELETE");
      await assert.rejects(send(), refusal(caller.arn));
      await organize(emu);
      await emu.iam().send(new EnableOrganizationsRootCredentialsManagementCommand({}));
      await send();
    });

    it("tasks whose feature is off, but leaves sessions that were issued", async () => {
      await assert.rejects(send({ TaskPolicyArn: UNLOCK_BUCKET }), {
        name: "AccessDenied",
        message: "Root sessions feature is not enabled for your AWS Organization.",
      });
      const issued = await session(AUDIT);
      await emu.iam().send(new DisableOrganizationsRootCredentialsManagementCommand({}));
      await assert.rejects(send(), {
        name: "AccessDenied",
        message: "Root credentials management feature is not enabled for your AWS Organization.",
      });
      await emu.iam(issued).send(new GetUserCommand({}));
      await emu.iam().send(new EnableOrganizationsRootCredentialsManagementCommand({}));
      await emu.iam().send(new EnableOrganizationsRootSessionsCommand({}));
      await send({ TaskPolicyArn: UNLOCK_BUCKET });
    });
  });

  describe("sessions", () => {
    const rootSession = async (task: { arn: string }) => emu.iam(await session(task));
    const denied = (action: string, resource: string) => ({
      name: "AccessDenied",
      message: withDetails(
        `User: ${MEMBER_ROOT} is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in an identity-based policy`,
      ),
    });

    it("read what there is of root's credentials when they audit, and no more", async () => {
      const iam = await rootSession(AUDIT);
      const { User } = await iam.send(new GetUserCommand({}));
      assert.deepEqual(User, { UserId: MEMBER, Arn: MEMBER_ROOT, CreateDate: User!.CreateDate });
      assert.deepEqual((await iam.send(new ListAccessKeysCommand({}))).AccessKeyMetadata, []);
      assert.deepEqual((await iam.send(new ListMFADevicesCommand({}))).MFADevices, []);
      await iam.send(new GetAccountSummaryCommand({}));
      await assert.rejects(iam.send(new GetLoginProfileCommand({})), {
        name: "NoSuchEntityException",
        message: "Login Profile for User null cannot be found.",
      });
      await assert.rejects(iam.send(new ListUsersCommand({})), denied("iam:ListUsers", `arn:aws:iam::${MEMBER}:user/`));
      await createUser(emu, "member-user", { root: rootOf(emu, MEMBER) });
      await assert.rejects(
        iam.send(new GetUserCommand({ UserName: "member-user" })),
        denied("iam:GetUser", `arn:aws:iam::${MEMBER}:user/member-user`),
      );
      await assert.rejects(iam.send(new CreateLoginProfileCommand({})), denied("iam:CreateLoginProfile", MEMBER_ROOT));
    });

    it("carry aws:AssumedRoot", async () => {
      await organize(emu, {
        root: {
          accounts: [MEMBER, DELEGATE],
          scps: [
            { name: "FullAWSAccess", document: "{}" },
            {
              name: "no root sessions",
              document: {
                Version: "2012-10-17",
                Statement: {
                  Effect: "Deny",
                  Action: "iam:GetUser",
                  Resource: "*",
                  Condition: { Bool: { "aws:AssumedRoot": "true" } },
                },
              },
            },
          ],
        },
      });
      await emu.iam(rootOf(emu, MEMBER)).send(new GetUserCommand({}));
      const iam = await rootSession(AUDIT);
      await assert.rejects(iam.send(new GetUserCommand({})), {
        name: "AccessDenied",
        message: withDetails(
          `User: ${MEMBER_ROOT} is not authorized to perform: iam:GetUser on resource: ${MEMBER_ROOT} with an explicit deny in a service control policy`,
        ),
      });
      await organize(emu);
    });

    it("give root a password to be set, which counts, once", async () => {
      const summary = async () =>
        (await emu.iam(rootOf(emu, MEMBER)).send(new GetAccountSummaryCommand({}))).SummaryMap!.AccountPasswordPresent;
      assert.equal(await summary(), 0);
      const iam = await rootSession(CREATE_PASSWORD);
      await assert.rejects(iam.send(new CreateLoginProfileCommand({ Password: "correct horse" })), {
        name: "ValidationError",
        message: "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must be null",
      });
      const { LoginProfile } = await iam.send(new CreateLoginProfileCommand({}));
      const profile = { CreateDate: new Date("2026-11-24T12:00:00Z"), PasswordResetRequired: false };
      assert.deepEqual(LoginProfile, profile);
      assert.deepEqual((await iam.send(new GetLoginProfileCommand({}))).LoginProfile, profile);
      assert.equal(await summary(), 1);
      await assert.rejects(iam.send(new CreateLoginProfileCommand({})), {
        name: "EntityAlreadyExistsException",
        message: `Login Profile for account ${MEMBER} already exists.`,
      });
      await assert.rejects(iam.send(new DeleteLoginProfileCommand({})), denied("iam:DeleteLoginProfile", MEMBER_ROOT));
      const deleting = await rootSession(DELETE);
      await deleting.send(new DeleteLoginProfileCommand({}));
      assert.equal(await summary(), 0);
      await assert.rejects(deleting.send(new DeleteLoginProfileCommand({})), {
        name: "NoSuchEntityException",
        message: "Login Profile for User null cannot be found.",
      });
    });

    it("take root's access keys and MFA devices away", async () => {
      const root = emu.iam(rootOf(emu, MEMBER));
      const { AccessKey } = await root.send(new CreateAccessKeyCommand({}));
      const device = await control(emu, "mfa-devices", { kind: "virtual", root: true, name: "x", account: MEMBER });
      const iam = await rootSession(DELETE);
      await iam.send(new DeleteAccessKeyCommand({ AccessKeyId: AccessKey!.AccessKeyId }));
      await iam.send(new DeactivateMFADeviceCommand({ SerialNumber: String(device["serialNumber"]) }));
      assert.deepEqual((await iam.send(new ListAccessKeysCommand({}))).AccessKeyMetadata, []);
      assert.deepEqual((await iam.send(new ListMFADevicesCommand({}))).MFADevices, []);
    });

    it("of buckets and queues do nothing in IAM", async () => {
      const iam = await rootSession(UNLOCK_BUCKET);
      await assert.rejects(iam.send(new GetUserCommand({})), denied("iam:GetUser", MEMBER_ROOT));
    });

    it("lead nowhere else in STS", async () => {
      const sts = emu.sts(await session(AUDIT));
      await assert.rejects(sts.send(new GetSessionTokenCommand({})), {
        name: "AccessDenied",
        message: "Cannot call GetSessionToken with session credentials",
      });
    });
  });

  it("leaves it to root itself in the console to do such things without a session", async () => {
    const root = emu.iam(rootOf(emu, MEMBER));
    for (const command of [new CreateLoginProfileCommand({}), new GetLoginProfileCommand({})]) {
      await assert.rejects(root.send(command as never), {
        name: "ValidationError",
        message: "Must specify userName when calling with non-User credentials",
      });
    }
  });
});
