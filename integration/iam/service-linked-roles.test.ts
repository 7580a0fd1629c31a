import assert from "node:assert/strict";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
  type CreateServiceLinkedRoleCommandInput,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { serviceLinkedRoles } from "../../catalog/service-linked-roles.ts";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const ECS = "AWSServiceRoleForECS";
const NOW = new Date("2026-11-24T12:00:00Z");

const invalid = (message: string) => ({ name: "InvalidInputException", message });
const noRole = (name: string) => ({
  name: "NoSuchEntityException",
  message: `The role with name ${name} cannot be found.`,
});
const taken = (name: string) =>
  invalid(`Service role name ${name} has been taken in this account, please try a different suffix.`);

describe("service-linked roles", () => {
  const emu = emulator();
  /** Each test has its own account. */
  let accounts = 200000000000;
  const newAccount = () => emu.iam({ ...emu.server.rootCredentials, accessKeyId: String(++accounts) });

  const create = async (
    iam: IAMClient,
    AWSServiceName = "ecs.amazonaws.com",
    more: Partial<CreateServiceLinkedRoleCommandInput> = {},
  ) => (await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, ...more }))).Role!;
  const get = async (iam: IAMClient, RoleName = ECS) => (await iam.send(new GetRoleCommand({ RoleName }))).Role!;
  const remove = async (iam: IAMClient, RoleName = ECS) =>
    (await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }))).DeletionTaskId!;
  const status = async (iam: IAMClient, DeletionTaskId: string) =>
    (await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))).Status;

  describe("CreateServiceLinkedRole", () => {
    it("answers the role, with lists in its trust policy and no description", async () => {
      const role = await create(newAccount(), undefined, { Description: "Mine" });
      const { RoleId, AssumeRolePolicyDocument, ...rest } = role;
      assert.match(RoleId!, /^AROA[A-Z2-7]{17}$/);
      assert.deepEqual(rest, {
        Path: "/aws-service-role/ecs.amazonaws.com/",
        RoleName: ECS,
        Arn: `arn:aws:iam::${accounts}:role/aws-service-role/ecs.amazonaws.com/${ECS}`,
        CreateDate: NOW,
      });
      assert.deepEqual(JSON.parse(decodeURIComponent(AssumeRolePolicyDocument!)), {
        Version: "2012-10-17",
        Statement: [{ Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: ["ecs.amazonaws.com"] } }],
      });
    });

    it("makes a role that GetRole shows with description, duration and a trust policy without lists", async () => {
      const iam = newAccount();
      await create(iam, undefined, { Description: "Mine" });
      const role = await get(iam);
      assert.equal(role.Description, "Mine");
      assert.equal(role.MaxSessionDuration, 3600);
      assert.deepEqual(role.RoleLastUsed, {});
      assert.deepEqual(JSON.parse(decodeURIComponent(role.AssumeRolePolicyDocument!)).Statement, [
        { Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" },
      ]);
    });

    it("attaches the policy of the service", async () => {
      const iam = newAccount();
      await create(iam);
      const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: ECS }));
      const PolicyArn = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
      assert.deepEqual(AttachedPolicies, [{ PolicyName: "AmazonECSServiceRolePolicy", PolicyArn }]);
      assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy!.AttachmentCount, 1);
      const { PolicyRoles } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
      assert.deepEqual(
        PolicyRoles!.map(({ RoleName }) => RoleName),
        [ECS],
      );
    });

    it("makes the roles of custom resources and of Lex", async () => {
      const iam = newAccount();
      for (const [service, roleName] of [
        ["custom-resource.application-autoscaling", "AWSServiceRoleForApplicationAutoScaling_CustomResource"],
        ["lex", "AWSServiceRoleForLexBots"],
      ]) {
        assert.equal((await create(iam, `${service}.amazonaws.com`)).RoleName, roleName);
      }
    });

    it("works for every service in the table", async () => {
      const iam = newAccount();
      for (const { service, roleName, policyArn } of serviceLinkedRoles.values()) {
        assert.equal((await create(iam, service)).RoleName, roleName);
        const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: roleName }));
        assert.deepEqual(
          AttachedPolicies!.map(({ PolicyArn }) => PolicyArn),
          [policyArn],
        );
      }
    });

    it("appends a suffix where the service allows several roles", async () => {
      const iam = newAccount();
      for (const CustomSuffix of [undefined, "a", "b"])
        await create(iam, "autoscaling.amazonaws.com", { CustomSuffix });
      assert.equal(
        (await get(iam, "AWSServiceRoleForAutoScaling_b")).Path,
        "/aws-service-role/autoscaling.amazonaws.com/",
      );
      await assert.rejects(
        create(iam, "ecs.amazonaws.com", { CustomSuffix: "a" }),
        invalid("Custom suffix is not allowed for ecs.amazonaws.com"),
      );
    });

    it("refuses a suffix that makes the name too long for a role", async () => {
      const longest = 64 - "AWSServiceRoleForAutoScaling_".length;
      const iam = newAccount();
      await create(iam, "autoscaling.amazonaws.com", { CustomSuffix: "x".repeat(longest) });
      await assert.rejects(create(iam, "autoscaling.amazonaws.com", { CustomSuffix: "x".repeat(longest + 1) }), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64",
      });
    });

    it("refuses a name that is taken, by an ordinary role too and in whatever case", async () => {
      const iam = newAccount();
      await create(iam);
      await assert.rejects(create(iam), taken(ECS));
      await iam.send(
        new CreateRoleCommand({ RoleName: "awsserviceroleforrds", AssumeRolePolicyDocument: document(trust("*")) }),
      );
      await assert.rejects(create(iam, "rds.amazonaws.com"), taken("AWSServiceRoleForRDS"));
    });

    it("lets one of two win that race for the same role", async () => {
      const iam = newAccount();
      const race = await Promise.allSettled([create(iam), create(iam)]);
      assert.deepEqual(race.map(({ status: outcome }) => outcome).toSorted(), ["fulfilled", "rejected"]);
    });

    it("refuses a service without such a role, whatever the suffix", async () => {
      for (const CustomSuffix of [undefined, "a"]) {
        await assert.rejects(
          create(newAccount(), "nothing.amazonaws.com", { CustomSuffix }),
          invalid("Cannot find Service Linked Role template for nothing.amazonaws.com"),
        );
      }
    });
  });

  describe("what the account may do with them", () => {
    const protectedRole = {
      name: "UnmodifiableEntityException",
      message: `Cannot perform the operation on the protected role '${ECS}' - this role is only modifiable by AWS`,
    };
    const RoleName = ECS.toUpperCase();
    const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const PolicyDocument = document(allow("iam:GetUser"));
    const REFUSED: Readonly<Record<string, (iam: IAMClient) => Promise<unknown>>> = {
      UpdateAssumeRolePolicy: (iam) =>
        iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: document(trust("*")) })),
      PutRolePolicy: (iam) => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument })),
      DeleteRolePolicy: (iam) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "p" })),
      AttachRolePolicy: (iam) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
      DetachRolePolicy: (iam) =>
        iam.send(
          new DetachRolePolicyCommand({
            RoleName,
            PolicyArn: "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy",
          }),
        ),
      PutRolePermissionsBoundary: (iam) =>
        iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn })),
      DeleteRolePermissionsBoundary: (iam) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
      DeleteRole: (iam) => iam.send(new DeleteRoleCommand({ RoleName })),
    };
    for (const [name, send] of Object.entries(REFUSED)) {
      it(`is not ${name}`, async () => {
        const iam = newAccount();
        await create(iam);
        const before = await get(iam);
        await assert.rejects(send(iam), protectedRole);
        assert.deepEqual(await get(iam), before);
      });
    }

    it("is not to change how long sessions may be", async () => {
      const iam = newAccount();
      await create(iam);
      await assert.rejects(
        iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200, Description: "changed" })),
        {
          name: "UnmodifiableEntityException",
          message: `${ECS} is an AWS service linked role, max session duration cannot be changed.`,
        },
      );
      assert.equal((await get(iam)).Description, undefined);
    });

    it("is to describe and to tag them", async () => {
      const iam = newAccount();
      await create(iam);
      await iam.send(new UpdateRoleCommand({ RoleName, Description: "one" }));
      assert.equal((await get(iam)).Description, "one");
      await iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: "two" }));
      assert.equal((await get(iam)).Description, "two");
      await iam.send(
        new TagRoleCommand({
          RoleName,
          Tags: [
            { Key: "a", Value: "1" },
            { Key: "b", Value: "2" },
          ],
        }),
      );
      await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["a"] }));
      const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName }));
      assert.deepEqual(Tags, [{ Key: "b", Value: "2" }]);
    });

    it("is not to make one with CreateRole", async () => {
      await assert.rejects(
        newAccount().send(
          new CreateRoleCommand({
            RoleName: "Sneaky",
            Path: "/aws-service-role/ecs.amazonaws.com/",
            AssumeRolePolicyDocument: document(trust("*")),
          }),
        ),
        invalid("The path /aws-service-role/ is reserved for service-linked roles."),
      );
    });
  });

  describe("DeleteServiceLinkedRole", () => {
    it("answers a task, which is in progress at first and succeeds in a few seconds", async () => {
      const iam = newAccount();
      await create(iam);
      const task = await remove(iam, ECS.toLowerCase());
      assert.match(
        task,
        /^task\/aws-service-role\/ecs\.amazonaws\.com\/AWSServiceRoleForECS\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      );
      assert.equal(await status(iam, task), "IN_PROGRESS");
      assert.equal(await remove(iam), task);
      emu.server.clock.advance(2);
      assert.equal(await status(iam, task), "SUCCEEDED");
      await assert.rejects(get(iam), noRole(ECS));
      await assert.rejects(remove(iam), noRole(ECS));
      emu.server.clock.advance(-2);
    });

    it("leaves nothing behind, so that the role can be made anew", async () => {
      const iam = newAccount();
      const first = await create(iam);
      const task = await remove(iam);
      const PolicyArn = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
      assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy!.AttachmentCount, 0);
      const second = await create(iam);
      assert.notEqual(second.RoleId, first.RoleId);
      assert.notEqual(await remove(iam), task);
    });

    it("refuses roles that are not linked to a service, and unknown ones", async () => {
      const iam = newAccount();
      await iam.send(new CreateRoleCommand({ RoleName: "Ordinary", AssumeRolePolicyDocument: document(trust("*")) }));
      await assert.rejects(remove(iam, "ordinary"), {
        name: "NoSuchEntityException",
        message: "Ordinary exists but is not a service role.",
      });
      await assert.rejects(remove(iam, "nobody"), noRole("nobody"));
    });
  });

  describe("GetServiceLinkedRoleDeletionStatus", () => {
    it("refuses the task of another account, as an unknown one", async () => {
      const iam = newAccount();
      await create(iam);
      const task = await remove(iam);
      await assert.rejects(status(newAccount(), task), {
        name: "NoSuchEntityException",
        message: "Cannot find deletion status for given id.",
      });
    });

    it("refuses what is no task id", async () => {
      for (const id of ["x", `task/aws-service-role/ecs.amazonaws.com/${ECS}`, `task/${ECS}/1`]) {
        await assert.rejects(status(newAccount(), id), invalid("Invalid task id"));
      }
    });
  });

  describe("permission", () => {
    const arn = (service: string, name: string) =>
      `arn:aws:iam::${emu.server.account}:role/aws-service-role/${service}/${name}`;

    it("is asked on the role that is made, deleted or was deleted", async () => {
      const role = arn("batch.amazonaws.com", "AWSServiceRoleForBatch");
      await asksPermissionOn(emu, "iam:CreateServiceLinkedRole", role, (iam) => create(iam, "batch.amazonaws.com"));
      let task = "";
      await asksPermissionOn(emu, "iam:DeleteServiceLinkedRole", role, async (iam) => {
        task = await remove(iam, "AWSServiceRoleForBatch");
      });
      await asksPermissionOn(emu, "iam:GetServiceLinkedRoleDeletionStatus", role, (iam) => status(iam, task));
    });

    it("can depend on the service", async () => {
      const caller = await createUser(emu, "linker", {
        statements: [
          {
            ...allow("iam:CreateServiceLinkedRole"),
            Condition: { StringEquals: { "iam:AWSServiceName": "autoscaling.amazonaws.com" } },
          },
        ],
      });
      const iam = emu.iam(caller.credentials);
      await create(iam, "autoscaling.amazonaws.com", { CustomSuffix: "x" });
      await assert.rejects(
        create(iam, "rds.amazonaws.com"),
        noPolicyAllows(caller.arn, "iam:CreateServiceLinkedRole", arn("rds.amazonaws.com", "AWSServiceRoleForRDS")),
      );
      await assert.rejects(
        create(iam, "nothing.amazonaws.com"),
        noPolicyAllows(caller.arn, "iam:CreateServiceLinkedRole", arn("nothing.amazonaws.com", "*")),
      );
    });
  });
});

describe("service-linked roles in an account that is full of roles", () => {
  const emu = emulator({ quotas: { RolesPerAccount: 1 } });

  it("are made all the same, but ordinary ones are not", async () => {
    await createRole(emu, "last", { trusts: [trust("*")] });
    await emu.iam().send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "rds.amazonaws.com" }));
    await assert.rejects(createRole(emu, "one-more", { trusts: [trust("*")] }), {
      name: "LimitExceededException",
      message: "Cannot exceed quota for RolesPerAccount: 1",
    });
  });
});
