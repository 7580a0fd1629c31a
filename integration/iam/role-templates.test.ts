import assert from "node:assert/strict";
import {
  AcquireRoleCommand,
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRoleTemplateVersionCommand,
  ListAttachedRolePoliciesCommand,
  ListRolesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, document, trust, withDetails } from "../fixtures.ts";

const TEMPLATE = "arn:aws:iam::aws:role-template/iam.amazonaws.com/PowerUserRoleTemplate:1";
const POWER_USER = "arn:aws:iam::aws:policy/PowerUserAccess";

const trustOf = (service: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
});

describe("GetRoleTemplateVersion", () => {
  const emu = emulator();
  const get = async (TemplateArn: string, MinorVersion?: number, iam = emu.iam()) =>
    (await iam.send(new GetRoleTemplateVersionCommand({ TemplateArn, MinorVersion }))).RoleTemplateVersion!;

  it("answers what is known of the template for power users", async () => {
    const { TemplateVersionId, AssumeRolePolicyDocumentTemplate, ...version } = await get(TEMPLATE);
    assert.match(TemplateVersionId!, /^AVTA[A-Z2-7]{17}$/);
    assert.deepEqual(JSON.parse(AssumeRolePolicyDocumentTemplate!), trustOf("@{AWSServiceName}"));
    assert.deepEqual(version, {
      TemplateArn: TEMPLATE,
      TemplateName: "PowerUserRoleTemplate",
      MajorVersion: 1,
      DefaultMinorVersion: 0,
      ManagedByType: "Service",
      ManagedByValue: "iam.amazonaws.com",
      Enabled: true,
      MinorVersion: 0,
      RoleNamePattern: "@{RoleName}",
      RoleDescriptionPattern: "Power user role for @{AWSServiceName}",
      ManagedPolicyArns: [POWER_USER],
      ParametersDefinition: [
        { Name: "AWSServiceName", Type: "String", IsRequired: true, Immutable: false },
        { Name: "RoleName", Type: "String", IsRequired: false, DefaultValue: "PowerUserRole", Immutable: false },
      ],
      MaxSessionDuration: 3600,
      VersionEnabled: true,
    });
    assert.deepEqual((await get(TEMPLATE, 0)).TemplateVersionId, TemplateVersionId);
  });

  it("refuses unknown templates and versions", async () => {
    for (const arn of [TEMPLATE.replace(":1", ":2"), TEMPLATE.replace("PowerUser", "Backup"), "x"]) {
      await assert.rejects(get(arn), {
        name: "NoSuchEntityException",
        message: `The role template ${arn} cannot be found.`,
      });
    }
    await assert.rejects(get(TEMPLATE, 1), {
      name: "NoSuchEntityException",
      message: `The role template ${TEMPLATE} has no minor version 1.`,
    });
  });

  it("asks permission on the template, which is AWS's own", async () => {
    const here = await createUser(emu, "here", { statements: [allow("iam:GetRoleTemplateVersion", TEMPLATE)] });
    await get(TEMPLATE, undefined, emu.iam(here.credentials));
    const Condition = { StringEquals: { "aws:ResourceAccount": "639982225848" } };
    const owned = await createUser(emu, "owned", {
      statements: [{ ...allow("iam:GetRoleTemplateVersion"), Condition }],
    });
    await get(TEMPLATE, undefined, emu.iam(owned.credentials));
    const nowhere = await createUser(emu, "nowhere");
    for (const arn of [TEMPLATE, "arn:aws:iam::aws:role-template/x/y:1"]) {
      await assert.rejects(get(arn, undefined, emu.iam(nowhere.credentials)), {
        name: "AccessDenied",
        message: withDetails(
          `User: ${nowhere.arn} is not authorized to perform: iam:GetRoleTemplateVersion on resource: role-template ${arn} because no identity-based policy allows the iam:GetRoleTemplateVersion action`,
        ),
      });
    }
  });
});

