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
  paginateListGroupsForUser,
  PutGroupPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { emulator } from "../emulator.ts";
import { allow, createUser, document, withDetails } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

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

  it("are missed by every operation, and where their user is missing too, the user is named", async () => {
    await iam.send(new CreateUserCommand({ UserName: "somebody" }));
    const noGroup = { name: "NoSuchEntityException", message: "The group with name nowhere cannot be found." };
    const noUser = { name: "NoSuchEntityException", message: "The user with name nobody cannot be found." };
    const GroupName = "nowhere";
    await assert.rejects(iam.send(new GetGroupCommand({ GroupName })), noGroup);
    await assert.rejects(iam.send(new UpdateGroupCommand({ GroupName, NewGroupName: "elsewhere" })), noGroup);
    await assert.rejects(iam.send(new DeleteGroupCommand({ GroupName })), noGroup);
    for (const Command of [AddUserToGroupCommand, RemoveUserFromGroupCommand]) {
      await assert.rejects(iam.send(new Command({ GroupName, UserName: "somebody" })), noGroup);
      await assert.rejects(iam.send(new Command({ GroupName, UserName: "nobody" })), noUser);
    }
    await assert.rejects(iam.send(new ListGroupsForUserCommand({ UserName: "nobody" })), noUser);
  });

  it("have names and paths within IAM's limits", async () => {
    const invalid = (message: string) => ({ name: "ValidationError", message });
    const tooLong = (member: string) =>
      invalid(
        `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to 128`,
      );
    const words = (member: string) =>
      invalid(
        `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
      );
    const path = (member: string) =>
      invalid(
        `The specified value for ${member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
      );
    await createGroup("g".repeat(128));
    await assert.rejects(createGroup("g".repeat(129)), tooLong("groupName"));
    await assert.rejects(createGroup("a b"), words("groupName"));
    await assert.rejects(createGroup("pathless", "/team"), path("path"));
    const GroupName = "g".repeat(128);
    const update = (input: { NewGroupName?: string; NewPath?: string }) =>
      iam.send(new UpdateGroupCommand({ GroupName, ...input }));
    await assert.rejects(update({ NewGroupName: "n".repeat(129) }), tooLong("newGroupName"));
    await assert.rejects(update({ NewGroupName: "a/b" }), words("newGroupName"));
    await assert.rejects(update({ NewPath: "team/" }), path("newPath"));
    await assert.rejects(iam.send(new GetGroupCommand({ GroupName: "é" })), words("groupName"));
    await assert.rejects(
      iam.send(new ListGroupsCommand({ PathPrefix: "team" })),
      invalid(
        "The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters.",
      ),
    );
  });

  it("ask permission on the group as it is stored, and those of a user on the user", async () => {
    await createGroup("Guarded", "/g/");
    await iam.send(new CreateUserCommand({ UserName: "guest", Path: "/u/" }));
    const [GroupName, UserName] = ["guarded", "guest"];
    const arn = "arn:aws:iam::000000000000:group/g/Guarded";
    const asks = (action: string, resource: string, send: (client: IAMClient) => Promise<unknown>) =>
      asksPermissionOn(emu, `iam:${action}`, resource, send);
    await asks("CreateGroup", "arn:aws:iam::000000000000:group/new/Made", (client) =>
      client.send(new CreateGroupCommand({ GroupName: "Made", Path: "/new/" })),
    );
    await asks("GetGroup", arn, (client) => client.send(new GetGroupCommand({ GroupName })));
    await asks("AddUserToGroup", arn, (client) => client.send(new AddUserToGroupCommand({ GroupName, UserName })));
    await asks("ListGroupsForUser", "arn:aws:iam::000000000000:user/u/guest", (client) =>
      client.send(new ListGroupsForUserCommand({ UserName })),
    );
    await asks("RemoveUserFromGroup", arn, (client) =>
      client.send(new RemoveUserFromGroupCommand({ GroupName, UserName })),
    );
    await asks("UpdateGroup", arn, (client) => client.send(new UpdateGroupCommand({ GroupName })));
    await asks("ListGroups", "arn:aws:iam::000000000000:group/g/", (client) =>
      client.send(new ListGroupsCommand({ PathPrefix: "/g/" })),
    );
    await asks("DeleteGroup", arn, (client) => client.send(new DeleteGroupCommand({ GroupName })));
  });

  it("are renamed and moved only with permission on the group as it is and as it will be", async () => {
    await createGroup("old", "/a/");
    const [old, next] = ["arn:aws:iam::000000000000:group/a/old", "arn:aws:iam::000000000000:group/b/new"];
    const attempt = async (name: string, Resource: string[]) => {
      const caller = await createUser(emu, name, { statements: [allow("iam:UpdateGroup", Resource)] });
      const rename = new UpdateGroupCommand({ GroupName: "old", NewGroupName: "new", NewPath: "/b/" });
      return { arn: caller.arn, rename: () => emu.iam(caller.credentials).send(rename) };
    };
    const from = await attempt("from", [old]);
    await assert.rejects(from.rename(), noPolicyAllows(from.arn, "iam:UpdateGroup", next));
    const to = await attempt("to", [next]);
    await assert.rejects(to.rename(), noPolicyAllows(to.arn, "iam:UpdateGroup", old));
    await (await attempt("from-and-to", [old, next])).rename();
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
    await assert.rejects(iam.send(new GetGroupCommand({ GroupName: "full" })), {
      name: "NoSuchEntityException",
      message: "The group with name full cannot be found.",
    });
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
      message: withDetails(
        `User: ${carl.arn} is not authorized to perform: iam:GetUser on resource: ${carl.arn} because no identity-based policy allows the iam:GetUser action`,
      ),
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
    for (const GroupName of ["D", "c"]) await other.send(new AddUserToGroupCommand({ GroupName, UserName: "x" }));
    const joined: string[][] = [];
    for await (const page of paginateListGroupsForUser({ client: other, pageSize: 2 }, { UserName: "x" })) {
      joined.push(page.Groups!.map(({ GroupName }) => GroupName!));
    }
    assert.deepEqual(joined, [["A", "c"], ["D"]]);
  });
});
