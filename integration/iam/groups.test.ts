import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  GetUserCommand,
  ListGroupPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  paginateGetGroup,
  paginateListGroups,
  PutGroupPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { emulator } from "../emulator.ts";
import { allow, createUser, document } from "../fixtures.ts";

describe("Groups", () => {
  const emu = emulator({ quotas: { GroupsPerAccount: 60, GroupsPerUser: 3 } });
  let iam: IAMClient;
  before(() => void (iam = emu.iam()));

  const createGroup = async (GroupName: string, Path?: string) =>
    (await iam.send(new CreateGroupCommand({ GroupName, ...(Path && { Path }) }))).Group!;

  it("are created with path, id, ARN and date, and shown alike by GetGroup and ListGroups", async () => {
    const created = await createGroup("Admins", "/team/");
    assert.match(created.GroupId!, /^AGPA[A-Z2-7]{17}$/);
    assert.deepEqual(created, {
      Path: "/team/",
      GroupName: "Admins",
      GroupId: created.GroupId,
      Arn: "arn:aws:iam::000000000000:group/team/Admins",
      CreateDate: new Date("2026-11-24T12:00:00Z"),
    });
    assert.deepEqual((await iam.send(new GetGroupCommand({ GroupName: "ADMINS" }))).Group, created);
    assert.deepEqual((await iam.send(new ListGroupsCommand({ PathPrefix: "/team/" }))).Groups, [created]);
  });

  it("have names that are unique without regard to case", async () => {
    await createGroup("Unique");
    await assert.rejects(createGroup("UNIQUE"), {
      name: "EntityAlreadyExistsException",
      message: "Group with name UNIQUE already exists.",
    });
  });

  it("are refused beyond the account's quota, and of two that race for the last place one wins", async () => {
    const account = { accessKeyId: "111111111111", secretAccessKey: "test" };
    const other = emu.iam(account);
    for (let i = 0; i < 59; i++) await other.send(new CreateGroupCommand({ GroupName: `g${i}` }));
    const race = await Promise.allSettled(
      ["a", "b"].map((GroupName) => other.send(new CreateGroupCommand({ GroupName }))),
    );
    assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    await assert.rejects(other.send(new CreateGroupCommand({ GroupName: "c" })), {
      name: "LimitExceededException",
      message: "Cannot exceed quota for GroupsPerAccount: 60",
    });
  });

  it("keep their id and members when they are renamed and moved", async () => {
    const { GroupId } = await createGroup("Before");
    await iam.send(new CreateUserCommand({ UserName: "member" }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "Before", UserName: "member" }));
    await iam.send(new UpdateGroupCommand({ GroupName: "Before", NewGroupName: "After", NewPath: "/moved/" }));
    const { Group, Users } = await iam.send(new GetGroupCommand({ GroupName: "After" }));
    assert.equal(Group!.GroupId, GroupId);
    assert.equal(Group!.Arn, "arn:aws:iam::000000000000:group/moved/After");
    assert.deepEqual(
      Users!.map(({ UserName }) => UserName),
      ["member"],
    );
    await assert.rejects(iam.send(new GetGroupCommand({ GroupName: "Before" })), {
      name: "NoSuchEntityException",
      message: "The group with name Before cannot be found.",
    });
  });

  it("cannot be renamed onto another group, but may change the case of their own name", async () => {
    await createGroup("one");
    await createGroup("two");
    await assert.rejects(iam.send(new UpdateGroupCommand({ GroupName: "one", NewGroupName: "TWO" })), {
      name: "EntityAlreadyExistsException",
      message: "Group with name TWO already exists.",
    });
    await iam.send(new UpdateGroupCommand({ GroupName: "one", NewGroupName: "ONE" }));
    assert.equal((await iam.send(new GetGroupCommand({ GroupName: "one" }))).Group!.GroupName, "ONE");
  });

  it("take a user once however often it is added, and let go of one that is not in them", async () => {
    await createGroup("idempotent");
    await iam.send(new CreateUserCommand({ UserName: "joiner" }));
    for (let i = 0; i < 2; i++)
      await iam.send(new AddUserToGroupCommand({ GroupName: "idempotent", UserName: "joiner" }));
    assert.equal((await iam.send(new GetGroupCommand({ GroupName: "idempotent" }))).Users!.length, 1);
    for (let i = 0; i < 2; i++) {
      await iam.send(new RemoveUserFromGroupCommand({ GroupName: "idempotent", UserName: "joiner" }));
    }
    assert.equal((await iam.send(new GetGroupCommand({ GroupName: "idempotent" }))).Users!.length, 0);
  });

  it("name the user where both user and group are missing", async () => {
    await assert.rejects(iam.send(new RemoveUserFromGroupCommand({ GroupName: "nowhere", UserName: "nobody" })), {
      name: "NoSuchEntityException",
      message: "The user with name nobody cannot be found.",
    });
  });

  it("are at most as many for one user as the quota says", async () => {
    await iam.send(new CreateUserCommand({ UserName: "busy" }));
    for (const name of ["b1", "b2", "b3", "b4"]) await createGroup(name);
    for (const GroupName of ["b3", "b1", "b2"])
      await iam.send(new AddUserToGroupCommand({ GroupName, UserName: "busy" }));
    await assert.rejects(iam.send(new AddUserToGroupCommand({ GroupName: "b4", UserName: "busy" })), {
      name: "LimitExceededException",
      message: "Cannot exceed quota for GroupsPerUser: 3",
    });
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: "busy", MaxItems: 2 }));
    assert.deepEqual(
      Groups!.map(({ GroupName }) => GroupName),
      ["b1", "b2"],
    );
  });

  it("are not deleted while they have members, attached or inline policies", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    await createGroup("full");
    await iam.send(new CreateUserCommand({ UserName: "last" }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "full", UserName: "last" }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: "full", PolicyArn }));
    await iam.send(
      new PutGroupPolicyCommand({ GroupName: "full", PolicyName: "p", PolicyDocument: document(allow("iam:GetUser")) }),
    );
    const refused = (what: string) =>
      assert.rejects(iam.send(new DeleteGroupCommand({ GroupName: "full" })), {
        name: "DeleteConflictException",
        message: `Cannot delete entity, ${what} first.`,
      });
    await refused("must remove users from group");
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: "full", UserName: "last" }));
    await refused("must detach all policies");
    await iam.send(new DetachGroupPolicyCommand({ GroupName: "full", PolicyArn }));
    await refused("must delete policies");
    await iam.send(new DeleteGroupPolicyCommand({ GroupName: "full", PolicyName: "p" }));
    await iam.send(new DeleteGroupCommand({ GroupName: "full" }));
  });

  it("give their members what their inline and attached policies allow, for as long as they are members", async () => {
    const carl = await createUser(emu, "carl");
    await createGroup("readers");
    await iam.send(
      new PutGroupPolicyCommand({
        GroupName: "readers",
        PolicyName: "read",
        PolicyDocument: document(allow("iam:GetUser")),
      }),
    );
    const whoami = () => emu.iam(carl.credentials).send(new GetUserCommand({}));
    const denied = {
      name: "AccessDenied",
      message: `User: ${carl.arn} is not authorized to perform: iam:GetUser on resource: ${carl.arn} because no identity-based policy allows the iam:GetUser action`,
    };
    await assert.rejects(whoami(), denied);
    await iam.send(new AddUserToGroupCommand({ GroupName: "readers", UserName: "carl" }));
    assert.equal((await whoami()).User!.UserName, "carl");
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: "readers", UserName: "carl" }));
    await assert.rejects(whoami(), denied);
  });

  it("have inline policies that are listed, read and found missing by name", async () => {
    await createGroup("inline");
    const PolicyDocument = document(allow("iam:ListUsers"));
    await iam.send(new PutGroupPolicyCommand({ GroupName: "inline", PolicyName: "Mine", PolicyDocument }));
    assert.deepEqual((await iam.send(new ListGroupPoliciesCommand({ GroupName: "inline" }))).PolicyNames, ["Mine"]);
    const read = await iam.send(new GetGroupPolicyCommand({ GroupName: "inline", PolicyName: "MINE" }));
    assert.equal(decodeURIComponent(read.PolicyDocument!), PolicyDocument);
    await assert.rejects(iam.send(new GetGroupPolicyCommand({ GroupName: "inline", PolicyName: "other" })), {
      name: "NoSuchEntityException",
      message: "The group policy with name other cannot be found.",
    });
  });

  it("are paged by the SDK's paginators in the order of their names, members in that of their ids", async () => {
    const other = emu.iam({ accessKeyId: "222222222222", secretAccessKey: "test" });
    for (const GroupName of ["c", "A", "b", "D"]) await other.send(new CreateGroupCommand({ GroupName }));
    const names: string[] = [];
    for await (const page of paginateListGroups({ client: other, pageSize: 1 }, {})) {
      names.push(...page.Groups!.map(({ GroupName }) => GroupName!));
    }
    assert.deepEqual(names, ["A", "b", "c", "D"]);
    for (const UserName of ["x", "y", "z"]) {
      await other.send(new CreateUserCommand({ UserName }));
      await other.send(new AddUserToGroupCommand({ GroupName: "A", UserName }));
    }
    const ids: string[] = [];
    for await (const page of paginateGetGroup({ client: other, pageSize: 2 }, { GroupName: "A" })) {
      ids.push(...page.Users!.map(({ UserId }) => UserId!));
    }
    assert.equal(ids.length, 3);
    assert.deepEqual(ids, ids.toSorted());
  });
});