describe("AcquireRole", () => {
  const emu = emulator();
  const acquire = async (
    values: Readonly<Record<string, string | string[]>>,
    { TemplateArn = TEMPLATE, minor, iam = emu.iam() }: { TemplateArn?: string; minor?: number; iam?: IAMClient } = {},
  ) => {
    const ReplacementValues = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, { Values: [value].flat() }]),
    );
    const input = { TemplateArn, TemplateMinorVersion: minor, ReplacementValues };
    return (await iam.send(new AcquireRoleCommand(input))).Role!;
  };
  const forLambda = (RoleName: string, iam?: IAMClient) =>
    acquire({ AWSServiceName: "lambda.amazonaws.com", RoleName }, iam && { iam });

  it("makes the role that the template describes", async () => {
    const { AssumeRolePolicyDocument, ...role } = await acquire({ AWSServiceName: "ec2.amazonaws.com" });
    const basics = {
      Path: "/",
      RoleName: "PowerUserRole",
      RoleId: role.RoleId,
      Arn: `arn:aws:iam::${emu.server.account}:role/PowerUserRole`,
      CreateDate: new Date("2026-11-24T12:00:00Z"),
    };
    assert.deepEqual(role, basics);
    assert.deepEqual(JSON.parse(decodeURIComponent(AssumeRolePolicyDocument!)), trustOf("ec2.amazonaws.com"));
    const { Role } = await emu.iam().send(new GetRoleCommand({ RoleName: "poweruserrole" }));
    const listed = {
      ...basics,
      AssumeRolePolicyDocument,
      Description: "Power user role for ec2.amazonaws.com",
      MaxSessionDuration: 3600,
    };
    assert.deepEqual(Role, {
      ...listed,
      RoleLastUsed: {},
      SourceRoleTemplate: { TemplateArn: TEMPLATE, TemplateMinorVersion: 0 },
    });
    const { Roles } = await emu.iam().send(new ListRolesCommand({}));
    assert.deepEqual(Roles, [listed]);
    const attached = await emu.iam().send(new ListAttachedRolePoliciesCommand({ RoleName: "PowerUserRole" }));
    assert.deepEqual(attached.AttachedPolicies, [{ PolicyName: "PowerUserAccess", PolicyArn: POWER_USER }]);
  });

  it("answers the same role when it is asked for again in the same way", async () => {
    const first = await forLambda("same");
    emu.server.clock.advance(60);
    assert.deepEqual(await forLambda("same"), first);
    assert.deepEqual(await acquire({ AWSServiceName: "lambda.amazonaws.com", RoleName: "same" }, { minor: 0 }), first);
    emu.server.clock.advance(-60);
  });

  it("makes one role for two that race for it", async () => {
    const [one, two] = await Promise.all([forLambda("raced"), forLambda("raced")]);
    assert.equal(one.RoleId, two.RoleId);
  });

  it("does not mind another description, duration, or a list of one in the trust policy", async () => {
    const { RoleId } = await forLambda("edited");
    const iam = emu.iam();
    await iam.send(new UpdateRoleCommand({ RoleName: "edited", Description: "mine", MaxSessionDuration: 7200 }));
    const [statement] = trustOf("lambda.amazonaws.com").Statement;
    const PolicyDocument = JSON.stringify({
      Statement: {
        Action: ["sts:AssumeRole"],
        Principal: { Service: ["lambda.amazonaws.com"] },
        Effect: statement!.Effect,
      },
      Version: "2012-10-17",
    });
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "edited", PolicyDocument }));
    assert.equal((await forLambda("edited")).RoleId, RoleId);
  });

  const name = { RoleName: "changed" };
  const inline = { ...name, PolicyName: "p" };
  const boundary = { ...name, PermissionsBoundary: POWER_USER };
  const readOnly = { ...name, PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
  const powerUser = { ...name, PolicyArn: POWER_USER };
  const trustPolicy = (service: string) => ({ ...name, PolicyDocument: JSON.stringify(trustOf(service)) });
  const changes: Readonly<Record<string, readonly [change: object, undo: object]>> = {
    "trust policy": [
      new UpdateAssumeRolePolicyCommand(trustPolicy("ec2.amazonaws.com")),
      new UpdateAssumeRolePolicyCommand(trustPolicy("lambda.amazonaws.com")),
    ],
    tags: [
      new TagRoleCommand({ ...name, Tags: [{ Key: "a", Value: "1" }] }),
      new UntagRoleCommand({ ...name, TagKeys: ["a"] }),
    ],
    "inline policies": [
      new PutRolePolicyCommand({ ...inline, PolicyDocument: document(allow("s3:*")) }),
      new DeleteRolePolicyCommand(inline),
    ],
    boundary: [new PutRolePermissionsBoundaryCommand(boundary), new DeleteRolePermissionsBoundaryCommand(name)],
    "attached policies, one more": [new AttachRolePolicyCommand(readOnly), new DetachRolePolicyCommand(readOnly)],
    "attached policies, one less": [new DetachRolePolicyCommand(powerUser), new AttachRolePolicyCommand(powerUser)],
  };
  for (const [what, [change, undo]] of Object.entries(changes)) {
    it(`gives up a role whose ${what} were changed, until they are restored`, async () => {
      const { RoleId } = await forLambda("changed");
      await emu.iam().send(change as never);
      await assert.rejects(forLambda("changed"), {
        name: "RoleModifiedException",
        message: "Role changed has been modified since it was created and is no longer managed.",
      });
      await emu.iam().send(undo as never);
      assert.equal((await forLambda("changed")).RoleId, RoleId);
    });
  }

  it("refuses the name of a role with other parameters, also if only the case differs", async () => {
    await forLambda("conflict");
    const conflict = {
      name: "NameConflictException",
      message:
        "A role with this name exists but was created with different parameters. Pass a unique roleName to create a new role.",
    };
    await assert.rejects(acquire({ AWSServiceName: "ec2.amazonaws.com", RoleName: "conflict" }), conflict);
    await assert.rejects(forLambda("Conflict"), conflict);
  });

  it("refuses the name of an ordinary role", async () => {
    const AssumeRolePolicyDocument = document(trust(`arn:aws:iam::${emu.server.account}:root`));
    await emu.iam().send(new CreateRoleCommand({ RoleName: "ordinary", AssumeRolePolicyDocument }));
    await assert.rejects(forLambda("Ordinary"), {
      name: "NameConflictException",
      message:
        "A role with this name already exists in the account but was not created from this template. Choose a different role name, or remove the existing role if it is no longer needed.",
    });
  });

  it("refuses unknown templates and versions", async () => {
    await assert.rejects(acquire({}, { TemplateArn: "x" }), {
      name: "NoSuchEntityException",
      message: "The role template x cannot be found.",
    });
    await assert.rejects(acquire({}, { minor: 7 }), {
      name: "NoSuchEntityException",
      message: `The role template ${TEMPLATE} has no minor version 7.`,
    });
  });

  it("refuses values that do not fit the parameters", async () => {
    const AWSServiceName = "lambda.amazonaws.com";
    await assert.rejects(acquire({ AWSServiceName, Other: "x" }), {
      name: "InvalidInputException",
      message: "The role template has no parameter Other.",
    });
    await assert.rejects(acquire({ AWSServiceName, RoleName: ["a", "b"] }), {
      name: "ValidationError",
      message: "The parameter RoleName of type String takes one value.",
    });
    const incomplete = {
      name: "InvalidInputException",
      message: "A value for the parameter AWSServiceName is required.",
    };
    await assert.rejects(acquire({ RoleName: "incomplete" }), incomplete);
    await assert.rejects(emu.iam().send(new AcquireRoleCommand({ TemplateArn: TEMPLATE })), incomplete);
    for (const RoleName of ["a/b", "n".repeat(65), "a b"]) {
      await assert.rejects(acquire({ AWSServiceName, RoleName }), {
        name: "ValidationError",
        message:
          "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
      });
    }
  });

  it("lets no value out of its text", async () => {
    const AWSServiceName = 'lambda.amazonaws.com"},"Action":"*","x":{"y":"';
    await assert.rejects(acquire({ AWSServiceName, RoleName: "injected" }), {
      name: "MalformedPolicyDocumentException",
      message: `Invalid principal in policy: "SERVICE":"${AWSServiceName}"`,
    });
  });

  it("needs the permissions that it would take without a template", async () => {
    const role = `arn:aws:iam::${emu.server.account}:role/permitted`;
    const onRole = (action: string, more: Readonly<Record<string, string>> = {}) => ({
      ...allow(action, role),
      Condition: { StringEquals: { "iam:RoleTemplateARN": TEMPLATE, ...more } },
    });
    const steps = [
      { statement: allow("iam:GetRoleTemplateVersion", TEMPLATE), resource: `role template ${TEMPLATE}` },
      { statement: onRole("iam:CreateRole"), resource: role },
      { statement: onRole("iam:AttachRolePolicy", { "iam:PolicyARN": POWER_USER }), resource: role },
    ];
    for (const [index, { statement, resource }] of steps.entries()) {
      const caller = await createUser(emu, `step-${index}`, {
        statements: [allow("iam:AcquireRole"), ...steps.slice(0, index).map((step) => step.statement)],
      });
      const { Action: action } = statement as { Action: string };
      await assert.rejects(forLambda("permitted", emu.iam(caller.credentials)), {
        name: "AccessDenied",
        message: withDetails(
          `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
        ),
      });
    }
    const maker = await createUser(emu, "maker", { statements: steps.map(({ statement }) => statement) });
    await forLambda("permitted", emu.iam(maker.credentials));
    await assert.rejects(forLambda("permitted", emu.iam(maker.credentials)), {
      name: "AccessDenied",
      message: withDetails(
        `User: ${maker.arn} is not authorized to perform: iam:GetRole on resource: ${role} because no identity-based policy allows the iam:GetRole action`,
      ),
    });
    const reuser = await createUser(emu, "reuser", { statements: [steps[0]!.statement, onRole("iam:GetRole")] });
    await forLambda("permitted", emu.iam(reuser.credentials));
  });
});

describe("the quota of roles", () => {
  const emu = emulator({ quotas: { RolesPerAccount: 1 } });

  it("holds for AcquireRole, but not for a role that is there", async () => {
    const acquire = (RoleName: string) =>
      emu.iam().send(
        new AcquireRoleCommand({
          TemplateArn: TEMPLATE,
          ReplacementValues: { AWSServiceName: { Values: ["ec2.amazonaws.com"] }, RoleName: { Values: [RoleName] } },
        }),
      );
    await acquire("one");
    await assert.rejects(acquire("two"), {
      name: "LimitExceededException",
      message: "Cannot exceed quota for RolesPerAccount: 1",
    });
    await acquire("one");
  });
});
