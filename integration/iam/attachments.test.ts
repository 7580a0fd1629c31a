import assert from "node:assert/strict";
import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  paginateListAttachedUserPolicies,
  paginateListEntitiesForPolicy,
  PutRolePermissionsBoundaryCommand,
  PutUserPermissionsBoundaryCommand,
  type IAMClient,
  type ListEntitiesForPolicyCommandInput,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

interface AttachedPolicies {
  readonly AttachedPolicies?: readonly { readonly PolicyName?: string; readonly PolicyArn?: string }[] | undefined;
}

/** A kind of owner, with its three operations. */
interface Kind {
  readonly noun: "user" | "group" | "role";
  readonly arn: string;
  readonly quota: string;
  readonly attach: (iam: IAMClient, name: string, PolicyArn: string) => Promise<unknown>;
  readonly detach: (iam: IAMClient, name: string, PolicyArn: string) => Promise<unknown>;
  readonly list: (iam: IAMClient, name: string, PathPrefix?: string) => Promise<AttachedPolicies>;
}

const KINDS: readonly Kind[] = [
  {
    noun: "user",
    arn: "arn:aws:iam::000000000000:user/own/Target",
    quota: "PoliciesPerUser",
    attach: (iam, UserName, PolicyArn) => iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
    detach: (iam, UserName, PolicyArn) => iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
    list: (iam, UserName, PathPrefix) => iam.send(new ListAttachedUserPoliciesCommand({ UserName, PathPrefix })),
  },
  {
    noun: "group",
    arn: "arn:aws:iam::000000000000:group/own/Target",
    quota: "PoliciesPerGroup",
    attach: (iam, GroupName, PolicyArn) => iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn })),
    detach: (iam, GroupName, PolicyArn) => iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn })),
    list: (iam, GroupName, PathPrefix) => iam.send(new ListAttachedGroupPoliciesCommand({ GroupName, PathPrefix })),
  },
  {
    noun: "role",
    arn: "arn:aws:iam::000000000000:role/own/Target",
    quota: "PoliciesPerRole",
    attach: (iam, RoleName, PolicyArn) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
    detach: (iam, RoleName, PolicyArn) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
    list: (iam, RoleName, PathPrefix) => iam.send(new ListAttachedRolePoliciesCommand({ RoleName, PathPrefix })),
  },
];

const AWS_POLICY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";

