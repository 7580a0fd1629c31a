import assert from "node:assert/strict";
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteLoginProfileCommand,
  EnableOrganizationsRootCredentialsManagementCommand,
  GenerateCredentialReportCommand,
  GetCredentialReportCommand,
  UpdateAccessKeyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateUserCommand,
  UploadSigningCertificateCommand,
  UpdateSigningCertificateCommand,
} from "@aws-sdk/client-iam";
import { AssumeRootCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { beforeEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, credentialsOf, enableMfa } from "../fixtures.ts";
import { MEMBER, organize, rootOf } from "../organization.ts";
import { asksPermissionOn } from "./authorization.ts";
import { certificate } from "./certificates.ts";

const HEADER =
  "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
const NOW = "2026-11-24T12:00:00Z";
const NO_KEY = "false,N/A,N/A,N/A,N/A";
const NO_CERTIFICATE = "false,N/A";
const ROOT = `<root_account>,arn:aws:iam::000000000000:root,${NOW},not_supported,no_information,not_supported,not_supported,false,${NO_KEY},${NO_KEY},${NO_CERTIFICATE},${NO_CERTIFICATE}`;

describe("the credential report", () => {
  const emu = emulator();
  beforeEach(async () => {
    await emu.server.reset();
    emu.server.clock.freeze();
    emu.server.clock.set(Date.parse(NOW));
  });
  const generate = async (iam = emu.iam()) => {
    const { State, Description } = await iam.send(new GenerateCredentialReportCommand({}));
    return { State, Description };
  };
  const get = (iam = emu.iam()) => iam.send(new GetCredentialReportCommand({}));
  const STARTED = { State: "STARTED", Description: "No report exists. Starting a new report generation task" };
  const IN_PROGRESS = { State: "INPROGRESS", Description: undefined };
  const COMPLETE = { State: "COMPLETE", Description: undefined };
  const notReady = { name: "CredentialReportNotReadyException" };
  const rows = async (iam = emu.iam()) => {
    await generate(iam);
    await generate(iam);
    return Buffer.from((await get(iam)).Content!)
      .toString()
      .split("\n");
  };
  /** The row of one user, by column. */
  const rowOf = async (name: string) => {
    const [header, ...others] = await rows();
    const row = others.find((line) => line.startsWith(`${name},`))!.split(",");
    return Object.fromEntries(header!.split(",").map((column, index) => [column, row[index]]));
  };

  it("is absent at first", async () => {
    await assert.rejects(get(), (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(error.name, "CredentialReportNotPresentException");
      assert.equal(error.$metadata?.httpStatusCode, 410);
      return true;
    });
  });

  it("is generated while a client polls for its state", async () => {
    assert.deepEqual(await generate(), STARTED);
    assert.deepEqual(await generate(), IN_PROGRESS);
    assert.deepEqual(await generate(), COMPLETE);
    assert.deepEqual(await generate(), COMPLETE);
  });

  it("is generated while a client polls for the report, too", async () => {
    await generate();
    await assert.rejects(get(), notReady);
    const { ReportFormat, GeneratedTime } = await get();
    assert.deepEqual([ReportFormat, GeneratedTime], ["text/csv", new Date(NOW)]);
    assert.deepEqual(await generate(), COMPLETE);
  });

  it("is ready after two seconds if nobody polls", async () => {
    await generate();
    emu.server.clock.advance(2);
    await get();
  });

  it("is a state of the account and not of the caller", async () => {
    await generate();
    const member = emu.iam(rootOf(emu, MEMBER));
    await assert.rejects(get(member), { name: "CredentialReportNotPresentException" });
    assert.deepEqual(await generate(member), STARTED);
  });

  it("stays as it is for four hours, whatever changes, and then expires", async () => {
    await generate();
    await createUser(emu, "late");
    emu.server.clock.advance(4 * 3600);
    assert.deepEqual(await generate(), COMPLETE);
    assert.equal(Buffer.from((await get()).Content!).toString(), `${HEADER}\n${ROOT}`);
    emu.server.clock.advance(1);
    await assert.rejects(get(), { name: "CredentialReportExpiredException" });
    assert.deepEqual(await generate(), STARTED);
    await assert.rejects(get(), notReady);
    assert.match(Buffer.from((await get()).Content!).toString(), /\nlate,/);
  });

  it("has a header and a row of root, without a line end at the end", async () => {
    assert.equal((await rows()).join("\n"), `${HEADER}\n${ROOT}`);
    assert.equal(HEADER.split(",").length, 22);
  });

  it("lists users by name without regard to case, after root", async () => {
    for (const UserName of ["b", "A", "C"]) await emu.iam().send(new CreateUserCommand({ UserName, Path: "/x/" }));
    const [, root, ...users] = await rows();
    assert.equal(root, ROOT);
    const nothing = `false,N/A,N/A,N/A,false,${NO_KEY},${NO_KEY},${NO_CERTIFICATE},${NO_CERTIFICATE}`;
    assert.deepEqual(
      users,
      ["A", "b", "C"].map((name) => `${name},arn:aws:iam::000000000000:user/x/${name},${NOW},${nothing}`),
    );
  });

  it("writes a name with a comma in quotes", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "a,b" }));
    assert.match((await rows())[2]!, /^"a,b","arn:aws:iam::000000000000:user\/a,b",/);
  });

  it("tells of a password whether there is one, and when it was set and must be changed", async () => {
    const columns = ["password_enabled", "password_last_used", "password_last_changed", "password_next_rotation"];
    const password = async () => {
      const row = await rowOf("pam");
      return columns.map((column) => row[column]);
    };
    await emu.iam().send(new CreateUserCommand({ UserName: "pam" }));
    await emu.iam().send(new CreateLoginProfileCommand({ UserName: "pam", Password: "correct Horse 1!" }));
    assert.deepEqual(await password(), ["true", "no_information", NOW, "N/A"]);
    emu.server.clock.advance(4 * 3600 + 1);
    await emu.iam().send(new UpdateAccountPasswordPolicyCommand({ MaxPasswordAge: 30 }));
    assert.deepEqual(await password(), ["true", "no_information", NOW, "2026-12-24T12:00:00Z"]);
    emu.server.clock.advance(4 * 3600 + 1);
    await emu.iam().send(new DeleteLoginProfileCommand({ UserName: "pam" }));
    assert.deepEqual(await password(), ["false", "N/A", "N/A", "N/A"]);
  });

  it("tells of an MFA device", async () => {
    await createUser(emu, "max");
    await createUser(emu, "moritz");
    await enableMfa(emu, "max");
    assert.equal((await rowOf("max"))["mfa_active"], "true");
    assert.equal((await rowOf("moritz"))["mfa_active"], "false");
  });

  it("tells of two access keys whether they are active, how old and when last used", async () => {
    const { credentials } = await createUser(emu, "kim", { statements: [allow("iam:*")] });
    emu.server.clock.advance(60);
    const iam = emu.iam(credentials);
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "kim" }));
    const AccessKeyId = AccessKey!.AccessKeyId!;
    await iam.send(new UpdateAccessKeyCommand({ UserName: "kim", AccessKeyId, Status: "Inactive" }));
    await emu.sts(credentials).send(new GetCallerIdentityCommand({}));
    const row = await rowOf("kim");
    const slot = (number: number) =>
      ["active", "last_rotated", "last_used_date", "last_used_region", "last_used_service"].map(
        (column) => row[`access_key_${number}_${column}`],
      );
    const used = ["true", NOW, "2026-11-24T12:01:00Z", "us-east-1", "sts"];
    const unused = ["false", "2026-11-24T12:01:00Z", "N/A", "N/A", "N/A"];
    const inOrder = credentials.accessKeyId < AccessKeyId ? [used, unused] : [unused, used];
    assert.deepEqual([slot(1), slot(2)], inOrder);
  });

  it("tells of two signing certificates, the inactive one first", async () => {
    await createUser(emu, "cai");
    const upload = async () =>
      (
        await emu
          .iam()
          .send(new UploadSigningCertificateCommand({ UserName: "cai", CertificateBody: certificate("cai").pem }))
      ).Certificate!.CertificateId!;
    const [first, second] = [await upload(), await upload()];
    for (const CertificateId of [first, second]) {
      const change = { UserName: "cai", CertificateId };
      await emu.iam().send(new UpdateSigningCertificateCommand({ ...change, Status: "Inactive" }));
      const row = await rowOf("cai");
      assert.deepEqual(
        ["cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"].map((column) => row[column]),
        ["false", NOW, "true", NOW],
      );
      await emu.iam().send(new UpdateSigningCertificateCommand({ ...change, Status: "Active" }));
      emu.server.clock.advance(4 * 3600 + 1);
    }
  });

  it("follows a user's name and path", async () => {
    await createUser(emu, "before");
    await emu.iam().send(new UpdateUserCommand({ UserName: "before", NewUserName: "after", NewPath: "/p/" }));
    assert.match((await rows())[2]!, /^after,arn:aws:iam::000000000000:user\/p\/after,/);
  });

  it("tells of the password that AssumeRoot gives a member's root", async () => {
    await organize(emu);
    await emu.iam().send(new EnableOrganizationsRootCredentialsManagementCommand({}));
    const keeper = await createUser(emu, "keeper", { statements: [allow("sts:AssumeRoot")] });
    const arn = "arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword";
    const session = await emu
      .sts(keeper.credentials)
      .send(new AssumeRootCommand({ TargetPrincipal: MEMBER, TaskPolicyArn: { arn } }));
    await emu.iam(credentialsOf(session)).send(new CreateLoginProfileCommand({}));
    const [, root] = await rows(emu.iam(rootOf(emu, MEMBER)));
    assert.deepEqual(root!.split(",").slice(3, 7), ["true", "no_information", NOW, "not_supported"]);
  });

  it("asks permission on everything", async () => {
    await asksPermissionOn(emu, "iam:GenerateCredentialReport", "*", generate);
    await generate();
    await generate();
    await asksPermissionOn(emu, "iam:GetCredentialReport", "*", get);
  });

  it("is started by one of two that race for it", async () => {
    const both = await Promise.all([generate(), generate()]);
    assert.deepEqual(
      both.map(({ State }) => State).toSorted((a, b) => (a! < b! ? -1 : 1)),
      ["INPROGRESS", "STARTED"],
    );
  });
});
