import assert from "node:assert/strict";
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  paginateListPolicies,
  PutUserPermissionsBoundaryCommand,
  type CreatePolicyCommandInput,
  type ListPoliciesCommandInput,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust, type Statement, withDetails } from "../fixtures.ts";

const DOCUMENT = document(allow("s3:Get*"));
const AWS_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess";
const MISSING = "arn:aws:iam::000000000000:policy/missing";

/** IAM's refusals of permissions on policies have a word before the ARN. */
const notAllowed = (caller: string, action: string, arn: string) => ({
  name: "AccessDenied",
  message: withDetails(
    `User: ${caller} is not authorized to perform: ${action} on resource: policy ${arn} because no identity-based policy allows the ${action} action`,
  ),
});

describe("Managed policies", () => {
  const emu = emulator({ quotas: { PoliciesPerAccount: 3 } });
  let accounts = 200_000_000_000;
  /** A client in an account of its own, so that quotas and lists are not shared. */
  const inNewAccount = () => emu.iam({ accessKeyId: String(accounts++), secretAccessKey: "test" });
  const create = async (iam = emu.iam(), PolicyName = "policy", more: Partial<CreatePolicyCommandInput> = {}) =>
    (await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: DOCUMENT, ...more }))).Policy!;

  describe("are created", () => {
    it("with one version, in use nowhere, without their description and tags unless there are some", async () => {
      const iam = emu.iam({ accessKeyId: "111111111111", secretAccessKey: "test" });
      const policy = await create(iam, "reader", { Path: "/team/", Description: "not shown" });
      assert.match(policy.PolicyId!, /^ANPA[A-Z2-7]{17}$/);
      assert.deepEqual(policy, {
        PolicyName: "reader",
        PolicyId: policy.PolicyId,
        Arn: "arn:aws:iam::111111111111:policy/team/reader",
        Path: "/team/",
        DefaultVersionId: "v1",
        AttachmentCount: 0,
        PermissionsBoundaryUsageCount: 0,
        IsAttachable: true,
        CreateDate: new Date("2026-11-24T12:00:00Z"),
        UpdateDate: new Date("2026-11-24T12:00:00Z"),
      });
    });

    it("with tags in the order they were sent", async () => {
      const Tags = [
        { Key: "b", Value: "1" },
        { Key: "a", Value: "2" },
      ];
      assert.deepEqual((await create(inNewAccount(), "tagged", { Tags })).Tags, Tags);
    });

    it("once for a name, whatever its case and path", async () => {
      const iam = inNewAccount();
      await create(iam, "Once");
      await assert.rejects(create(iam, "ONCE", { Path: "/other/" }), {
        name: "EntityAlreadyExistsException",
        message: "A policy called ONCE already exists. Duplicate names are not allowed.",
      });
    });

    it("as many as the quota says", async () => {
      const iam = inNewAccount();
      for (const name of ["a", "b", "c"]) await create(iam, name);
      await assert.rejects(create(iam, "d"), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for PoliciesPerAccount: 3",
      });
    });

    it("with a document of at most 6144 characters, blanks not counted", async () => {
      const iam = inNewAccount();
      const [before, after] = DOCUMENT.split("s3:Get*");
      const sized = (size: number, blanks = "") => {
        const fixed = before!.length + after!.length;
        return before + "s3:" + "a".repeat(size - fixed - 3) + after + blanks;
      };
      await create(iam, "large", { PolicyDocument: sized(6144, " ".repeat(500)) });
      await assert.rejects(create(iam, "larger", { PolicyDocument: sized(6145) }), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for PolicySize: 6144",
      });
    });

    it("with a document that is a policy of the newer version", async () => {
      const refused = (PolicyDocument: string, message: string) =>
        assert.rejects(create(inNewAccount(), "bad", { PolicyDocument }), {
          name: "MalformedPolicyDocumentException",
          message,
        });
      await refused("{}", "Syntax errors in policy.");
      await refused(
        JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } }),
        "Policy document must be version 2012-10-17 or greater.",
      );
      await refused(document({ Action: "s3:*" }), "Policy statement must contain resources.");
    });

    it("by whom may create that ARN, and tag it where there are tags", async () => {
      const may = (name: string, statement: Statement) => createUser(emu, name, { statements: [statement] });
      const arn = "arn:aws:iam::000000000000:policy/p/mine";
      const Tags = [{ Key: "team", Value: "a" }];
      const input = { Path: "/p/" };
      const elsewhere = await may("elsewhere", allow("iam:CreatePolicy", "arn:aws:iam::000000000000:policy/other"));
      await assert.rejects(
        create(emu.iam(elsewhere.credentials), "mine", input),
        notAllowed(elsewhere.arn, "iam:CreatePolicy", arn),
      );
      const creator = await may("creator", allow("iam:CreatePolicy", arn));
      await assert.rejects(
        create(emu.iam(creator.credentials), "mine", { ...input, Tags }),
        notAllowed(creator.arn, "iam:TagPolicy", arn),
      );
      const tagger = await may("tagger", {
        ...allow(["iam:CreatePolicy", "iam:TagPolicy"], arn),
        Condition: {
          StringEquals: { "aws:RequestTag/team": "a" },
          "ForAllValues:StringEquals": { "aws:TagKeys": "team" },
        },
      });
      await create(emu.iam(tagger.credentials), "mine", { ...input, Tags });
    });
  });

  describe("are read", () => {
    it("with description and tags, of which there may be none", async () => {
      const iam = inNewAccount();
      const { Arn: PolicyArn } = await create(iam, "read", {
        Description: "for reading",
        Tags: [
          { Key: "b", Value: "1" },
          { Key: "a", Value: "2" },
        ],
      });
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
      assert.equal(Policy!.Description, "for reading");
      assert.deepEqual(
        Policy!.Tags!.map(({ Key }) => Key),
        ["a", "b"],
      );
      const plain = await create(iam, "plain");
      const read = (await iam.send(new GetPolicyCommand({ PolicyArn: plain.Arn }))).Policy!;
      assert.deepEqual([read.Description, read.Tags], [undefined, []]);
    });

    it("also AWS's own, with their real dates and documents", async () => {
      const { Policy } = await inNewAccount().send(new GetPolicyCommand({ PolicyArn: AWS_POLICY }));
      const { PolicyId, UpdateDate, DefaultVersionId, ...policy } = Policy!;
      assert.match(PolicyId!, /^ANPA[A-Z2-7]{17}$/);
      assert.match(DefaultVersionId!, /^v[1-9]/);
      assert.ok(UpdateDate! >= policy.CreateDate!);
      assert.deepEqual(policy, {
        PolicyName: "AdministratorAccess",
        Arn: AWS_POLICY,
        Path: "/",
        AttachmentCount: 0,
        PermissionsBoundaryUsageCount: 0,
        IsAttachable: true,
        CreateDate: new Date("2015-02-06T18:39:46Z"),
        Tags: [],
      });
    });

    it("with what they are used for, counted apart and for each policy alone", async () => {
      const iam = inNewAccount();
      const { Arn: PolicyArn } = await create(iam, "counted");
      const { Arn: unused } = await create(iam, "unused");
      for (const UserName of ["u1", "u2"]) {
        await iam.send(new CreateUserCommand({ UserName }));
        await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      }
      const boundary = { UserName: "u1", PermissionsBoundary: PolicyArn! };
      for (let i = 0; i < 2; i++) await iam.send(new PutUserPermissionsBoundaryCommand(boundary));
      const limited = { RoleName: "limited", AssumeRolePolicyDocument: document(trust("*")) };
      await iam.send(new CreateRoleCommand({ ...limited, PermissionsBoundary: PolicyArn! }));
      const counts = async (arn: string) => {
        const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arn }));
        return [Policy!.AttachmentCount, Policy!.PermissionsBoundaryUsageCount];
      };
      assert.deepEqual(await counts(PolicyArn!), [2, 2]);
      assert.deepEqual(await counts(unused!), [0, 0]);
    });

    it("but not where they are missing, of another account, or no policies", async () => {
      const refused = (PolicyArn: string, name: string, message: string) =>
        assert.rejects(emu.iam().send(new GetPolicyCommand({ PolicyArn })), { name, message });
      await refused(MISSING, "NoSuchEntityException", `Policy ${MISSING} does not exist or is not attachable.`);
      const ofAws = "arn:aws:iam::aws:policy/Missing";
      await refused(ofAws, "NoSuchEntityException", `Policy ${ofAws} was not found.`);
      const foreign = (await create(inNewAccount(), "foreign")).Arn!;
      await refused(foreign, "NoSuchEntityException", `Policy ${foreign} does not exist or is not attachable.`);
      const noArn = "a-plain-name-that-is-long";
      await refused(noArn, "ValidationError", `ARN ${noArn} is not valid.`);
      await refused("arn:aws-cn:iam::aws:policy/X", "ValidationError", "Invalid ARN partition");
    });

    it("by whom may read that ARN, AWS's own being in an account of its own", async () => {
      const iam = emu.iam(
        (await createUser(emu, "reader-of-own", { statements: [allow("iam:GetPolicy", MISSING)] })).credentials,
      );
      await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn: MISSING })), { name: "NoSuchEntityException" });
      const inAccount = async (account: string) =>
        createUser(emu, `reader-${account}`, {
          statements: [{ ...allow("iam:GetPolicy"), Condition: { StringEquals: { "aws:ResourceAccount": account } } }],
        });
      const own = await inAccount("000000000000");
      await assert.rejects(
        emu.iam(own.credentials).send(new GetPolicyCommand({ PolicyArn: AWS_POLICY })),
        notAllowed(own.arn, "iam:GetPolicy", AWS_POLICY),
      );
      const aws = await inAccount("639982225848");
      await emu.iam(aws.credentials).send(new GetPolicyCommand({ PolicyArn: AWS_POLICY }));
    });
  });

  describe("are listed", () => {
    const names = async (iam = emu.iam(), input: ListPoliciesCommandInput = {}) => {
      const found: string[] = [];
      for await (const page of paginateListPolicies({ client: iam, pageSize: 300 }, input)) {
        found.push(...page.Policies!.map(({ PolicyName }) => PolicyName!));
      }
      return found;
    };

    it("by scope, in the order of their ids, without tags and description", async () => {
      const iam = inNewAccount();
      for (const name of ["x", "y"]) await create(iam, name, { Description: "d", Tags: [{ Key: "a", Value: "b" }] });
      const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: "Local" }));
      const ids = Policies!.map(({ PolicyId }) => PolicyId!);
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => (a < b ? -1 : 1)),
      );
      assert.ok(Policies!.every(({ Tags, Description }) => Tags === undefined && Description === undefined));
      const aws = await names(iam, { Scope: "AWS" });
      assert.ok(aws.length > 1000 && aws.includes("AdministratorAccess") && !aws.includes("x"));
      assert.deepEqual(aws.slice(0, 3), ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess"]);
    });

    it("the account's own first, so that a new one is on the first page, and each of them once", async () => {
      const iam = inNewAccount();
      const made: string[] = [];
      for (const name of ["p", "q", "r"]) made.push((await create(iam, name)).PolicyName!);
      const { Policies, IsTruncated } = await iam.send(new ListPoliciesCommand({}));
      assert.deepEqual(new Set(Policies!.slice(0, 3).map(({ PolicyName }) => PolicyName)), new Set(made));
      assert.equal(IsTruncated, true);
      const [all, own, aws] = [
        await names(iam),
        await names(iam, { Scope: "Local" }),
        await names(iam, { Scope: "AWS" }),
      ];
      assert.deepEqual(all, [...own, ...aws]);
    });

    it("and go on where the page before ended, whatever came and went meanwhile", async () => {
      const iam = inNewAccount();
      for (const name of ["a", "b", "c"]) await create(iam, name);
      const before = await names(iam, { Scope: "Local" });
      const first = await iam.send(new ListPoliciesCommand({ MaxItems: 1 }));
      await iam.send(new DeletePolicyCommand({ PolicyArn: first.Policies![0]!.Arn! }));
      const second = await iam.send(new ListPoliciesCommand({ MaxItems: 3, Marker: first.Marker }));
      const shown = second.Policies!.map(({ PolicyName }) => PolicyName);
      assert.deepEqual(shown, [before[1], before[2], "AdministratorAccess"]);
      await create(iam, "d");
      const third = await iam.send(new ListPoliciesCommand({ MaxItems: 1, Marker: second.Marker }));
      assert.equal(third.Policies![0]!.PolicyName, "PowerUserAccess");
    });

    it("by path", async () => {
      const iam = inNewAccount();
      await create(iam, "here", { Path: "/a/b/" });
      await create(iam, "there", { Path: "/c/" });
      assert.deepEqual(await names(iam, { Scope: "Local", PathPrefix: "/a/" }), ["here"]);
      const jobs = await names(iam, { Scope: "AWS", PathPrefix: "/job-function/" });
      assert.ok(jobs.includes("ViewOnlyAccess") && !jobs.includes("AdministratorAccess"));
    });

    it("by use, of which the kind counts only together with OnlyAttached", async () => {
      const iam = inNewAccount();
      const [attached, bounding] = [await create(iam, "attached"), await create(iam, "bounding")];
      await create(iam, "unused");
      await iam.send(new CreateUserCommand({ UserName: "u" }));
      await iam.send(new AttachUserPolicyCommand({ UserName: "u", PolicyArn: attached.Arn }));
      await iam.send(new AttachUserPolicyCommand({ UserName: "u", PolicyArn: AWS_POLICY }));
      await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "u", PermissionsBoundary: bounding.Arn }));
      const used = async (input: ListPoliciesCommandInput) => new Set(await names(iam, input));
      assert.deepEqual(await used({ OnlyAttached: true }), new Set(["attached", "bounding", "AdministratorAccess"]));
      assert.deepEqual(
        await used({ OnlyAttached: true, PolicyUsageFilter: "PermissionsPolicy" }),
        new Set(["attached", "AdministratorAccess"]),
      );
      assert.deepEqual(
        await used({ OnlyAttached: true, PolicyUsageFilter: "PermissionsBoundary" }),
        new Set(["bounding"]),
      );
      assert.deepEqual(
        await used({ Scope: "Local", PolicyUsageFilter: "PermissionsBoundary" }),
        new Set(["attached", "bounding", "unused"]),
      );
    });
  });

  describe("are deleted", () => {
    const remove = (PolicyArn: string, iam = emu.iam()) => iam.send(new DeletePolicyCommand({ PolicyArn }));

    it("once they are attached nowhere, bound nobody and have one version", async () => {
      const iam = inNewAccount();
      const PolicyArn = (await create(iam, "full")).Arn!;
      await iam.send(new CreateUserCommand({ UserName: "u" }));
      await iam.send(new AttachUserPolicyCommand({ UserName: "u", PolicyArn }));
      await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "u", PermissionsBoundary: PolicyArn }));
      await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: DOCUMENT }));
      const conflict = (message: string) =>
        assert.rejects(remove(PolicyArn, iam), { name: "DeleteConflictException", message });
      await conflict("Cannot delete a policy attached to entities.");
      await iam.send(new DetachUserPolicyCommand({ UserName: "u", PolicyArn }));
      await conflict("Cannot delete a policy attached to entities.");
      await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: "u" }));
      await conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v2" }));
      await remove(PolicyArn, iam);
      await assert.rejects(remove(PolicyArn, iam), {
        name: "NoSuchEntityException",
        message: `Policy ${PolicyArn} was not found.`,
      });
    });

    it("with all that belongs to them, so that a namesake begins anew", async () => {
      const iam = inNewAccount();
      const first = await create(iam, "again", { Tags: [{ Key: "a", Value: "b" }] });
      await remove(first.Arn!, iam);
      const second = await create(iam, "again");
      assert.notEqual(second.PolicyId, first.PolicyId);
      const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: second.Arn }));
      assert.deepEqual(
        Versions!.map(({ VersionId }) => VersionId),
        ["v1"],
      );
      assert.deepEqual((await iam.send(new ListPolicyTagsCommand({ PolicyArn: second.Arn }))).Tags, []);
    });

    it("but not AWS's own or another account's, whether they exist or not", async () => {
      const foreign = (await create(inNewAccount(), "theirs")).Arn!;
      for (const arn of [AWS_POLICY, "arn:aws:iam::aws:policy/Missing", foreign, `${foreign}-missing`]) {
        await assert.rejects(remove(arn), {
          name: "AccessDenied",
          message: "Cannot delete policies outside your own account.",
        });
      }
    });
  });

  it("count at once in the permissions of whom they are attached to", async () => {
    const iam = inNewAccount();
    const root = { accessKeyId: String(accounts - 1), secretAccessKey: "test" };
    const user = await createUser(emu, "attached", { root });
    await createRole(emu, "role", { root, trusts: [trust("*")] });
    const whoami = () => emu.iam(user.credentials).send(new ListPoliciesCommand({ Scope: "Local" }));
    await assert.rejects(whoami(), { name: "AccessDenied" });
    const PolicyArn = (await create(iam, "list", { PolicyDocument: document(allow("iam:ListPolicies")) })).Arn!;
    await iam.send(new AttachRolePolicyCommand({ RoleName: "role", PolicyArn }));
    await assert.rejects(whoami(), { name: "AccessDenied" });
    await iam.send(new AttachUserPolicyCommand({ UserName: "attached", PolicyArn }));
    await whoami();
  });
});
