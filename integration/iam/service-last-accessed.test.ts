import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  GetUserCommand,
  ListPoliciesGrantingServiceAccessCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
  UpdateUserCommand,
  type AccessAdvisorUsageGranularityType,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetFederationTokenCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  deny,
  document,
  trust,
  withDetails,
} from "../fixtures.ts";
import { asksPermissionOn } from "./authorization.ts";

const NOW = new Date("2026-11-24T12:00:00Z");
const NAMES: Readonly<Record<string, string>> = {
  ec2: "Amazon EC2",
  iam: "AWS Identity and Access Management",
  kms: "AWS Key Management Service",
  lambda: "AWS Lambda",
  s3: "Amazon S3",
  sns: "Amazon SNS",
  sqs: "Amazon SQS",
  sts: "AWS Security Token Service",
};
const unused = (namespace: string) => ({
  ServiceName: NAMES[namespace],
  ServiceNamespace: namespace,
  TotalAuthenticatedEntities: 0,
});

describe("reports on last access", () => {
  const emu = emulator();
  const iam = (credentials?: Credentials) => emu.iam(credentials);

  const generate = async (Arn: string, Granularity?: string, client = iam()) => {
    const input = { Arn, Granularity: Granularity as AccessAdvisorUsageGranularityType | undefined };
    return (await client.send(new GenerateServiceLastAccessedDetailsCommand(input))).JobId!;
  };
  const get = async (JobId: string, page: { MaxItems?: number; Marker?: string | undefined } = {}, client = iam()) => {
    const { $metadata: _metadata, ...answer } = await client.send(
      new GetServiceLastAccessedDetailsCommand({ JobId, ...page }),
    );
    return answer;
  };
  const entities = async (
    JobId: string,
    ServiceNamespace: string,
    page: { MaxItems?: number; Marker?: string | undefined } = {},
    client = iam(),
  ) => {
    const input = { JobId, ServiceNamespace, ...page };
    const { $metadata: _metadata, ...answer } = await client.send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand(input),
    );
    return answer;
  };
  const finished = async (Arn: string, Granularity?: string) => {
    const job = await generate(Arn, Granularity);
    await get(job);
    return job;
  };
  const report = async (Arn: string, Granularity?: string) =>
    (await get(await finished(Arn, Granularity))).ServicesLastAccessed!;
  const noJob = (id: string) => ({
    name: "NoSuchEntityException",
    message: `The job with id ${id} cannot be found.`,
  });

  describe("GenerateServiceLastAccessedDetails", () => {
    it("answers the UUID of a job", async () => {
      const { arn } = await createUser(emu, "asked");
      assert.match(await generate(arn), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    });

    it("misses users, groups, roles and policies that do not exist", async () => {
      for (const [resource, message] of [
        ["user/nobody", "The user with name nobody cannot be found."],
        ["group/nobody", "The group with name nobody cannot be found."],
        ["role/path/nobody", "The role with name nobody cannot be found."],
        [
          "policy/nobody",
          `Policy arn:aws:iam::${emu.server.account}:policy/nobody does not exist or is not attachable.`,
        ],
      ] as const) {
        await assert.rejects(generate(`arn:aws:iam::${emu.server.account}:${resource}`), {
          name: "NoSuchEntityException",
          message,
        });
      }
      await assert.rejects(generate("arn:aws:iam::aws:policy/Nothing"), { name: "NoSuchEntityException" });
    });

    it("refuses what is no such thing", async () => {
      for (const arn of ["arn:aws:s3:::bucket/object", "x".repeat(20)]) {
        await assert.rejects(generate(arn), { name: "ValidationError", message: "Invalid service in ARN" });
      }
      await assert.rejects(generate(`arn:aws:iam::${emu.server.account}:mfa/device`), {
        name: "ValidationError",
        message: "Invalid resource in ARN",
      });
      await assert.rejects(generate(`arn:aws:iam::${emu.server.account}:user/asked`, "HOURLY"), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'granularity' failed to satisfy constraint: Member must satisfy enum value set: [SERVICE_LEVEL, ACTION_LEVEL]",
      });
    });

    it("refuses what is another account's, and of AWS's all but policies", async () => {
      for (const arn of ["arn:aws:iam::111122223333:user/asked", "arn:aws:iam::aws:user/asked"]) {
        await assert.rejects(generate(arn), {
          name: "AccessDenied",
          message: `User: arn:aws:iam::${emu.server.account}:root is not authorized to perform: iam:GenerateServiceLastAccessedDetails on resource: ${arn}`,
        });
      }
    });

    it("refuses the account's root, and ARNs of another partition or with a region", async () => {
      for (const [arn, message] of [
        [`arn:aws:iam::${emu.server.account}:root`, "Invalid resource in ARN"],
        [`arn:aws-cn:iam::${emu.server.account}:user/asked`, "Invalid ARN partition"],
        [`arn:aws:iam:us-east-1:${emu.server.account}:user/asked`, "Invalid region in ARN"],
      ] as const) {
        await assert.rejects(generate(arn), { name: "ValidationError", message });
      }
    });

    it("asks permission on what the report is about, under the ARN that it has", async () => {
      const { arn } = await createUser(emu, "guarded", { Path: "/p/" });
      for (const sent of [arn, arn.replace("/p/guarded", "/q/GUARDED")]) {
        await asksPermissionOn(emu, "iam:GenerateServiceLastAccessedDetails", arn, (client) =>
          generate(sent, undefined, client),
        );
      }
    });
  });

  describe("GetServiceLastAccessedDetails", () => {
    it("tells at first that the job is in progress, and nothing else", async () => {
      const { arn } = await createUser(emu, "polled", { statements: [allow("s3:*")] });
      const job = await generate(arn);
      assert.deepEqual(await get(job), { JobStatus: "IN_PROGRESS", JobCreationDate: NOW, IsTruncated: false });
      assert.deepEqual(await get(job), {
        JobStatus: "COMPLETED",
        JobType: "SERVICE_LEVEL",
        JobCreationDate: NOW,
        JobCompletionDate: NOW,
        ServicesLastAccessed: [unused("s3")],
        IsTruncated: false,
      });
    });

    it("tells what is done after two seconds if nobody asked", async () => {
      const { arn } = await createUser(emu, "waited");
      const job = await generate(arn);
      emu.server.clock.advance(2);
      assert.equal((await get(job)).JobStatus, "COMPLETED");
      emu.server.clock.advance(-2);
    });

    it("lists the services that the policies of a user and its groups give a way into, in order", async () => {
      const { arn } = await createUser(emu, "member", {
        statements: [allow(["sqs:SendMessage", "lambda:*", "kms:Decrypt"]), deny("lambda:*")],
      });
      await iam().send(new CreateGroupCommand({ GroupName: "readers" }));
      await iam().send(new AddUserToGroupCommand({ GroupName: "readers", UserName: "member" }));
      const inline = { GroupName: "readers", PolicyName: "p", PolicyDocument: document(allow("ec2:Describe*")) };
      await iam().send(new PutGroupPolicyCommand(inline));
      const PolicyArn = "arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess";
      await iam().send(new AttachGroupPolicyCommand({ GroupName: "readers", PolicyArn }));
      const services = (await report(arn)).filter(({ ServiceNamespace = "" }) => ServiceNamespace in NAMES);
      assert.deepEqual(services, ["ec2", "kms", "sns", "sqs"].map(unused));
    });

    it("lists nothing for a user without policies or with a deny alone", async () => {
      assert.deepEqual(await report((await createUser(emu, "bare")).arn), []);
      assert.deepEqual(await report((await createUser(emu, "denied", { statements: [deny("s3:*")] })).arn), []);
    });

    it("tells when a user has last called a service, whatever came of it", async () => {
      const { arn, credentials } = await createUser(emu, "caller", {
        statements: [allow("iam:GetUser", "arn:aws:iam::*:role/*"), allow("sts:*")],
      });
      await emu.sts(credentials).send(new GetCallerIdentityCommand({}));
      emu.server.clock.advance(60);
      await assert.rejects(iam(credentials).send(new GetUserCommand({})), { name: "AccessDenied" });
      emu.server.clock.advance(60);
      await assert.rejects(iam(credentials).send(new GetUserCommand({ UserName: "a b" })), { name: "ValidationError" });
      emu.server.clock.advance(60);
      const forged = { ...credentials, secretAccessKey: "wrong" };
      await assert.rejects(iam(forged).send(new ListUsersCommand({})), { name: "SignatureDoesNotMatch" });
      const used = (ServiceNamespace: string, ServiceName: string, at: string) => ({
        ServiceNamespace,
        ServiceName,
        LastAuthenticated: new Date(at),
        LastAuthenticatedEntity: arn,
        LastAuthenticatedRegion: "us-east-1",
        TotalAuthenticatedEntities: 1,
      });
      await iam().send(
        new PutUserPolicyCommand({
          UserName: "caller",
          PolicyName: "test",
          PolicyDocument: document(allow(["iam:GetUser", "sts:*"])),
        }),
      );
      assert.deepEqual(await report(arn), [
        used("iam", NAMES["iam"]!, "2026-11-24T12:01:00Z"),
        used("sts", "AWS Security Token Service", "2026-11-24T12:00:00Z"),
      ]);
      emu.server.clock.advance(-180);
    });

    it("counts calls of an action within a quarter of an hour as one", async () => {
      const { arn, credentials } = await createUser(emu, "frequent", { statements: [allow("iam:*")] });
      const last = async () => (await report(arn))[0]!.LastAuthenticated;
      await iam(credentials).send(new GetUserCommand({}));
      emu.server.clock.advance(14 * 60);
      await iam(credentials).send(new GetUserCommand({}));
      assert.deepEqual(await last(), NOW);
      emu.server.clock.advance(60);
      await iam(credentials).send(new GetUserCommand({}));
      assert.deepEqual(await last(), new Date("2026-11-24T12:15:00Z"));
      emu.server.clock.advance(-15 * 60);
    });

    it("forgets what is more than 400 days past", async () => {
      const { arn, credentials } = await createUser(emu, "old", { statements: [allow("iam:*")] });
      await iam(credentials).send(new GetUserCommand({}));
      const DAY = 86_400;
      emu.server.clock.advance(400 * DAY - 1);
      assert.equal((await report(arn))[0]!.TotalAuthenticatedEntities, 1);
      emu.server.clock.advance(1);
      assert.deepEqual(await report(arn), [unused("iam")]);
      emu.server.clock.advance(-400 * DAY);
    });

    it("has a role's sessions count for the role, and a federated user's for the user", async () => {
      const user = await createUser(emu, "lender", { statements: [allow("sts:*")] });
      const role = await createRole(emu, "lent", { trusts: [trust(user.arn)], statements: [allow("sts:*")] });
      const session = await assume(emu, user.credentials, role);
      await emu.sts(session).send(new GetCallerIdentityCommand({}));
      assert.equal((await report(role.arn))[0]!.LastAuthenticatedEntity, role.arn);
      emu.server.clock.advance(3600);
      const federated = await emu.sts(user.credentials).send(new GetFederationTokenCommand({ Name: "guest" }));
      emu.server.clock.advance(60);
      await emu.sts(credentialsOf(federated)).send(new GetCallerIdentityCommand({}));
      assert.deepEqual((await report(user.arn))[0]!.LastAuthenticated, new Date("2026-11-24T13:01:00Z"));
      emu.server.clock.advance(-3660);
    });

    it("lists the tracked actions of IAM where they were asked for, and none that cannot be called", async () => {
      const { arn, credentials } = await createUser(emu, "precise", {
        statements: [allow(["iam:GetUser", "iam:ListUsers", "iam:PassRole", "s3:GetObject"])],
      });
      await iam(credentials).send(new GetUserCommand({}));
      assert.deepEqual(await report(arn, "ACTION_LEVEL"), [
        {
          ...unused("iam"),
          LastAuthenticated: NOW,
          LastAuthenticatedEntity: arn,
          LastAuthenticatedRegion: "us-east-1",
          TotalAuthenticatedEntities: 1,
          TrackedActionsLastAccessed: [
            { ActionName: "GetUser", LastAccessedEntity: arn, LastAccessedTime: NOW, LastAccessedRegion: "us-east-1" },
            { ActionName: "ListUsers" },
          ],
        },
        unused("s3"),
      ]);
      const passing = await createUser(emu, "passing", { statements: [allow("iam:PassRole")] });
      assert.deepEqual(await report(passing.arn, "ACTION_LEVEL"), [unused("iam")]);
      const uncallable = [
        "sts:GetServiceBearerToken",
        "sts:SetContext",
        "sts:SetSourceIdentity",
        "sts:TagGetWebIdentityToken",
        "sts:TagSession",
      ];
      const tagging = await createUser(emu, "tagging", { statements: [allow(uncallable)] });
      assert.deepEqual(await report(tagging.arn, "ACTION_LEVEL"), [unused("sts")]);
      assert.equal((await get(await finished(passing.arn, "ACTION_LEVEL"))).JobType, "ACTION_LEVEL");
    });

    it("is about the moment at which the job began", async () => {
      const { arn, credentials } = await createUser(emu, "frozen", { statements: [allow("iam:*")] });
      const job = await finished(arn);
      await iam(credentials).send(new GetUserCommand({}));
      await iam().send(new DeleteUserPolicyCommand({ UserName: "frozen", PolicyName: "test" }));
      assert.deepEqual((await get(job)).ServicesLastAccessed, [unused("iam")]);
    });

    it("answers in pages of 200", async () => {
      const { arn } = await createUser(emu, "admin", { statements: [allow("*")] });
      const job = await finished(arn);
      const first = await get(job);
      assert.deepEqual([first.ServicesLastAccessed!.length, first.IsTruncated], [200, true]);
      const rest = await get(job, { Marker: first.Marker, MaxItems: 1000 });
      const all = [...first.ServicesLastAccessed!, ...rest.ServicesLastAccessed!].map((row) => row.ServiceNamespace!);
      assert.deepEqual(all, all.toSorted());
      assert.equal(new Set(all).size, 456);
      assert.deepEqual([rest.IsTruncated, rest.Marker], [false, undefined]);
    });

    it("refuses markers that are none, or of another job or operation", async () => {
      const { arn } = await createUser(emu, "marked", { statements: [allow(["s3:*", "sqs:*"])] });
      const [job, other] = [await finished(arn), await finished(arn)];
      const { Marker } = await get(other, { MaxItems: 1 });
      const foreign = { name: "InvalidInputException", message: "The marker passed in the request was invalid." };
      await assert.rejects(get(job, { Marker }), foreign);
      await assert.rejects(entities(other, "s3", { Marker }), foreign);
      await assert.rejects(get(job, { Marker: "marker" }), { name: "ValidationError", message: "Invalid Marker." });
      await assert.rejects(get(job, { MaxItems: 0 }), { name: "ValidationError" });
    });

    it("misses unknown jobs", async () => {
      const id = "00000000-0000-4000-8000-000000000000";
      await assert.rejects(get(id), noJob(id));
      await assert.rejects(entities(id, "s3"), noJob(id));
      await assert.rejects(get("short"), { name: "ValidationError" });
    });

    it("gives a job to all keys of the user who began it, and to no other credentials", async () => {
      const { arn, credentials, name } = await createUser(emu, "owner", { statements: [allow("*")] });
      const job = await generate(arn, undefined, iam(credentials));
      const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName: name }));
      const second = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
      assert.equal((await get(job, {}, iam(second))).JobStatus, "IN_PROGRESS");
      await assert.rejects(get(job), noJob(job));
      const other = await createUser(emu, "not-owner", { statements: [allow("*")] });
      await assert.rejects(get(job, {}, iam(other.credentials)), noJob(job));
      const role = await createRole(emu, "sessions", { trusts: [trust(arn)], statements: [allow("*")] });
      const [one, two] = [await assume(emu, credentials, role), await assume(emu, credentials, role)];
      const ofSession = await generate(arn, undefined, iam(one));
      await get(ofSession, {}, iam(one));
      await assert.rejects(get(ofSession, {}, iam(two)), noJob(ofSession));
    });

    it("asks permission on everything", async () => {
      const { arn } = await createUser(emu, "permit");
      for (const action of ["iam:GetServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetailsWithEntities"]) {
        const caller = await createUser(emu, `permit-${action.length}`, {
          statements: [allow([action, "iam:GenerateServiceLastAccessedDetails"], "*")],
        });
        const client = iam(caller.credentials);
        const job = await generate(arn, undefined, client);
        await (action.endsWith("Entities") ? entities(job, "s3", {}, client) : get(job, {}, client));
        const denied = await createUser(emu, `denied-${action.length}`, { statements: [allow("*"), deny(action)] });
        const send = action.endsWith("Entities")
          ? entities(job, "s3", {}, iam(denied.credentials))
          : get(job, {}, iam(denied.credentials));
        await assert.rejects(send, {
          name: "AccessDenied",
          message: withDetails(
            `User: ${denied.arn} is not authorized to perform: ${action} on resource: * with an explicit deny in an identity-based policy`,
          ),
        });
      }
    });
  });

  describe("GetServiceLastAccessedDetailsWithEntities", () => {
    const info = (type: "USER" | "ROLE", name: string, id: string, Path = "/") => ({
      Arn: `arn:aws:iam::${emu.server.account}:${type.toLowerCase()}${Path}${name}`,
      Name: name,
      Type: type,
      Id: id,
      Path,
    });

    it("tells at first that the job is in progress, then when each entity has used a service", async () => {
      const { arn, credentials, id } = await createUser(emu, "entity", { Path: "/e/", statements: [allow("iam:*")] });
      await iam(credentials).send(new GetUserCommand({}));
      const job = await generate(arn);
      const pending = { JobStatus: "IN_PROGRESS", JobCreationDate: NOW, IsTruncated: false };
      assert.deepEqual(await entities(job, "iam"), pending);
      assert.deepEqual(await entities(job, "iam"), {
        JobStatus: "COMPLETED",
        JobCreationDate: NOW,
        JobCompletionDate: NOW,
        EntityDetailsList: [{ EntityInfo: info("USER", "entity", id, "/e/"), LastAuthenticated: NOW }],
        IsTruncated: false,
      });
      assert.deepEqual((await entities(job, "s3")).EntityDetailsList, []);
    });

    it("lists the members of a group, and of a policy who has it, in whatever way, the latest first", async () => {
      const { Policy } = await iam().send(
        new CreatePolicyCommand({ PolicyName: "shared", PolicyDocument: document(allow("iam:GetUser")) }),
      );
      const PolicyArn = Policy!.Arn!;
      const [direct, inGroup] = [await createUser(emu, "direct"), await createUser(emu, "in-group")];
      const role = await createRole(emu, "a-role", { trusts: [trust(direct.arn)] });
      await iam().send(new CreateGroupCommand({ GroupName: "group" }));
      await iam().send(new AttachGroupPolicyCommand({ GroupName: "group", PolicyArn }));
      for (const UserName of ["direct", "in-group"]) {
        await iam().send(new AddUserToGroupCommand({ GroupName: "group", UserName }));
      }
      await iam().send(new AttachUserPolicyCommand({ UserName: "direct", PolicyArn }));
      await iam().send(new AttachRolePolicyCommand({ RoleName: "a-role", PolicyArn }));
      const ofGroup = await finished(`arn:aws:iam::${emu.server.account}:group/group`);
      const users = [info("USER", "direct", direct.id), info("USER", "in-group", inGroup.id)];
      assert.deepEqual(
        (await entities(ofGroup, "iam")).EntityDetailsList,
        users.map((EntityInfo) => ({ EntityInfo })),
      );
      const roleInfo = info("ROLE", "a-role", role.id);
      assert.deepEqual(
        (await entities(await finished(PolicyArn), "iam")).EntityDetailsList,
        [...users, roleInfo].map((EntityInfo) => ({ EntityInfo })),
      );
      await iam(inGroup.credentials).send(new GetUserCommand({ UserName: "in-group" }));
      const job = await finished(PolicyArn);
      assert.deepEqual((await entities(job, "iam")).EntityDetailsList, [
        { EntityInfo: users[1], LastAuthenticated: NOW },
        { EntityInfo: users[0] },
        { EntityInfo: roleInfo },
      ]);
      assert.equal((await get(job)).ServicesLastAccessed![0]!.TotalAuthenticatedEntities, 1);
      const first = await entities(job, "iam", { MaxItems: 2 });
      assert.deepEqual([first.EntityDetailsList!.length, first.IsTruncated], [2, true]);
      const second = await entities(job, "iam", { MaxItems: 1, Marker: first.Marker });
      assert.deepEqual([second.EntityDetailsList, second.IsTruncated], [[{ EntityInfo: roleInfo }], false]);
      assert.deepEqual((await entities(job, "s3", { Marker: first.Marker })).EntityDetailsList, []);
      const foreign = { name: "InvalidInputException", message: "The marker passed in the request was invalid." };
      await assert.rejects(entities(ofGroup, "iam", { Marker: first.Marker }), foreign);
    });

    it("lists a policy's services with no entity where it is attached to none", async () => {
      const { Policy } = await iam().send(
        new CreatePolicyCommand({ PolicyName: "loose", PolicyDocument: document(allow("s3:*")) }),
      );
      const job = await finished(Policy!.Arn!);
      assert.deepEqual((await get(job)).ServicesLastAccessed, [unused("s3")]);
      assert.deepEqual((await entities(job, "s3")).EntityDetailsList, []);
      const ofAws = await finished("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
      assert.ok((await get(ofAws)).ServicesLastAccessed!.some(({ ServiceNamespace }) => ServiceNamespace === "s3"));
    });

    it("leaves out who was deleted, whose services stay, and follows a new name", async () => {
      const role = await createRole(emu, "doomed", {
        trusts: [trust(`arn:aws:iam::${emu.server.account}:root`)],
        statements: [allow("s3:*")],
      });
      const ofRole = await finished(role.arn);
      await iam().send(new DeleteRolePolicyCommand({ RoleName: "doomed", PolicyName: "test" }));
      await iam().send(new DeleteRoleCommand({ RoleName: "doomed" }));
      assert.deepEqual((await entities(ofRole, "s3")).EntityDetailsList, []);
      assert.deepEqual((await get(ofRole)).ServicesLastAccessed, [unused("s3")]);
      const user = await createUser(emu, "renamed", { statements: [allow("s3:*")] });
      const ofUser = await finished(user.arn);
      await iam().send(new UpdateUserCommand({ UserName: "renamed", NewUserName: "newly", NewPath: "/n/" }));
      assert.deepEqual((await entities(ofUser, "s3")).EntityDetailsList, [
        { EntityInfo: info("USER", "newly", user.id, "/n/") },
      ]);
    });

    it("refuses unknown namespaces, in AWS's spelling", async () => {
      const { arn } = await createUser(emu, "spelling");
      const job = await generate(arn);
      for (const namespace of ["nosuch", "S3", "constructor"]) {
        await assert.rejects(entities(job, namespace), {
          name: "InvalidInputException",
          message: `Service namepace ${namespace} is either invalid or unsupported.`,
        });
      }
      await assert.rejects(entities(job, "s 3"), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'serviceNamespace' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]*",
      });
    });
  });

  describe("ListPoliciesGrantingServiceAccess", () => {
    const list = async (Arn: string, ServiceNamespaces: string[], Marker?: string, client = iam()) =>
      client.send(new ListPoliciesGrantingServiceAccessCommand({ Arn, ServiceNamespaces, Marker }));

    it("lists for each namespace, once and in the order of the request, the policies that grant it", async () => {
      const { arn } = await createUser(emu, "granted", { statements: [allow("s3:*"), allow("sqs:SendMessage")] });
      const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
      await iam().send(new AttachUserPolicyCommand({ UserName: "granted", PolicyArn }));
      await iam().send(new CreateGroupCommand({ GroupName: "granting" }));
      await iam().send(new AddUserToGroupCommand({ GroupName: "granting", UserName: "granted" }));
      await iam().send(new AttachGroupPolicyCommand({ GroupName: "granting", PolicyArn }));
      const ofGroup = { GroupName: "granting", PolicyName: "of-group", PolicyDocument: document(allow("s3:Put*")) };
      await iam().send(new PutGroupPolicyCommand(ofGroup));
      const { PoliciesGrantingServiceAccess, IsTruncated } = await list(arn, ["sqs", "s3", "ec2", "sqs"]);
      const inline = { PolicyName: "test", PolicyType: "INLINE", EntityType: "USER", EntityName: "granted" };
      assert.deepEqual(PoliciesGrantingServiceAccess, [
        { ServiceNamespace: "sqs", Policies: [inline] },
        {
          ServiceNamespace: "s3",
          Policies: [
            inline,
            { PolicyName: "AmazonS3ReadOnlyAccess", PolicyType: "MANAGED", PolicyArn },
            { PolicyName: "of-group", PolicyType: "INLINE", EntityType: "GROUP", EntityName: "granting" },
          ],
        },
        { ServiceNamespace: "ec2", Policies: [] },
      ]);
      assert.equal(IsTruncated, false);
    });

    it("looks at each policy alone, so that a deny elsewhere does not count", async () => {
      const { arn } = await createUser(emu, "torn", { statements: [allow("s3:*")] });
      const denying = { UserName: "torn", PolicyName: "denying", PolicyDocument: document(deny("s3:*")) };
      await iam().send(new PutUserPolicyCommand(denying));
      const { PoliciesGrantingServiceAccess } = await list(arn, ["s3"]);
      assert.deepEqual(
        PoliciesGrantingServiceAccess![0]!.Policies!.map(({ PolicyName }) => PolicyName),
        ["test"],
      );
      assert.deepEqual(await report(arn), []);
    });

    it("is for groups and roles, too, but not for policies", async () => {
      const role = await createRole(emu, "granted-role", {
        trusts: [trust(`arn:aws:iam::${emu.server.account}:root`)],
        statements: [allow("s3:*")],
      });
      const { PoliciesGrantingServiceAccess } = await list(role.arn, ["s3"]);
      assert.deepEqual(PoliciesGrantingServiceAccess![0]!.Policies, [
        { PolicyName: "test", PolicyType: "INLINE", EntityType: "ROLE", EntityName: "granted-role" },
      ]);
      const group = await list(`arn:aws:iam::${emu.server.account}:group/granting`, ["s3"]);
      assert.equal(group.PoliciesGrantingServiceAccess![0]!.Policies!.length, 2);
      await assert.rejects(list("arn:aws:iam::aws:policy/ReadOnlyAccess", ["s3"]), {
        name: "ValidationError",
        message: "Invalid resource in ARN",
      });
    });

    it("answers in pages", async () => {
      const { arn } = await createUser(emu, "paged", { statements: [allow("*")] });
      const { ServicesLastAccessed } = await get(await finished(arn));
      const namespaces = ServicesLastAccessed!.map(({ ServiceNamespace }) => ServiceNamespace!);
      const first = await list(arn, namespaces);
      assert.deepEqual([first.PoliciesGrantingServiceAccess!.length, first.IsTruncated], [100, true]);
      const second = await list(arn, namespaces, first.Marker);
      assert.deepEqual(
        [...first.PoliciesGrantingServiceAccess!, ...second.PoliciesGrantingServiceAccess!].map(
          ({ ServiceNamespace }) => ServiceNamespace,
        ),
        namespaces,
      );
      await assert.rejects(list(arn, ["s3"], first.Marker), { name: "ValidationError", message: "Invalid Marker." });
    });

    it("refuses unknown namespaces", async () => {
      const { arn } = await createUser(emu, "unknown-namespace");
      for (const namespace of ["nosuch", "S3"]) {
        await assert.rejects(list(arn, ["s3", namespace]), {
          name: "InvalidInputException",
          message: `Invalid service namespace: [${namespace}]`,
        });
      }
      await assert.rejects(list(arn, ["n".repeat(65)]), { name: "ValidationError" });
    });

    it("misses entities that do not exist, and asks permission on the entity", async () => {
      const missing = `arn:aws:iam::${emu.server.account}:user/nobody`;
      await assert.rejects(list(missing, ["s3"]), {
        name: "NoSuchEntityException",
        message: "The user with name nobody cannot be found.",
      });
      const { arn } = await createUser(emu, "on-entity");
      for (const sent of [arn, arn.replace("user/", "user/elsewhere/")]) {
        await asksPermissionOn(emu, "iam:ListPoliciesGrantingServiceAccess", arn, (client) =>
          list(sent, ["s3"], undefined, client),
        );
      }
    });
  });

  it("outlive the keys that were used", async () => {
    const { arn, credentials, name } = await createUser(emu, "keyless", { statements: [allow("iam:*")] });
    await iam(credentials).send(new GetUserCommand({}));
    await iam().send(new DeleteAccessKeyCommand({ UserName: name, AccessKeyId: credentials.accessKeyId }));
    assert.equal((await report(arn))[0]!.TotalAuthenticatedEntities, 1);
  });
});