for (const { noun, arn, quota, attach, detach, list } of KINDS) {
  describe(`Policies attached to a ${noun}`, () => {
    const emu = emulator({ quotas: { [quota]: 3 } });
    let mine = "";
    const names = async (name: string, PathPrefix?: string) =>
      (await list(emu.iam(), name, PathPrefix)).AttachedPolicies!.map(({ PolicyName }) => PolicyName!);
    const create = async (name: string) => {
      const iam = emu.iam();
      if (noun === "user") await iam.send(new CreateUserCommand({ UserName: name, Path: "/own/" }));
      else if (noun === "group") await iam.send(new CreateGroupCommand({ GroupName: name, Path: "/own/" }));
      else await createRole(emu, name, { trusts: [trust("*")], Path: "/own/" });
    };

    before(async () => {
      await create("Target");
      const input = { PolicyName: "mine", Path: "/p/", PolicyDocument: document(allow("s3:Get*")) };
      mine = (await emu.iam().send(new CreatePolicyCommand(input))).Policy!.Arn!;
    });

    it("are listed by name and ARN, customers' and AWS's in the order of their ids, or those below a path", async () => {
      await attach(emu.iam(), "target", mine);
      await attach(emu.iam(), "Target", AWS_POLICY);
      const { AttachedPolicies } = await list(emu.iam(), "TARGET");
      assert.deepEqual(
        new Map(AttachedPolicies!.map(({ PolicyName, PolicyArn }) => [PolicyName, PolicyArn])),
        new Map([
          ["mine", mine],
          ["IAMReadOnlyAccess", AWS_POLICY],
        ]),
      );
      assert.deepEqual(await names("Target", "/p/"), ["mine"]);
    });

    it("are attached once however often it is asked for, and detached once", async () => {
      await create("twice");
      for (let i = 0; i < 2; i++) await attach(emu.iam(), "twice", mine);
      assert.deepEqual(await names("twice"), ["mine"]);
      await detach(emu.iam(), "twice", mine);
      assert.deepEqual(await names("twice"), []);
      await assert.rejects(detach(emu.iam(), "twice", mine), {
        name: "NoSuchEntityException",
        message: `Policy ${mine} was not found.`,
      });
    });

    it("are missed in one text, customers' and AWS's alike", async () => {
      for (const missing of ["arn:aws:iam::000000000000:policy/no", "arn:aws:iam::aws:policy/No"]) {
        await assert.rejects(attach(emu.iam(), "Target", missing), {
          name: "NoSuchEntityException",
          message: `Policy ${missing} does not exist or is not attachable.`,
        });
        await assert.rejects(detach(emu.iam(), "Target", missing), {
          name: "NoSuchEntityException",
          message: `Policy ${missing} was not found.`,
        });
      }
    });

    it("are ARNs of policies in this partition", async () => {
      const plain = "a-name-that-is-no-arn";
      const refused = (call: Promise<unknown>, message: string) =>
        assert.rejects(call, { name: "ValidationError", message });
      await refused(attach(emu.iam(), "Target", plain), `ARN ${plain} is not valid.`);
      await refused(detach(emu.iam(), "Target", plain), `ARN ${plain} is not valid.`);
      await refused(attach(emu.iam(), "Target", "arn:aws-cn:iam::aws:policy/X"), "Invalid ARN partition");
    });

    it(`are not those that AWS reserves, but may be those of services`, async () => {
      const reserved = "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy";
      await assert.rejects(attach(emu.iam(), "Target", reserved), {
        name: "PolicyNotAttachableException",
        message: `Cannot attach AWS reserved policy to an IAM ${noun}.`,
      });
      await create("service");
      await attach(emu.iam(), "service", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
      assert.deepEqual(await names("service"), ["AWSLambdaBasicExecutionRole"]);
    });

    it("are at most as many as the quota says, of which one that is there already does not count again", async () => {
      await create("crowded");
      const arns = ["ReadOnlyAccess", "PowerUserAccess", "AdministratorAccess"].map(
        (n) => `arn:aws:iam::aws:policy/${n}`,
      );
      for (const policy of arns) await attach(emu.iam(), "crowded", policy);
      await attach(emu.iam(), "crowded", arns[0]!);
      await assert.rejects(attach(emu.iam(), "crowded", mine), {
        name: "LimitExceededException",
        message: `Cannot exceed quota for ${quota}: 3`,
      });
    });

    it(`need a ${noun} that exists`, async () => {
      const refusal = {
        name: "NoSuchEntityException",
        message: `The ${noun} with name nobody cannot be found.`,
      };
      await assert.rejects(attach(emu.iam(), "nobody", mine), refusal);
      await assert.rejects(detach(emu.iam(), "nobody", mine), refusal);
      await assert.rejects(list(emu.iam(), "nobody"), refusal);
    });

    it(`ask permission on the ${noun}, which can be given for some policies only`, async () => {
      const Noun = `${noun[0]!.toUpperCase()}${noun.slice(1)}`;
      await asksPermissionOn(emu, `iam:Attach${Noun}Policy`, arn, (iam) => attach(iam, "target", mine));
      await asksPermissionOn(emu, `iam:ListAttached${Noun}Policies`, arn, (iam) => list(iam, "target"));
      const action = `iam:Detach${Noun}Policy`;
      const Condition = { ArnEquals: { "iam:PolicyARN": AWS_POLICY } };
      const picky = await createUser(emu, "picky", { statements: [{ ...allow(action, arn), Condition }] });
      await assert.rejects(detach(emu.iam(picky.credentials), "target", mine), noPolicyAllows(picky.arn, action, arn));
      await detach(emu.iam(picky.credentials), "target", AWS_POLICY);
    });

    if (noun !== "group") {
      it(`ask with the boundary that the ${noun} has`, async () => {
        await create("bounded");
        const boundary = { PermissionsBoundary: AWS_POLICY };
        if (noun === "user")
          await emu.iam().send(new PutUserPermissionsBoundaryCommand({ UserName: "bounded", ...boundary }));
        else await emu.iam().send(new PutRolePermissionsBoundaryCommand({ RoleName: "bounded", ...boundary }));
        const Noun = noun === "user" ? "User" : "Role";
        const Condition = { StringEquals: { "iam:PermissionsBoundary": AWS_POLICY } };
        const statements = [{ ...allow([`iam:Attach${Noun}Policy`, `iam:Detach${Noun}Policy`]), Condition }];
        const delegate = await createUser(emu, `delegate-${noun}`, { statements });
        const iam = emu.iam(delegate.credentials);
        await attach(iam, "bounded", mine);
        await detach(iam, "bounded", mine);
        await assert.rejects(attach(iam, "Target", mine), noPolicyAllows(delegate.arn, `iam:Attach${Noun}Policy`, arn));
      });
    }
  });
}

describe("ListAttachedUserPolicies", () => {
  const emu = emulator();

  it("answers in pages, in the order of the policies' ids", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "u" }));
    const arns = ["ReadOnlyAccess", "PowerUserAccess", "AdministratorAccess", "SecurityAudit"].map(
      (name) => `arn:aws:iam::aws:policy/${name}`,
    );
    for (const PolicyArn of arns) await emu.iam().send(new AttachUserPolicyCommand({ UserName: "u", PolicyArn }));
    const paged: string[] = [];
    for await (const page of paginateListAttachedUserPolicies({ client: emu.iam(), pageSize: 3 }, { UserName: "u" })) {
      paged.push(...page.AttachedPolicies!.map(({ PolicyArn }) => PolicyArn!));
    }
    const { AttachedPolicies } = await emu.iam().send(new ListAttachedUserPoliciesCommand({ UserName: "u" }));
    assert.deepEqual(
      paged,
      AttachedPolicies!.map(({ PolicyArn }) => PolicyArn),
    );
    assert.deepEqual(new Set(paged), new Set(arns));
  });
});

describe("ListEntitiesForPolicy", () => {
  const emu = emulator();
  let PolicyArn = "";
  const entities = async (input: Partial<ListEntitiesForPolicyCommandInput> = {}) => {
    const answer = await emu.iam().send(new ListEntitiesForPolicyCommand({ PolicyArn, ...input }));
    return {
      groups: answer.PolicyGroups!.map(({ GroupName }) => GroupName),
      roles: answer.PolicyRoles!.map(({ RoleName }) => RoleName),
      users: answer.PolicyUsers!.map(({ UserName }) => UserName),
    };
  };

  before(async () => {
    const iam = emu.iam();
    const policy = new CreatePolicyCommand({ PolicyName: "shared", PolicyDocument: document(allow("s3:*")) });
    PolicyArn = (await iam.send(policy)).Policy!.Arn!;
    for (const UserName of ["attached", "bounded", "both"])
      await iam.send(new CreateUserCommand({ UserName, Path: "/u/" }));
    for (const UserName of ["attached", "both"]) await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    for (const UserName of ["bounded", "both"]) {
      await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: PolicyArn }));
    }
    await iam.send(new CreateGroupCommand({ GroupName: "group" }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: "group", PolicyArn }));
    await createRole(emu, "role", { trusts: [trust("*")] });
    await createRole(emu, "limited", { trusts: [trust("*")], PermissionsBoundary: PolicyArn });
    await iam.send(new AttachRolePolicyCommand({ RoleName: "role", PolicyArn }));
  });

  it("tells attachments and boundaries together, each entity once, with its id", async () => {
    const { groups, roles, users } = await entities();
    assert.deepEqual(
      [groups, new Set(roles), new Set(users)],
      [["group"], new Set(["role", "limited"]), new Set(["attached", "bounded", "both"])],
    );
    assert.equal(users.length, 3);
    const { PolicyUsers } = await emu.iam().send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    assert.ok(PolicyUsers!.every(({ UserId }) => UserId!.startsWith("AIDA")));
  });

  it("tells one kind of use", async () => {
    const attached = await entities({ PolicyUsageFilter: "PermissionsPolicy" });
    assert.deepEqual([attached.roles, new Set(attached.users)], [["role"], new Set(["attached", "both"])]);
    const bounded = await entities({ PolicyUsageFilter: "PermissionsBoundary" });
    assert.deepEqual(
      [bounded.groups, bounded.roles, new Set(bounded.users)],
      [[], ["limited"], new Set(["bounded", "both"])],
    );
  });

  it("tells one kind of entity, or those below a path; kinds of policy select nothing", async () => {
    assert.deepEqual(await entities({ EntityFilter: "Group" }), { groups: ["group"], roles: [], users: [] });
    const below = await entities({ PathPrefix: "/u/" });
    assert.deepEqual([below.groups, below.roles, below.users.length], [[], [], 3]);
    for (const EntityFilter of ["LocalManagedPolicy", "AWSManagedPolicy"] as const) {
      assert.deepEqual(await entities({ EntityFilter }), { groups: [], roles: [], users: [] });
    }
  });

  it("shares its pages among groups, roles and users, in this order", async () => {
    const sizes: number[][] = [];
    for await (const page of paginateListEntitiesForPolicy({ client: emu.iam(), pageSize: 2 }, { PolicyArn })) {
      sizes.push([page.PolicyGroups!.length, page.PolicyRoles!.length, page.PolicyUsers!.length]);
    }
    assert.deepEqual(sizes, [
      [1, 1, 0],
      [0, 1, 1],
      [0, 0, 2],
    ]);
  });

  it("refuses policies that are missing", async () => {
    const missing = "arn:aws:iam::000000000000:policy/no";
    await assert.rejects(emu.iam().send(new ListEntitiesForPolicyCommand({ PolicyArn: missing })), {
      name: "NoSuchEntityException",
      message: `Policy ${missing} does not exist or is not attachable.`,
    });
  });

  it("asks permission on the policy", async () => {
    const user = await createUser(emu, "asking", {
      statements: [allow("iam:ListEntitiesForPolicy", "arn:aws:iam::*:policy/x")],
    });
    await assert.rejects(
      emu.iam(user.credentials).send(new ListEntitiesForPolicyCommand({ PolicyArn })),
      noPolicyAllows(user.arn, "iam:ListEntitiesForPolicy", `policy ${PolicyArn}`),
    );
  });
});
